import { faultBetween, type HistoryFault, type LastKnown } from './history-fault.ts'
import { eventIdOf, type HistoryBalances, type HistoryRow } from './history-row.ts'
import { type ToldRow, toldTwice } from './told-twice.ts'

/** What is kept of some stocks already. */
export interface KnownHistory {
  /** By the stock's uid; one that is not there has no rows yet. */
  readonly last: ReadonlyMap<string, LastKnown>
  /** Those rows, among the ones that are not newer than their stock's last, that are there already, by id, as they are kept. */
  readonly present: ReadonlyMap<string, ToldRow>
}

/** The sums that days have of single occasions, in units. */
export const dayUnits = ['reserved', 'confirmed', 'released', 'returned', 'expired', 'rejected'] as const
export type DayUnits = Readonly<Record<(typeof dayUnits)[number], number>>

/** What rows add to one day of one stock. */
export interface StockDay {
  readonly stock: string
  readonly namespace: string
  readonly product: string
  /** Midnight, UTC. */
  readonly dayMs: number
  readonly events: number
  readonly units: DayUnits
  /** The newest of these rows: the day's close where no newer one is known. */
  readonly close: HistoryBalances & Pick<HistoryRow, 'sequence' | 'occasion'>
}

export interface HistoryFinding {
  readonly stock: string
  /** Of the row at which it was seen. */
  readonly sequence: number
  readonly atMs: number
  readonly fault: HistoryFault
}

/** What is to be written so that the rows are kept, each once. */
export interface HistoryChange {
  readonly rows: readonly HistoryRow[]
  /** The newest row of each stock of which newer ones have come. */
  readonly last: readonly HistoryRow[]
  readonly days: readonly StockDay[]
  readonly findings: readonly HistoryFinding[]
  /** Rows that came late, after newer ones of their stock: what of a gap is filled. */
  readonly late: readonly HistoryRow[]
}

/** Rows of any order, repetitions among them, put to what is known; of those that tell the same decision the first stays. */
export function foldHistory(known: KnownHistory, given: readonly HistoryRow[]): HistoryChange {
  const last = new Map(known.last)
  const kept = new Map(known.present)
  const newest = new Map<string, HistoryRow>()
  const [rows, late, findings]: [HistoryRow[], HistoryRow[], HistoryFinding[]] = [[], [], []]
  const fresh = given.filter((row) => {
    const id = eventIdOf(row)
    const before = kept.get(id)
    const fault = before && toldTwice(before, row)
    if (fault) findings.push(findingOf(row, fault))
    if (!before) kept.set(id, row)
    return !before
  })
  for (const row of fresh.sort(byStockAndSequence)) {
    const before = last.get(row.stock)
    const fault = faultBetween(before, row)
    if (fault) findings.push(findingOf(row, fault))
    rows.push(row)
    if (before && row.sequence <= before.sequence) {
      late.push(row)
      continue
    }
    last.set(row.stock, row)
    newest.set(row.stock, row)
  }
  return { rows, last: [...newest.values()], days: daysOf(rows), findings, late }
}

function findingOf({ stock, sequence, atMs }: HistoryRow, fault: HistoryFault): HistoryFinding {
  return { stock, sequence, atMs, fault }
}

function byStockAndSequence(a: HistoryRow, b: HistoryRow): number {
  if (a.stock !== b.stock) return a.stock < b.stock ? -1 : 1
  return a.sequence - b.sequence
}

const DAY_MS = 86_400_000

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** In the order of stocks and days, in which all writers come to them. */
function daysOf(rows: readonly HistoryRow[]): StockDay[] {
  const days = new Map<string, Writable<StockDay> & { units: Writable<DayUnits> }>()
  for (const row of rows) {
    const dayMs = row.atMs - (row.atMs % DAY_MS)
    const place = `${row.stock}/${String(dayMs).padStart(16, '0')}`
    const day = days.get(place)
    if (day) {
      day.events += 1
      if (row.sequence > day.close.sequence) day.close = row
      addUnits(day.units, row)
      continue
    }
    const { stock, namespace, product } = row
    const units = { reserved: 0, confirmed: 0, released: 0, returned: 0, expired: 0, rejected: 0 }
    addUnits(units, row)
    days.set(place, { stock, namespace, product, dayMs, events: 1, units, close: row })
  }
  return [...days].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, day]) => day)
}

function addUnits(units: Writable<DayUnits>, { occasion, units: more }: HistoryRow): void {
  const counted = dayUnits.find((name) => occasion === `reservation.${name}`)
  if (counted && more) units[counted] += more
}
