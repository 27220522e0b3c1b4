import type { Reason } from '../reservation/reservation.ts'

/** What a Kubernetes Event tells of (unless `quiet`), and docs/troubleshooting.md has to say what to do about (unless `fine`). */
export type ReasonTable = Readonly<Record<string, { readonly quiet?: true; readonly fine?: true }>>

/** Every reason that all resources share, once. */
export const commonReasons = {
  NotHeld: {},
  PoolMissing: {},
  PoolAmbiguous: {},
  WrongUnit: {},
  ProviderUnavailable: {},
  ReservationRefused: {},
  ReservationNotOwn: {},
  PolicyViolation: {},
  Reserving: { quiet: true },
  WaitingForCapacity: {},
  CapacityUnconfirmed: {},
  CapacityLost: {},
  ProviderFailed: {},
  Deleting: { quiet: true },
  Deleted: { quiet: true, fine: true },
} as const satisfies ReasonTable

/**
 * What a deleted resource waits for: those that use it; those that may, of which nobody can see; its provider, which is at
 * it; its provider, which refuses or gives no answer; those that don't take back what they have given it.
 */
export const deletionReasons = ['InUse', 'UsersUnseen', 'AwaitsProvider', 'ProviderFailed', 'NotGivenBack'] as const

export type DeletionReason = (typeof deletionReasons)[number]

/** Why a resource is as it is: a reason that all share, or that of its reservation. */
export type CommonReason = keyof typeof commonReasons | Reason

/** Those of which no Kubernetes Event tells: they come with every life. */
export function quietReasonsOf(table: ReasonTable): ReadonlySet<string> {
  return new Set(Object.keys(table).filter((reason) => table[reason]?.quiet))
}
