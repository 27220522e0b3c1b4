import type { Blame } from '../flow/journey.ts'
import { isObject } from '../json-object.ts'
import { DEEPEST, isDeeperThan } from '../nesting.ts'
import { timeText } from '../time-text.ts'
import { withoutNulls } from './without-nulls.ts'

export interface AvroContent {
  readonly content: Readonly<Record<string, unknown>>
}

/** The latest moment that a date can be made of. */
const LAST_MS = 8.64e15

/**
 * A record of config/events/avro as the message that it is in JSON: the same request is the same in both. What its type
 * asks for stands in a field that is called like it, and becomes `payload.specification`.
 */
export function contentFromAvro(record: unknown): AvroContent | Blame {
  const given = isDeeperThan(record, DEEPEST) ? undefined : withoutNulls(record)
  const { messageType, payload, processingHistory, timestamp, ...others } = isObject(given) ? given : {}
  if (!isObject(payload) || typeof messageType !== 'string')
    return unreadable('its schema is not one of messages: messageType and payload are missing')
  const name = camelCase(messageType)
  const specification = payload[name]
  if (!isObject(specification)) return unreadable(`payload.${name} is missing, which ${messageType} needs`)
  const times = timesIn(timestamp, processingHistory)
  if (!times) return unreadable('a time in it is none of milliseconds since 1970')
  const plain = Object.entries(payload).filter(([, value]) => !isObject(value)) // the one of its type, or of others
  const meant = { ...Object.fromEntries(plain), specification }
  return { content: { ...others, messageType, payload: meant, ...times } }
}

/** Undefined = one of them is none. What is absent stays absent. */
function timesIn(timestamp: unknown, history: unknown): Record<string, unknown> | undefined {
  const at = timestamp === undefined ? '' : momentText(timestamp)
  const steps = stepsFrom(history)
  if (at === undefined || steps === undefined) return undefined
  return { ...(at !== '' && { timestamp: at }), ...(steps.length > 0 && { processingHistory: steps }) }
}

function stepsFrom(history: unknown): unknown[] | undefined {
  if (!Array.isArray(history)) return []
  const steps = history.map((step: unknown) => (isObject(step) ? { ...step, at: momentText(step['at']) } : undefined))
  return steps.every((step) => step?.at !== undefined) ? steps : undefined
}

function momentText(ms: unknown): string | undefined {
  return typeof ms === 'number' && Math.abs(ms) <= LAST_MS ? timeText(ms) : undefined
}

/** `CREATE_VIRTUAL_MACHINE` is `createVirtualMachine`. */
function camelCase(type: string): string {
  return type.toLowerCase().replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function unreadable(reason: string): Blame {
  return { cause: 'Unreadable', reason }
}
