import type { ReservationStatus } from './reservation.ts'

const MARK = '; not decided yet: '

/** What a message says of what its reservation has, and why something else that it asks for is not decided; absent: all is. */
export function partsOf(message: string): { readonly has: string; readonly undecided?: string } {
  const [has = '', ...rest] = message.split(MARK)
  return rest.length > 0 ? { has, undecided: rest.join(MARK) } : { has }
}

/** The status with why something is not decided said beside what it has; without that where everything is. */
export function undecidedBecause(status: ReservationStatus, why: string | undefined): ReservationStatus {
  const { has } = partsOf(status.message)
  return withMessage(status, why === undefined ? has : `${has}${MARK}${why}`)
}

/** The same status in other words, in its conditions too. */
export function withMessage(status: ReservationStatus, message: string): ReservationStatus {
  return { ...status, message, conditions: status.conditions.map((condition) => ({ ...condition, message })) }
}
