import type { Times } from '../times.ts'
import type { Entry, EntryDraft, Verb } from './entry.ts'
import type { Level } from './level.ts'
import type { StockTerms } from './terms.ts'

/** A stock's counters after its latest entry. All are whole units. */
export interface Balances {
  readonly sequence: number
  /** Milliseconds; never falls. */
  readonly at: number
  readonly quantity: number
  readonly reserved: number
  /** Consume: sold so far. Return: in use now. */
  readonly confirmed: number
  readonly level: Level
}

export const emptyBalances: Balances = { sequence: 0, at: 0, quantity: 0, reserved: 0, confirmed: 0, level: 'Normal' }

/** Units that could be handed out now; never negative. */
export function availableUnits(
  balances: Pick<Balances, 'quantity' | 'reserved' | 'confirmed'>,
  safetyStock: number,
): number {
  return Math.max(0, balances.quantity - safetyStock - balances.reserved - balances.confirmed)
}

/** Units out of a stock in percent of all, rounded down; 100 when there are none and something is out. */
export function utilizationPercent({ quantity, reserved, confirmed }: Balances): number {
  const out = reserved + confirmed
  if (quantity === 0) return out > 0 ? 100 : 0
  return Number((BigInt(out) * 100n) / BigInt(quantity)) // floating point makes 28 of 29 in 100
}

/** What says the price of its hold, or none: a price set later is not what the units were held at. */
const ofAHold: ReadonlySet<Verb> = new Set(['Confirm', 'Extend', 'Release', 'Return', 'Expire'])

/** What lasts for a time that counts from now, whatever an earlier entry is dated. */
const begins: ReadonlySet<Verb> = new Set(['Reserve', 'Wait'])

/** When something is decided, and how times are written. */
export interface Moment extends Pick<Times, 'textOf'> {
  readonly at: number
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Numbers and dates a draft as the next entry after `balances`, at this moment or later. Field by field and always in one
 * order: objects of one shape; a spread, or names from a list, cost more than all else of an entry.
 */
export function entryFrom(draft: EntryDraft, balances: Balances, terms: StockTerms, { at, textOf }: Moment): Entry {
  const { moves } = draft
  const quantity = balances.quantity + (moves?.quantity ?? 0)
  const reserved = balances.reserved + (moves?.reserved ?? 0)
  const confirmed = balances.confirmed + (moves?.confirmed ?? 0)
  const entry: Writable<Entry> = {
    sequence: balances.sequence + 1,
    verb: draft.verb,
    at: textOf(Math.max(balances.at, at)),
    reserved,
    confirmed,
    available: Math.max(0, quantity - terms.safetyStock - reserved - confirmed),
    level: draft.level ?? balances.level,
    stockQuantity: quantity,
  }
  if (draft.quantity !== undefined) entry.quantity = draft.quantity
  if (draft.uid !== undefined) tellOfReservation(entry, draft)
  if (at < balances.at && begins.has(draft.verb)) entry.since = textOf(at)
  if (draft.note !== undefined) entry.note = draft.note
  if (draft.changeReason !== undefined) entry.changeReason = draft.changeReason
  const unitPrice = draft.unitPrice ?? (ofAHold.has(draft.verb) ? undefined : terms.price)
  if (unitPrice) entry.unitPrice = unitPrice
  return entry
}

function tellOfReservation(entry: Writable<Entry>, draft: EntryDraft): void {
  entry.uid = draft.uid as string
  if (draft.reservation !== undefined) entry.reservation = draft.reservation
  if (draft.reservationNamespace !== undefined) entry.reservationNamespace = draft.reservationNamespace
  if (draft.reason !== undefined) entry.reason = draft.reason
  if (draft.deadline !== undefined) entry.deadline = draft.deadline
  if (draft.shortages !== undefined) entry.shortages = draft.shortages
  if (draft.lines !== undefined) entry.lines = draft.lines
  if (draft.follows !== undefined) entry.follows = draft.follows
}

/**
 * The draft with moves that the balances can make: where less is counted than is held, what was not counted doesn't come
 * back, and what is sold of it doesn't count either.
 */
export function withinBalances(draft: EntryDraft, { reserved, confirmed }: Balances): EntryDraft {
  const { moves } = draft
  const lackReserved = Math.max(0, -(reserved + (moves?.reserved ?? 0)))
  const lackConfirmed = Math.max(0, -(confirmed + (moves?.confirmed ?? 0)))
  if (!moves || lackReserved + lackConfirmed === 0) return draft
  const sold = Math.max(0, moves.confirmed ?? 0)
  const confirms = sold > 0 ? sold - Math.min(sold, lackReserved) : (moves.confirmed ?? 0) + lackConfirmed
  return { ...draft, moves: { ...moves, reserved: (moves.reserved ?? 0) + lackReserved, confirmed: confirms } }
}

/** The balances after `entry`. */
export function applyToBalances(balances: Balances, entry: Entry, msOf: Times['msOf'] = Date.parse): Balances {
  return {
    sequence: entry.sequence,
    at: Math.max(balances.at, msOf(entry.at)),
    quantity: entry.stockQuantity,
    reserved: entry.reserved,
    confirmed: entry.confirmed,
    level: entry.level,
  }
}

/**
 * What is wrong with a step from `before` to `after`, in words; undefined when nothing is. The stock may be out of
 * bounds only because somebody shrank it below what was out, and then what is out must not rise.
 */
export function brokenInvariant(before: Balances, after: Balances, safetyStock: number): string | undefined {
  if (!(isWhole(after.quantity) && isWhole(after.reserved) && isWhole(after.confirmed)))
    return `a balance is not a whole number ≥ 0: ${after.quantity}, ${after.reserved}, ${after.confirmed}`
  if (after.sequence !== before.sequence + 1) return `entry ${after.sequence} does not follow ${before.sequence}`
  if (after.at < before.at) return `time falls from ${before.at} to ${after.at}`
  const out = after.reserved + after.confirmed
  if (out > before.reserved + before.confirmed && out + safetyStock > after.quantity) {
    return `${out} out and ${safetyStock} kept back, of ${after.quantity}`
  }
  return undefined
}

function isWhole(units: number): boolean {
  return Number.isSafeInteger(units) && units >= 0
}
