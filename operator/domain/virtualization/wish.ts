import { resourceNameOf, type Sha256 } from './identity.ts'
import type { OwnRequestReason } from './request-reasons.ts'
import { correlationOf, type ResourceRequest, type Specification } from './resource-request.ts'

/** A machine to be made, as its schema takes it; whether the values are sound is for that to say. */
export interface WantedMachine {
  readonly name: string
  readonly spec: Omit<Specification, 'originalMessageId' | 'uid'> & {
    readonly owner: string
    readonly priority: number
    readonly requestId: string
  }
}

/** Which resource is to go: what was made for a message, or the one object with this uid. */
export type Target = { readonly messageId: string } | { readonly uid: string }

/** What a message asks for, in the words of this project. */
export type Wish =
  | { readonly kind: 'create'; readonly machine: WantedMachine }
  | { readonly kind: 'delete'; readonly target: Target }
  | { readonly kind: 'refused'; readonly reason: OwnRequestReason; readonly message: string }

const needed = ['cpu', 'memory', 'disk', 'pool'] as const

type Translation = (request: Pick<ResourceRequest, 'namespace' | 'spec'>, sha256: Sha256) => Wish

const translations: Readonly<Record<string, Translation>> = {
  CREATE_VIRTUAL_MACHINE: creation,
  DELETE_VIRTUAL_MACHINE: deletion,
}

/** The types that anything is done for. */
export const servedTypes: readonly string[] = Object.keys(translations)

/** What a request asks for, or why nothing will be done for it. */
export function wishOf(request: Pick<ResourceRequest, 'namespace' | 'spec'>, sha256: Sha256): Wish {
  const { namespace, spec } = request
  const meant = spec.payload.namespace ?? namespace
  if (meant !== namespace)
    return refused('WrongNamespace', `it is meant for namespace ${meant} and acts in its own only, ${namespace}`)
  const translate = Object.hasOwn(translations, spec.messageType) ? translations[spec.messageType] : undefined
  if (!translate) {
    const served = servedTypes.join(' and ')
    return refused('TypeNotServed', `nothing is done for messages of type ${spec.messageType}; there are ${served}`)
  }
  return translate(request, sha256)
}

function creation(request: Pick<ResourceRequest, 'namespace' | 'spec'>, sha256: Sha256): Wish {
  const { originalMessageId: _, uid: __, ...specification } = request.spec.payload.specification
  const missing = needed.filter((field) => specification[field] === undefined)
  if (missing.length > 0) {
    const what = `payload.specification needs ${needed.join(', ')}`
    return refused('InvalidSpecification', `${what}; missing: ${missing.join(', ')}`)
  }
  const { userId: owner, priority = 0 } = request.spec.payload
  const spec = { ...specification, owner, priority, requestId: correlationOf(request) }
  return { kind: 'create', machine: { name: resourceNameOf(request, 'vm', sha256), spec } }
}

function deletion({ spec }: Pick<ResourceRequest, 'spec'>): Wish {
  const { originalMessageId: messageId, uid } = spec.payload.specification
  if (messageId !== undefined && uid === undefined) return { kind: 'delete', target: { messageId } }
  if (uid !== undefined && messageId === undefined) return { kind: 'delete', target: { uid } }
  return refused('InvalidSpecification', 'payload.specification needs originalMessageId or uid, one of the two')
}

function refused(reason: OwnRequestReason, message: string): Wish {
  return { kind: 'refused', reason, message }
}
