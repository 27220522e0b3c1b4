import type { Reservation } from '../../domain/reservation/reservation.ts'
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
export function spared(due: readonly Over[], { forMs, most }: Keeping, now: number): Spared {
  const wanted = due.filter(({ reservation, at }) => reservation.keyed === true && at + forMs > now)
  const early = new Set(beyondShares(wanted, most))
  const staying = new Set(wanted.filter((one) => !early.has(one)))
  let lastEnd = now - forMs
  for (const { at } of early) lastEnd = Math.max(lastEnd, at)
  return {
    going: due.filter((one) => !staying.has(one)).map(({ reservation }) => reservation),
    early: new Set([...early].map(({ reservation }) => reservation)),
    kept: staying.size,
    floorMs: Math.max(0, now - lastEnd),
  }
}
