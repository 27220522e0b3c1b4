import { type Clock, msBetween, pause, type Tick } from '../clock.ts'
import type { Delivering } from './delivering.ts'
import type { Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { gatherRound, type Round } from './round.ts'
import type { TopicGates } from './topic-gates.ts'

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

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
  let failingSince: Tick | undefined

  async function run(): Promise<void> {
    for (;;) {
      const round = gatherRound(lanes, gates.takes)
      if (round.size === 0 || stopped) break
      const away = await send(round)
      backOff(away)
      if (away) await pause(clock, retryMs)
    }
    running = false
    parts.onRest()
  }

  /** Answers whether nothing at all was taken or refused: then nobody is there. */
  async function send(round: Round): Promise<boolean> {
    const answers = await parts.deliver('rounds', round)
    const away = [...answers.values()].every(({ kind }) => kind === 'unavailable')
    for (const [topic, delivery] of away ? [] : answers)
      if (delivery.kind !== 'acknowledged') gates.shut(topic, delivery, round.get(topic)?.lanes ?? [])
    const riders = new Set<Lane>()
    for (const { lanes: some } of round.values()) for (const lane of some) riders.add(lane)
    parts.onRound(riders)
    return away
  }

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
      return failingSince === undefined ? 0 : msBetween(failingSince, clock.tick())
    },
  }
}
