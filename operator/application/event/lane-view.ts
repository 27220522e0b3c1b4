import { type Clock, msBetween } from '../clock.ts'
import { heldBecause, type Lane, type LaneState, stateOf } from './lane.ts'

/** A lane as whoever looks inside is shown it. */
export interface LaneView {
  readonly stockUid: string
  readonly name: string
  readonly state: LaneState
  /** Events in the journal's care. */
  readonly queued: number
  readonly spooledEvents: number
  readonly spooledBytes: number
  /** How long the oldest of the queued events waits; 0 when none does. */
  readonly oldestMs: number
  /** Absent = nothing is held back. */
  readonly heldBecause?: string
}

export function viewOf(lane: Lane, clock: Pick<Clock, 'tick'>): LaneView {
  const { stockUid, name, queue, spools } = lane
  const [oldest] = queue
  const because = heldBecause(lane)
  return {
    stockUid,
    name,
    state: stateOf(lane),
    queued: queue.length,
    spooledEvents: spools.reduce((sum, { ref }) => sum + ref.count, 0),
    spooledBytes: spools.reduce((sum, { ref }) => sum + ref.bytes, 0),
    oldestMs: oldest ? msBetween(oldest.since, clock.tick()) : 0,
    ...(because !== undefined && { heldBecause: because }),
  }
}
