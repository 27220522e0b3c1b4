import type { KubernetesObject } from './kubernetes-object.ts'
import { microTime } from './micro-time.ts'
import type { Resource } from './resource-client.ts'

export const EVENTS: Resource = { group: 'events.k8s.io', version: 'v1', plural: 'events', namespaced: true }

/** `core/v1` ObjectReference, as far as events need it. */
export interface ObjectReference {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
}

/** What is to be told about an object. */
export interface Occurrence {
  readonly regarding: ObjectReference
  readonly related?: ObjectReference
  readonly type: 'Normal' | 'Warning'
  /** Why, for machines: UpperCamelCase. */
  readonly reason: string
  /** What was done or failed, for machines: UpperCamelCase. */
  readonly action: string
  /** For people; cut after 1024 bytes. */
  readonly note: string
}

/** `events.k8s.io/v1` Event. */
export interface ClusterEvent extends KubernetesObject {
  readonly eventTime: string
  readonly series?: EventSeries
  readonly reportingController: string
  readonly reportingInstance: string
  readonly action: string
  readonly reason: string
  readonly regarding: ObjectReference
  readonly related?: ObjectReference
  readonly note: string
  readonly type: string
}

export interface EventSeries {
  readonly count: number
  readonly lastObservedTime: string
}

export interface EventSource {
  /** e.g. `example.io/controller`. */
  readonly controller: string
  /** Which process, e.g. the pod's name. */
  readonly instance: string
}

const LONGEST_NOTE_BYTES = 1_024
const LONGEST_FIELD = 128
const LONGEST_NAME = 253

/** The event object of an occurrence at `now` (milliseconds); `serial` keeps apart those of the same millisecond. */
export function buildClusterEvent(
  occurrence: Occurrence,
  source: EventSource,
  now: number,
  serial: number,
): ClusterEvent {
  const { regarding, related, type, reason, action, note } = occurrence
  const suffix = `.${(BigInt(Math.floor(now)) * 1_000_000n + BigInt(serial % 1_000_000)).toString(16)}`
  return {
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: {
      name: regarding.name.slice(0, LONGEST_NAME - suffix.length).replace(/[^a-z0-9]+$/, '') + suffix,
      namespace: regarding.namespace ?? 'default', // where events of objects without a namespace live
    },
    eventTime: microTime(now),
    reportingController: source.controller,
    reportingInstance: source.instance.slice(0, LONGEST_FIELD),
    action: action.slice(0, LONGEST_FIELD),
    reason: reason.slice(0, LONGEST_FIELD),
    regarding,
    ...(related === undefined ? {} : { related }),
    note: cutToBytes(note, LONGEST_NOTE_BYTES),
    type,
  }
}

export function buildSeries(count: number, lastObservedAt: number): EventSeries {
  return { count, lastObservedTime: microTime(lastObservedAt) }
}

/** At most `bytes` of UTF-8, never half a character, with an ellipsis when something was cut. */
export function cutToBytes(text: string, bytes: number): string {
  const encoded = Buffer.from(text, 'utf8')
  if (encoded.length <= bytes) return text
  const ellipsis = '…'
  let end = bytes - Buffer.byteLength(ellipsis)
  while (end > 0 && ((encoded[end] as number) & 0xc0) === 0x80) end -= 1 // inside a character
  return encoded.toString('utf8', 0, end) + ellipsis
}
