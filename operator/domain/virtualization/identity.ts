import { canonicalText } from '../canonical.ts'
import type { Message, Payload, Specification } from './resource-request.ts'

/** SHA-256 in hexadecimal digits. */
export type Sha256 = (text: string) => string

const NAME_DIGITS = 40
const RESOURCE_DIGITS = 20
const MAX_LABEL = 63

/** The name of the object that a message becomes: the same whenever it is delivered, and nobody else's. */
export function requestNameOf(namespace: string, messageId: string, sha256: Sha256): string {
  return `vr-${idDigest(namespace, messageId, sha256).slice(0, NAME_DIGITS)}`
}

/**
 * What a message asks for, as a number: by RFC 8785, whatever the order and the encoding in which it came. When it was
 * sent and by which way doesn't count, so a repetition has the same one.
 */
export function digestOf({ messageType, payload }: Pick<Message, 'messageType' | 'payload'>, sha256: Sha256): string {
  return sha256(canonicalText({ messageType, payload }))
}

const specificationFields: Readonly<Record<keyof Specification, true>> = {
  ...{ cpu: true, memory: true, disk: true, network: true, image: true, pool: true, poolNamespace: true },
  ...{ provider: true, runStrategy: true, waitFor: true, originalMessageId: true, uid: true },
  ...{ size: true, class: true, iops: true, reclaim: true, cidr: true, vlan: true, fabric: true, namespaces: true },
}
const payloadFields: Readonly<Record<keyof Payload, true>> = {
  ...{
    virtualResourceId: true,
    resourceType: true,
    specification: true,
    userId: true,
    priority: true,
    namespace: true,
  },
}

/**
 * Whether two messages are one that was sent twice, whatever became of it on its way: what no version of the schema knows
 * is dropped where requests are stored.
 */
export function isSameMessage(one: Message, other: Message, sha256: Sha256): boolean {
  return one.messageId === other.messageId && storedDigestOf(one, sha256) === storedDigestOf(other, sha256)
}

/** The digest of what would be stored of a message: the same of the message as it was sent and of its request. */
export function storedDigestOf(message: Message, sha256: Sha256): string {
  return digestOf(asStored(message), sha256)
}

function asStored({ messageType, payload }: Message): Pick<Message, 'messageType' | 'payload'> {
  const { network, ...rest } = payload.specification
  const specification = {
    ...known(rest, specificationFields),
    ...(network !== undefined && { network: known(network, { name: true }) }),
  }
  return { messageType, payload: { ...known(payload, payloadFields), specification } as Payload }
}

function known(given: object, fields: Readonly<Record<string, true>>): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(fields, name)))
}

/** What its resource is called: as its sender says, as a DNS label; else by `prefix` and its message. */
export function resourceNameOf(
  { namespace, spec }: { readonly namespace: string; readonly spec: Message },
  prefix: string,
  sha256: Sha256,
): string {
  const label = labelOf(spec.payload.virtualResourceId ?? '')
  return label === '' ? `${prefix}-${idDigest(namespace, spec.messageId, sha256).slice(0, RESOURCE_DIGITS)}` : label
}

function labelOf(text: string): string {
  const letters = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
  return letters.replace(/^-+/, '').slice(0, MAX_LABEL).replace(/-+$/, '')
}

function idDigest(namespace: string, messageId: string, sha256: Sha256): string {
  return sha256(`${namespace}/${messageId}`) // no namespace has a slash in it
}
