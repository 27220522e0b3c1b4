import { type CommonReason, quietReasonsOf, type ReasonTable } from '../resource/resource-reasons.ts'

/** Every reason of a network, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const networkReasons = {
  CidrInvalid: {},
  FabricUnknown: {},
  FabricNotShared: {},
  OutOfRange: {},
  VlanTaken: {},
  CidrTaken: {},
  FabricFull: {},
  FabricTaken: {},
  FabricMoved: {},
  FabricUnseen: {},
  Claimed: { quiet: true, fine: true },
  ProviderUnavailable: {},
  ProviderFailed: {},
  Active: { quiet: true, fine: true },
  Deleting: { quiet: true },
  Deleted: { quiet: true, fine: true },
} as const satisfies ReasonTable

export type OwnNetworkReason = keyof typeof networkReasons

/** Why a network is as it is. */
export type NetworkReason = OwnNetworkReason | CommonReason

/** Those of which no Kubernetes Event tells: they come with every life. */
export const quietNetworkReasons = quietReasonsOf(networkReasons)
