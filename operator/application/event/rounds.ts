import { type Clock, msBetween, pause, type Tick } from '../clock.ts'
import type { Delivering } from './delivering.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { arrivedOf, type Delivery } from './publisher.ts'
import { gatherRound, MOST_PER_ROUND, type Round, ridersOf } from './round.ts'
import type { TopicGates } from './topic-gates.ts'

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000
/** When nothing has arrived anywhere for so long, each lane is tried by itself: one broker may be away, and not all. */
const SPLIT_AFTER_MS = 10_000

export interface RoundsParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly gates: TopicGates
  readonly deliver: Delivering
  /** Lanes have been in a round, whatever came of it. */
  readonly onRound: (lanes: ReadonlySet<Lane>) => void
  /** There is nothing to send now. */
  readonly onRest: () => void
}

/** Sends what can go, of all lanes together, one round after the other. */
export interface Rounds {
  /** Something may have come that can go. */
  start(): void
  stop(): void
  readonly running: boolean
  /** How long no topic has taken anything, in ms. */
  readonly failingMs: number
}

export function rounds(parts: RoundsParts): Rounds {
  const { clock, lanes, gates } = parts
  let running = false
  let stopped = false
  let retryMs = FIRST_RETRY_MS
  let most = MOST_PER_ROUND
  let failingSince: Tick | undefined

  async function run(): Promise<void> {
    for (;;) {
      const round = gatherRound(lanes, gates.takes, most)
      if (round.loads.size === 0 || stopped) break
      if (!(await send(round))) await pause(clock, retryMs)
    }
    running = false
    parts.onRest()
  }

  /** Answers whether the next may follow at once: where nothing at all was taken or refused nobody is there. */
  async function send(round: Round): Promise<boolean> {
    const { loads } = round
    const answers = await parts.deliver('rounds', loads)
    const away = [...answers.values()].every(isNoAnswer)
    backOff(away)
    const goesOn = !away || isToBeSplit(round)
    for (const [topic, delivery] of goesOn ? answers : [])
      if (isItsFault(delivery)) gates.shut(topic, delivery, loads.get(topic)?.lanes.keys() ?? [])
    resize(round, [...answers.values()])
    const riders = ridersOf(round, answers)
    if (round.full) for (const lane of riders.served) lanes.served(lane) // those that did not fit come first next time
    parts.onRound(riders.all)
    return goesOn
  }

  /** Whether what was sent together in vain is left to trials. */
  function isToBeSplit({ loads }: Round): boolean {
    const lanesIn = new Set([...loads.values()].flatMap((load) => [...load.lanes.keys()]))
    return lanesIn.size > 1 && failingMs() >= SPLIT_AFTER_MS
  }

  /** What is too much for one publish is to be less, so that every lane and topic in a round gets its turn. */
  function resize({ events, full }: Round, answers: readonly Delivery[]): void {
    if (answers.some(({ kind }) => kind === 'unfinished')) most = Math.max(1, Math.floor(Math.min(most, events) / 2))
    else if (full) most = Math.min(MOST_PER_ROUND, most * 2)
  }

  const failingMs = () => (failingSince === undefined ? 0 : msBetween(failingSince, clock.tick()))

  function backOff(away: boolean): void {
    if (away) {
      failingSince ??= clock.tick()
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2)
      return
    }
    failingSince = undefined
    retryMs = FIRST_RETRY_MS
  }

  return {
    start() {
      if (running || stopped) return
      running = true
      clock.schedule(0, () => void run())
    },
    stop() {
      stopped = true
    },
    get running() {
      return running
    },
    get failingMs() {
      return failingMs()
    },
  }
}

function isNoAnswer(delivery: Delivery): boolean {
  return (delivery.kind === 'unavailable' || delivery.kind === 'unfinished') && arrivedOf(delivery, 0) === 0
}

/** Whether the topic is to be left out, until it takes something. */
function isItsFault(delivery: Delivery): delivery is Extract<Delivery, { kind: 'unavailable' | 'refused' }> {
  return delivery.kind === 'unavailable' || delivery.kind === 'refused'
}
