import type { Reason } from '../reservation/reservation.ts'
import { commonReasons, quietReasonsOf, type ReasonTable } from '../resource/resource-reasons.ts'

/** Every reason of a storage's own, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const storageReasons = {
  ...commonReasons,
  ClassUnknown: {},
  Allocating: {},
  Allocated: { quiet: true, fine: true },
  WaitingForFirstConsumer: { quiet: true, fine: true },
  StorageLost: {},
} as const satisfies ReasonTable

export type OwnStorageReason = keyof typeof storageReasons

/** Why a storage is as it is: a reason of its own, or that of its reservation. */
export type StorageReason = OwnStorageReason | Reason

/** Those of which no Kubernetes Event tells: they come with every life. */
export const quietStorageReasons = quietReasonsOf(storageReasons)
