import { resourceNameOf, type Sha256 } from './identity.ts'
import type { OwnRequestReason } from './request-reasons.ts'
import { kindTerms, type RequestType, requestTypeOf, servedTypes } from './request-types.ts'
import type { RequestedKind } from './requested.ts'
import { correlationOf, type ResourceRequest, type Specification } from './resource-request.ts'

/** A resource to be made, as its schema takes it; whether the values are sound is for that to say. */
export interface Wanted {
  readonly kind: RequestedKind
  readonly name: string
  readonly spec: Omit<Specification, 'originalMessageId' | 'uid'> & {
    readonly owner: string
    readonly requestId: string
    /** Of what waits for capacity. */
    readonly priority?: number
  }
}

/** Which resource is to go: what was made for a message, or the one object with this uid. */
export type Target = { readonly kind: RequestedKind } & ({ readonly messageId: string } | { readonly uid: string })

/** How long a target is waited for that is not there: its message may come later than the one that ends it. */
export const TARGET_AWAITED_MS = 600_000

/** What a message asks for, in the words of this project. */
export type Wish =
  | { readonly kind: 'create'; readonly wanted: Wanted }
  | { readonly kind: 'delete'; readonly target: Target }
  | { readonly kind: 'refused'; readonly reason: OwnRequestReason; readonly message: string }

type Asked = Pick<ResourceRequest, 'namespace' | 'spec'>

/** What a request asks for, or why nothing will be done for it. */
export function wishOf(request: Asked, sha256: Sha256): Wish {
  const { namespace, spec } = request
  const meant = spec.payload.namespace ?? namespace
  if (meant !== namespace)
    return refused('WrongNamespace', `it is meant for namespace ${meant} and acts in its own only, ${namespace}`)
  const type = requestTypeOf(spec.messageType)
  if (!type)
    return refused(
      'TypeNotServed',
      `nothing is done for messages of type ${spec.messageType}; there are ${servedTypes.join(', ')}`,
    )
  return type.does === 'create' ? creation(request, type, sha256) : deletion(request, type)
}

function creation(request: Asked, { kind }: RequestType, sha256: Sha256): Wish {
  const { specification: asked, userId: owner, priority = 0 } = request.spec.payload
  const { originalMessageId: _, uid: __, ...specification } = asked
  const { needed, optional, prefix, waits } = kindTerms[kind]
  const missing = needed.filter((field) => asked[field] === undefined)
  if (missing.length > 0) {
    const what = `payload.specification needs ${needed.join(', ')}`
    return refused('InvalidSpecification', `${what}; missing: ${missing.join(', ')}`)
  }
  const known: ReadonlySet<string> = new Set([...needed, ...optional])
  const strange = Object.keys(specification).filter((field) => !known.has(field))
  if (strange.length > 0) {
    const what = `payload.specification says ${strange.join(', ')}`
    return refused('InvalidSpecification', `${what}, which no ${kind} has: leave it out, or send another type`)
  }
  const spec = { ...specification, owner, requestId: correlationOf(request), ...(waits && { priority }) }
  return { kind: 'create', wanted: { kind, name: resourceNameOf(request, prefix, sha256), spec } }
}

function deletion({ spec }: Asked, { kind }: RequestType): Wish {
  const { originalMessageId: messageId, uid } = spec.payload.specification
  if (messageId !== undefined && uid === undefined) return { kind: 'delete', target: { kind, messageId } }
  if (uid !== undefined && messageId === undefined) return { kind: 'delete', target: { kind, uid } }
  return refused('InvalidSpecification', 'payload.specification needs originalMessageId or uid, one of the two')
}

function refused(reason: OwnRequestReason, message: string): Wish {
  return { kind: 'refused', reason, message }
}
