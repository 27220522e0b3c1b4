import type { Reservation } from '../../domain/reservation/reservation.ts'

/** Which version of each reservation's spec was looked at: a status must not claim to speak of one that came later. */
export interface JudgedSpecs {
  note(reservation: Reservation): void
  /** The latest generation that was looked at; 1 when none was yet. */
  of(uid: string): number
  forget(uid: string): void
}

export function judgedSpecs(): JudgedSpecs {
  /** Only of specs that were changed, which most never are. */
  const generations = new Map<string, number>()
  return {
    note({ uid, generation }) {
      if (generation > 1) generations.set(uid, generation)
    },
    of: (uid) => generations.get(uid) ?? 1,
    forget: (uid) => generations.delete(uid),
  }
}
