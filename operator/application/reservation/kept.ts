import type { Reservation } from '../../domain/reservation/reservation.ts'
import { type Steps, stepping } from '../in-pieces.ts'
import { beyondShares } from './beyond-shares.ts'

/** For how long reservations that are over are kept at least, whatever else limits them, because their order may come again. */
export interface Keeping {
  /** Milliseconds after the end of one that was made from an order with a key; 0 = no longer than others. */
  readonly forMs: number
  /** At most so many beyond what is kept anyway: anybody may make one look as if it was made from such an order. */
  readonly most: number
}

/** A reservation that is over, and since when, in ms since 1970. */
export interface Over {
  readonly reservation: Reservation
  readonly namespace: string
  readonly at: number
}

export interface Spared {
  /** Those of `due` that go. */
  readonly going: readonly Reservation[]
  /** Of them, those that should have been kept longer, were they not too many. */
  readonly early: ReadonlySet<Reservation>
  /** How many stay that were due. */
  readonly kept: number
  /** From which age on nothing is kept any more: as set, or less while there are too many. In ms. */
  readonly floorMs: number
}

/** Takes from what is due, of each namespace oldest first, what an order may still come again for. */
export function* spared(due: readonly Over[], { forMs, most }: Keeping, now: number): Steps<Spared> {
  const wanted: Over[] = []
  yield* stepping(due, (one) => {
    if (one.reservation.keyed === true && one.at + forMs > now) wanted.push(one)
  })
  const early = new Set<Reservation>()
  let lastEnd = now - forMs
  yield* stepping(yield* beyondShares(wanted, most), ({ reservation, at }) => {
    early.add(reservation)
    lastEnd = Math.max(lastEnd, at)
  })
  const staying = new Set<Reservation>()
  yield* stepping(wanted, ({ reservation }) => {
    if (!early.has(reservation)) staying.add(reservation)
  })
  const going: Reservation[] = []
  yield* stepping(due, ({ reservation }) => {
    if (!staying.has(reservation)) going.push(reservation)
  })
  return { going, early, kept: staying.size, floorMs: Math.max(0, now - lastEnd) }
}
