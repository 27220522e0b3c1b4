import type { HistoryBalances, HistoryRow } from './history-row.ts'

/** The last that is known of a stock, in the order of its sequences. */
export interface LastKnown extends HistoryBalances {
  readonly sequence: number
}

/** What is wrong between a decision of a stock and the one that is known before it. */
export type HistoryFault =
  /** These are not there, the first and the last of them included. */
  | { readonly kind: 'gap'; readonly first: number; readonly last: number }
  /** The balances moved otherwise than the decision says. */
  | { readonly kind: 'difference'; readonly message: string }

type Counter = 'quantity' | 'reserved' | 'confirmed'
const counters: readonly Counter[] = ['quantity', 'reserved', 'confirmed']
/** By how much a counter may move, at least and at most. */
type Span = readonly [least: number, most: number]
type Moves = Partial<Record<Counter, Span>>

const nothing: Moves = {}
const anywhere: Span = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
/** Where less was counted than was held, only that comes back. */
const ending = (units: number): Moves => ({ reserved: [-units, 0], confirmed: [-units, 0] })

/** How balances move; what is not named stays. What is not listed may do anything: a newer operator knows more than we. */
const movesOf: Readonly<Record<string, (units: number) => Moves>> = {
  'reservation.reserved': (units) => ({ reserved: [units, units] }),
  'reservation.confirmed': (units) => ({ reserved: [-units, 0], confirmed: [0, units] }),
  'reservation.released': ending,
  'reservation.returned': ending,
  'reservation.expired': ending,
  'reservation.rejected': ending,
  'reservation.extended': () => nothing,
  'reservation.waiting': () => nothing,
  'stock.adjusted': () => ({ quantity: anywhere }),
  'stock.paused': () => nothing,
  'stock.resumed': () => nothing,
  'stock.priced': () => nothing,
  'stock.level_changed': () => nothing,
  'stock.deleted': () => nothing,
}

/** Books begin anew with them: they may come far above what came before, and say other balances. */
const leaping: ReadonlySet<string> = new Set(['stock.created', 'stock.recounted'])

/** Undefined = the row follows, or nothing can be said: it is the first that is known of its stock, or older than the last. */
export function faultBetween(before: LastKnown | undefined, row: HistoryRow): HistoryFault | undefined {
  if (!before || row.sequence <= before.sequence || leaping.has(row.occasion)) return undefined
  if (row.sequence > before.sequence + 1) return { kind: 'gap', first: before.sequence + 1, last: row.sequence - 1 }
  const moves = movesOf[row.occasion]?.(row.units ?? 0)
  const wrong = moves && counters.filter((counter) => !isWithin(row[counter] - before[counter], moves[counter]))
  return wrong && wrong.length > 0 ? { kind: 'difference', message: messageOf(before, row, wrong) } : undefined
}

function isWithin(moved: number, [least, most]: Span = [0, 0]): boolean {
  return moved >= least && moved <= most
}

function messageOf(before: LastKnown, row: HistoryRow, wrong: readonly Counter[]): string {
  const moved = wrong.map((counter) => `${counter} goes from ${before[counter]} to ${row[counter]}`).join(', ')
  return `${moved} by ${row.occasion}${row.units === null ? '' : ` of ${row.units}`}`
}
