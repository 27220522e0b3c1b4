import { isFinished, type Phase, type ReservationSpec } from './reservation.ts'

/** What is to be done for a reservation now, seen from its spec and what it was last told. */
export type Wish = 'claim' | 'confirm' | 'release' | 'extend' | 'expire' | 'end' | 'nothing'

export interface Progress {
  /** Absent: nothing was decided yet. */
  readonly phase?: Phase
  /** Milliseconds: the end of its hold or wait. */
  readonly deadline?: number
  readonly reservedAt?: number
}

/** The wish of a reservation that exists; `end` when it is deleted. Time only proposes: the entry's own time decides. */
export function wishOf(spec: ReservationSpec, deleting: boolean, progress: Progress, now: number): Wish {
  const { phase } = progress
  if (isFinished(phase)) return 'nothing'
  if (deleting) return 'end'
  if (spec.state === 'Released') return 'release'
  switch (phase) {
    case 'Reserved':
      return wishOfHeld(spec, progress, now)
    case 'Confirmed':
      return 'nothing'
    case 'Waiting':
      return (progress.deadline ?? Infinity) <= now ? 'expire' : 'claim'
    default:
      return 'claim'
  }
}

function wishOfHeld(spec: ReservationSpec, { deadline = Infinity, reservedAt = 0 }: Progress, now: number): Wish {
  if (spec.state === 'Confirmed') return 'confirm'
  if (deadline <= now) return 'expire'
  return spec.ttlMs !== undefined && reservedAt + spec.ttlMs > deadline ? 'extend' : 'nothing'
}
