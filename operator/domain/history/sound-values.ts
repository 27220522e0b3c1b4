import type { Money } from '../money.ts'
import { type Level, levels } from '../stock/level.ts'

/** A value is not what it has to be; the message names the field. */
export class Unsound extends Error {}

const LONGEST_EXCERPT = 40
/** Later years have more than four digits, which nobody reads. */
const LAST_MS = Date.UTC(9999, 11, 31)

const excerptOf = (given: unknown): string => (JSON.stringify(given) ?? 'not given').slice(0, LONGEST_EXCERPT)

const isText = (given: unknown): given is string => typeof given === 'string'

/** From one to `longest` characters. The one that no database keeps is shown as one that can't be. */
export function textIn(given: unknown, field: string, longest: number): string {
  if (isText(given) && given !== '' && (given.length <= longest || [...given].length <= longest))
    return given.replaceAll('\0', '\uFFFD')
  throw new Unsound(`${field} is ${excerptOf(given)}, and a text of 1 to ${longest} characters is needed`)
}

/** The same, or null where it is not given. An empty text counts as not given. */
export function textOrNullIn(given: unknown, field: string, longest: number): string | null {
  return given === undefined || given === null || given === '' ? null : textIn(given, field, longest)
}

/** In small letters. */
export function uuidIn(given: unknown, field: string): string {
  if (isText(given) && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(given)) return given.toLowerCase()
  throw new Unsound(`${field} is ${excerptOf(given)}, and a UUID is needed`)
}

export function wholeIn(given: unknown, field: string, least = 0): number {
  if (Number.isSafeInteger(given) && Number(given) >= least) return Number(given)
  throw new Unsound(`${field} is ${excerptOf(given)}, and a whole number from ${least} on is needed`)
}

/** A date of RFC 3339 in milliseconds. `Date.parse` takes much more, such as "2026". */
export function instantIn(given: unknown, field: string): number {
  const isWritten = isText(given) && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(given)
  const ms = isWritten ? Date.parse(given) : Number.NaN
  if (ms >= 0 && ms <= LAST_MS) return ms
  throw new Unsound(`${field} is ${excerptOf(given)}, and a date as 2026-11-30T08:00:00.000Z is needed`)
}

export function levelIn(given: unknown, field: string): Level {
  const level = levels.find((known) => known === given)
  if (level) return level
  throw new Unsound(`${field} is ${excerptOf(given)}, and one of ${levels.join(', ')} is needed`)
}

/** Null where none is given. */
export function moneyIn(given: unknown, field: string): Money | null {
  if (given === undefined || given === null) return null
  const { amount, currency } = objectIn(given, field)
  const isSound = isText(amount) && /^[0-9]{1,34}(\.[0-9]{1,6})?$/.test(amount)
  if (isSound && isText(currency) && /^[A-Z]{3}$/.test(currency)) return { amount, currency }
  throw new Unsound(`${field} is ${excerptOf(given)}, and an amount as "12.50" with a currency as "EUR" is needed`)
}

export function objectIn(given: unknown, field: string): Readonly<Record<string, unknown>> {
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as Record<string, unknown>
  throw new Unsound(`${field} is ${excerptOf(given)}, and an object is needed`)
}
