import type { SentMessage } from './read-message.ts'
import { kindTerms, requestTypeOf } from './request-types.ts'
import type { Specification } from './resource-request.ts'

/** What whoever may write to a topic may ask for; a list that is absent allows nothing, `*` anything. */
export interface SourceRule {
  readonly topic: string
  readonly namespaces: Allowed
  readonly types: Allowed
  readonly pools: Allowed
  /** Of pools; that of the message itself needs no mention. */
  readonly poolNamespaces: Allowed
  readonly providers: Allowed
  /** An image has to begin with one of them. */
  readonly images: Allowed
  readonly networks: Allowed
  /** Of storages; a message that names none asks for the usual one. */
  readonly classes: Allowed
  /** What networks are made on; a message that names none asks for the usual one. */
  readonly fabrics: Allowed
  /** Whose name may stand in a message: its writer says so, and nobody checks it. */
  readonly users: Allowed
  /** The highest. */
  readonly maxPriority: number
  /** Whether it may end any resource of its namespaces, and not only what a message asked for that it might have sent. */
  readonly endsAny: boolean
}

const MOST_SHOWN = 200

export type Allowed = '*' | readonly string[]

/** `value`: undefined = it asks for none. `begins`: a value has to begin with one of those that are allowed. */
interface Asked {
  readonly what: string
  readonly value: unknown
  readonly allowed: Allowed
  readonly begins?: true
}

type Judge = (value: unknown, rule: SourceRule, namespace: string) => Asked | readonly Asked[]

/** Its pool or its fabric bounds what it takes, and the schema and the policy of its kind how large one may be. */
const free: Judge = () => []

/** What each field of a specification opens or costs: one that is new has to be thought of here. */
const fields: Readonly<Record<keyof Specification, Judge>> = {
  pool: (value, { pools }) => ({ what: 'pool', value, allowed: pools }),
  poolNamespace: (value, { poolNamespaces }, namespace) => ({
    ...{ what: 'pool namespace', value: value === namespace ? undefined : value, allowed: poolNamespaces },
  }),
  provider: (value, { providers }) => ({ what: 'provider', value, allowed: providers }),
  image: (value, { images }) => ({ what: 'image', value, allowed: images, begins: true }),
  network: (value, { networks }) => ({ what: 'network', value: nameIn(value), allowed: networks }),
  class: (value, { classes }) => ({ what: 'class', value, allowed: classes }),
  fabric: (value, { fabrics }) => ({ what: 'fabric', value, allowed: fabrics }),
  namespaces: (value, { namespaces }) =>
    listIn(value).map((one) => ({ what: 'namespace (of its network)', value: one, allowed: namespaces })),
  cpu: free,
  memory: free,
  disk: free,
  runStrategy: free,
  waitFor: free,
  size: free,
  iops: free,
  reclaim: free, // of its own data alone
  cidr: free,
  vlan: free,
  originalMessageId: free, // whether it may be ended is asked of whoever asked for it
  uid: free,
}

/** Why a message may not be; undefined = it may. A topic without a rule may ask for nothing. */
export function whyNotAllowed({ namespace, message }: SentMessage, rule: SourceRule | undefined): string | undefined {
  if (!rule) return 'no rule says what this topic may ask for (worker.virtualization.sources)'
  const { messageType, payload } = message
  const specification: Readonly<Record<string, unknown>> = { ...usualOf(messageType), ...payload.specification }
  const asked: readonly Asked[] = [
    { what: 'namespace', value: namespace, allowed: rule.namespaces },
    { what: 'type', value: messageType, allowed: rule.types },
    { what: 'user', value: payload.userId, allowed: rule.users },
    ...Object.entries(fields).flatMap(([field, judge]) => judge(specification[field], rule, namespace)),
  ]
  const refused = asked.find((one) => one.value !== undefined && !isAllowed(one))
  if (refused) return `this topic may not ask for the ${refused.what} ${shown(refused.value)}`
  const { priority = 0 } = payload
  if (priority > rule.maxPriority)
    return `this topic may ask for priorities up to ${rule.maxPriority}, and not for ${shown(priority)}`
  return undefined
}

/** What is meant where nothing is said: to leave it out is no way round a list. */
function usualOf(messageType: string): object {
  const type = requestTypeOf(messageType)
  return type?.does === 'create' ? kindTerms[type.kind].usual : {}
}

/** It goes into events and headers, which are no place for whatever somebody sends. */
function shown(value: unknown): string {
  const text = JSON.stringify(value)
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** What has another form is asked for as it stands, and refused by name. */
function nameIn(network: unknown): unknown {
  const isNamed = typeof network === 'object' && network !== null && 'name' in network
  return isNamed ? network.name : network
}

/** What has another form is asked for as it stands, as above. */
function listIn(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}

function isAllowed({ value, allowed, begins }: Asked): boolean {
  if (allowed === '*') return true
  if (typeof value !== 'string') return false
  return begins ? allowed.some((beginning) => value.startsWith(beginning)) : allowed.includes(value)
}
