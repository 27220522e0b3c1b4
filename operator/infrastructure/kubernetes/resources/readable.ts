import { parseDurationMs } from '../../../domain/duration.ts'

/** Something stored that can't be gone on from; the message is a sentence that says what is wrong and where. */
export class Unreadable extends Error {}

/** What was read of an object, or why it could not be. */
export type Read<T> = { readonly value: T } | { readonly unreadable: string }

/** Answers what `read` throws as Unreadable; anything else is a fault of ours. */
export function readable<T>(read: () => T): Read<T> {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof Unreadable) return { unreadable: error.message }
    throw error
  }
}

/** Why some of them could not be read, in one sentence. */
export function reasonsIn(...parts: readonly Read<unknown>[]): string {
  return parts.flatMap((part) => ('unreadable' in part ? [part.unreadable] : [])).join('; ')
}

/** The schema takes counts up to 2^53 − 1. One that only rises must leave room for all that is still to be counted. */
const LARGEST = Number.MAX_SAFE_INTEGER
const LARGEST_TO_GO_ON_FROM = LARGEST - 1e12

export function countOf(value: unknown, where: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(value, where, 'a whole number, 0 or more')
  return value as number
}

/** A count that is gone on from: a sequence, or a leader's term. */
export function risingCountOf(value: unknown, where: string): number {
  const count = countOf(value, where)
  if (count > LARGEST_TO_GO_ON_FROM) throw new Unreadable(`${where} is ${count}, which leaves nothing to count on with`)
  return count
}

/** Later ones could not be written any more once a hold's time is added: the year has four digits. */
const LATEST_MS = Date.UTC(9000)

export function timeOf(value: unknown, where: string): string {
  const ms = typeof value === 'string' ? Date.parse(value) : Number.NaN
  if (!(ms < LATEST_MS)) throw wrong(value, where, 'a time before the year 9000')
  return value as string
}

/** Nothing where there is nothing. */
export function timeIfThere(value: unknown, where: string): void {
  if (value !== undefined) timeOf(value, where)
}

export function wordOf(value: unknown, where: string): string {
  if (typeof value !== 'string' || value === '') throw wrong(value, where, 'a text')
  return value
}

export function oneOf<T extends string>(known: readonly T[], value: unknown, where: string): T {
  const found = known.find((candidate) => candidate === value)
  if (found === undefined) throw wrong(value, where, `one of ${known.join(', ')}`)
  return found
}

export function listOf(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(value, where, 'a list')
  return value
}

export function objectOf(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(value, where, 'an object')
  return value as Readonly<Record<string, unknown>>
}

/** Amounts are computed with as they are written, so they must be numbers. */
export function priceIfThere(value: unknown, where: string): void {
  if (value === undefined) return
  const { amount, currency } = objectOf(value, where)
  if (typeof amount !== 'string' || !/^[0-9]{1,34}(\.[0-9]{1,6})?$/.test(amount))
    throw wrong(amount, `${where}.amount`, 'an amount')
  if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
    throw wrong(currency, `${where}.currency`, 'a currency')
}

export function durationMs(value: unknown, where: string): number {
  const ms = parseDurationMs(wordOf(value, where))
  if (ms === undefined) throw wrong(value, where, 'a time such as 90s, 15m or 1h30m')
  return ms
}

const MOST_SHOWN = 60

function wrong(value: unknown, where: string, wanted: string): Unreadable {
  if (value === undefined || value === null) return new Unreadable(`${where} is missing`)
  const text = JSON.stringify(value)
  return new Unreadable(
    `${where} is not ${wanted}: ${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text}`,
  )
}
