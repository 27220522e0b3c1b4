import { machineReasons, quietMachineReasons } from '../machine/machine-reasons.ts'
import { networkReasons, quietNetworkReasons } from '../network/network-reasons.ts'
import { reasonNames } from '../reservation/reasons.ts'
import { quietStorageReasons, storageReasons } from '../storage/storage-reasons.ts'

/** Every reason of a request's own, once; docs/troubleshooting.md has to say what to do about each that isn't `fine`. */
export const requestReasons = {
  ResourceRefused: {},
  ResourceCreated: { quiet: true, fine: true },
  WaitingForTarget: {},
  TargetFound: { quiet: true, fine: true },
  RemovalRefused: {},
  Removing: { quiet: true, fine: true },
  RemovalSlow: {},
  Removed: { quiet: true, fine: true },
  TypeNotServed: {},
  InvalidSpecification: {},
  WrongNamespace: {},
  NameTaken: {},
  ResourceNotFound: {},
  ResourceGone: {},
  ResourceFailed: {},
  HinderedTooLong: {},
  Withdrawn: { fine: true },
} as const satisfies Readonly<Record<string, { readonly quiet?: true; readonly fine?: true }>>

export type OwnRequestReason = keyof typeof requestReasons

/** Why a request is as it is: a reason of its own, or that of its resource. */
export type RequestReason =
  | OwnRequestReason
  | keyof typeof machineReasons
  | keyof typeof storageReasons
  | keyof typeof networkReasons
  | (typeof reasonNames)[number]

/** All of them; the list in the kind's schema is made from this one by `npm run generate`. */
export const requestReasonNames: readonly RequestReason[] = [
  ...new Set<RequestReason>([
    ...(Object.keys(requestReasons) as OwnRequestReason[]),
    ...(Object.keys(machineReasons) as (keyof typeof machineReasons)[]),
    ...(Object.keys(storageReasons) as (keyof typeof storageReasons)[]),
    ...(Object.keys(networkReasons) as (keyof typeof networkReasons)[]),
    ...reasonNames,
  ]),
]

/** Those of which no Kubernetes Event tells: they come with every life. */
export const quietRequestReasons: ReadonlySet<string> = new Set([
  ...(Object.keys(requestReasons) as OwnRequestReason[]).filter((reason) => 'quiet' in requestReasons[reason]),
  ...quietMachineReasons,
  ...quietStorageReasons,
  ...quietNetworkReasons,
])

const known: ReadonlySet<string> = new Set(requestReasonNames)

/** A resource's reason as one of a request; `fallback` where it is none that this version knows. */
export function asRequestReason(reason: string, fallback: RequestReason): RequestReason {
  return known.has(reason) ? (reason as RequestReason) : fallback
}
