import { USUAL_FABRIC } from '../network/network.ts'
import { USUAL_CLASS } from '../storage/storage.ts'
import type { RequestedKind } from './requested.ts'
import type { Specification } from './resource-request.ts'

/** What a type of message has done, and to what. */
export interface RequestType {
  readonly does: 'create' | 'delete'
  readonly kind: RequestedKind
}

const types: Readonly<Record<string, RequestType>> = {
  CREATE_VIRTUAL_MACHINE: { does: 'create', kind: 'VirtualMachine' },
  DELETE_VIRTUAL_MACHINE: { does: 'delete', kind: 'VirtualMachine' },
  CREATE_VIRTUAL_STORAGE: { does: 'create', kind: 'VirtualStorage' },
  DELETE_VIRTUAL_STORAGE: { does: 'delete', kind: 'VirtualStorage' },
  CREATE_VIRTUAL_NETWORK: { does: 'create', kind: 'VirtualNetwork' },
  DELETE_VIRTUAL_NETWORK: { does: 'delete', kind: 'VirtualNetwork' },
}

/** The types that anything is done for. */
export const servedTypes: readonly string[] = Object.keys(types)

/** Senders write what they like; what is counted has what is known, or OTHER. */
export function countedType(messageType: string): string {
  return servedTypes.includes(messageType) ? messageType : 'OTHER'
}

/** Undefined = nothing is done for messages of this type. */
export function requestTypeOf(messageType: string): RequestType | undefined {
  return Object.hasOwn(types, messageType) ? types[messageType] : undefined
}

export function typeThat(does: RequestType['does'], kind: RequestedKind): string {
  return servedTypes.find((type) => types[type]?.does === does && types[type]?.kind === kind) ?? ''
}

type Field = keyof Specification

/** What a message may say of a resource of a kind. */
export interface KindTerms {
  /** What one is called that its sender gives no name begins with this. */
  readonly prefix: string
  readonly needed: readonly Field[]
  readonly optional: readonly Field[]
  /** What is meant where a message does not say it. */
  readonly usual: Partial<Specification>
  /** Whether it waits for capacity, and so has a rank. */
  readonly waits: boolean
}

const ofPools = ['poolNamespace', 'waitFor'] as const

export const kindTerms: Readonly<Record<RequestedKind, KindTerms>> = {
  VirtualMachine: {
    ...{ prefix: 'vm', usual: {}, waits: true },
    needed: ['cpu', 'memory', 'disk', 'pool'],
    optional: ['network', 'image', 'provider', 'runStrategy', ...ofPools],
  },
  VirtualStorage: {
    ...{ prefix: 'stor', usual: { class: USUAL_CLASS }, waits: true },
    needed: ['size', 'pool'],
    optional: ['class', 'iops', 'reclaim', 'provider', ...ofPools],
  },
  VirtualNetwork: {
    ...{ prefix: 'net', usual: { fabric: USUAL_FABRIC }, waits: false },
    needed: ['cidr', 'vlan'],
    optional: ['fabric', 'namespaces', 'provider'],
  },
}
