import type { Mistake } from '../gateway/problem.ts'
import { isObject } from '../json-object.ts'

export const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'] as const
export type EntryLevel = (typeof levels)[number]

/** One line of somebody's log, as it was sent. */
export interface LogEntry {
  /** When it was written, in ms; absent: nobody has said so. */
  readonly atMs?: number
  readonly level: EntryLevel
  readonly service: string
  readonly message: string
  readonly texts: Readonly<Partial<Record<TextField, string>>>
  readonly payload?: Readonly<Record<string, unknown>>
}

/** What we know of an entry, whatever it says of itself. */
export interface LogOrigin {
  /** Who sent it. */
  readonly actor: string
  readonly namespace: string
  readonly receivedAtMs: number
  /** What it is told apart by, where it names nothing itself. */
  readonly newId: () => string
}

export const MOST_ENTRY_BYTES = 64 * 1024
const MOST_MESSAGE = 32 * 1024
const MOST_TEXT = 256
/** As Kubernetes has it for names: what is reviewed by its name has one. */
const serviceName = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/
/** RFC 3339. */
const instant = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/

const textFields = ['correlationId', 'hexagonalLayer', 'domain', 'operation', 'eventId'] as const
type TextField = (typeof textFields)[number]
const fields: ReadonlySet<string> = new Set([...textFields, 'timestamp', 'level', 'service', 'message', 'payload'])

/** An entry, or all that is wrong with it; `pointer` says where it stands. */
export function logEntryFrom(value: unknown, pointer: string): LogEntry | readonly Mistake[] {
  if (!isObject(value)) return [{ pointer, detail: 'is not an object with level, service and message' }]
  const mistakes = [...unknownFields(value, pointer), ...wrongFields(value, pointer)]
  if (mistakes.length > 0) return mistakes
  const bytes = Buffer.byteLength(JSON.stringify(value))
  if (bytes > MOST_ENTRY_BYTES)
    return [{ pointer, detail: `has ${bytes} bytes, and an entry has at most ${MOST_ENTRY_BYTES}` }]
  const { timestamp, level, service, message, payload } = value
  return {
    ...(timestamp !== undefined && { atMs: Date.parse(timestamp as string) }),
    ...{ level: level as EntryLevel, service: service as string, message: message as string },
    texts: Object.fromEntries(textFields.flatMap((name) => (name in value ? [[name, value[name] as string]] : []))),
    ...(payload !== undefined && { payload: payload as Record<string, unknown> }),
  }
}

/** The value of its record, in the words that log readers look for. */
export function recordOf(entry: LogEntry, { actor, namespace, receivedAtMs, newId }: LogOrigin): string {
  const { texts, level, service, message, payload } = entry
  return JSON.stringify({
    eventId: texts.eventId ?? newId(),
    timestamp: new Date(entry.atMs ?? receivedAtMs).toISOString(),
    receivedAt: new Date(receivedAtMs).toISOString(),
    ...{ level, service, message, actor, namespace },
    correlation_id: texts.correlationId,
    hexagonal_layer: texts.hexagonalLayer,
    domain: texts.domain,
    operation: texts.operation,
    payload,
  })
}

function unknownFields(value: Record<string, unknown>, pointer: string): Mistake[] {
  return Object.keys(value)
    .filter((name) => !fields.has(name))
    .map((name) => ({
      pointer: `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      detail: `is no field of an entry; what is your own goes into payload`,
    }))
}

type Rule = readonly [name: string, isNeeded: boolean, isRight: (value: unknown) => boolean, allowed: string]

const isText = (value: unknown, most: number, least = 0): value is string =>
  typeof value === 'string' && value.length >= least && value.length <= most

const rules: readonly Rule[] = [
  ['level', true, (value) => levels.includes(value as EntryLevel), `one of ${levels.join(', ')}`],
  [
    'service',
    true,
    (value) => typeof value === 'string' && serviceName.test(value),
    'a name of at most 63 small letters, digits, dashes and dots',
  ],
  ['message', true, (value) => isText(value, MOST_MESSAGE, 1), `a text of 1 to ${MOST_MESSAGE} characters`],
  [
    'timestamp',
    false,
    (value) => typeof value === 'string' && instant.test(value) && isTime(value),
    'a time as 2026-01-31T12:00:00Z',
  ],
  ...textFields.map(
    (name): Rule => [name, false, (value) => isText(value, MOST_TEXT), `a text of at most ${MOST_TEXT} characters`],
  ),
  ['payload', false, isObject, 'an object'],
]

/** Beyond the year 9999 there is no text for a time that everybody reads. */
function isTime(text: string): boolean {
  const ms = Date.parse(text)
  return ms >= 0 && ms <= Date.UTC(9999, 11, 31)
}

function wrongFields(value: Record<string, unknown>, pointer: string): Mistake[] {
  return rules.flatMap(([name, isNeeded, isRight, allowed]) => {
    const given = value[name]
    if (given === undefined && name in value === false) {
      return isNeeded ? [{ pointer: `${pointer}/${name}`, detail: `is missing; it is ${allowed}` }] : []
    }
    return isRight(given) ? [] : [{ pointer: `${pointer}/${name}`, detail: `is not ${allowed}` }]
  })
}
