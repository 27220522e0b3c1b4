import { type Clock, later, msBetween } from '../clock.ts'
import type { Delivering } from './delivering.ts'
import type { Draining } from './draining.ts'
import type { Lane, Parcel } from './lane.ts'
import type { TopicGates, Trial } from './topic-gates.ts'

/** A spool that can't be read now is asked for again this much later. */
const READ_AGAIN_MS = 1_000

export interface TrialsParts {
  readonly clock: Clock
  readonly gates: TopicGates
  readonly draining: Draining
  readonly deliver: Delivering
  /** Something of the lane has been tried, whatever came of it. */
  readonly onTried: (lane: Lane) => void
}

/**
 * Tries what does not go with the rounds: one lane and one topic at a time, beside the rounds and over a session of its
 * own, so that what is sick costs the healthy no turn.
 */
export interface Trials {
  /** Something may have come that is to be tried, or is due sooner. */
  wake(): void
  stop(): void
}

export function trials(parts: TrialsParts): Trials {
  const { clock, gates } = parts
  let running = false
  let stopped = false
  let cancel = () => {}

  function wake(): void {
    if (running || stopped) return
    cancel()
    const next = gates.next()
    if (next) cancel = clock.schedule(Math.max(0, msBetween(clock.tick(), next.dueAt)), () => void run())
  }

  async function run(): Promise<void> {
    if (running || stopped) return
    running = true
    for (let next = gates.next(); next && isDue(next) && !stopped; next = gates.next()) await make(next)
    running = false
    wake()
  }

  const isDue = ({ dueAt }: Trial) => msBetween(dueAt, clock.tick()) >= 0

  async function make(trial: Trial): Promise<void> {
    const { lane, topic } = trial
    lane.trying = true
    const source = await sourceOf(trial)
    const left = source?.filter(({ missing }) => missing.has(topic)) ?? []
    const parcels = left.slice(0, trial.block.most)
    if (!source) gates.postpone(trial, later(clock.tick(), READ_AGAIN_MS))
    else if (parcels.length === 0) gates.clear(trial)
    else {
      const answers = await parts.deliver('trials', new Map([[topic, { parcels }]]))
      const delivery = answers.get(topic)
      if (delivery) gates.tried(trial, delivery, parcels.length === left.length)
    }
    lane.trying = false
    parts.onTried(lane)
  }

  /** What stands first in the lane for the topic; undefined = it can't be read now. */
  async function sourceOf({ lane, topic }: Trial): Promise<readonly Parcel[] | undefined> {
    for (const spool of [...lane.spools]) {
      if (spool.missing && !spool.missing.has(topic)) continue
      if (!spool.parcels && !(await parts.draining.read(lane, spool))) return undefined
      if (spool.missing?.has(topic)) return spool.parcels
    }
    return lane.queue
  }

  return {
    wake,
    stop() {
      stopped = true
      cancel()
    },
  }
}
