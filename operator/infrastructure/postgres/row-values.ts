import type {
  About,
  ClaimRow,
  FinishedLine,
  FinishedRow,
  OpenedStock,
  StockRow,
} from '../../application/rows/row-books.ts'
import type { Money } from '../../domain/money.ts'
import type { Reason } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { EntryLine, Shortage } from '../../domain/stock/entry.ts'
import type { Level } from '../../domain/stock/level.ts'
import type { StockTerms } from '../../domain/stock/terms.ts'

interface AboutColumns {
  readonly namespace: string
  readonly name: string
  readonly consumer: string | null
  readonly source: About['source']
  readonly request_id: string | null
  readonly note: string | null
}

export interface StockColumns {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly quantity: number
  readonly reserved: number
  readonly confirmed: number
  readonly ceiling: number
  readonly level: Level
  readonly sequence: number
  readonly at: Date
  readonly state: StockRow['state']
  readonly terms: StockTerms
}

export interface ClaimColumns extends AboutColumns {
  readonly uid: string
  readonly stock: string
  readonly phase: 'Reserved' | 'Confirmed'
  readonly quantity: number
  readonly sequence: number
  readonly since: Date
  readonly deadline: Date
  readonly price: Money | null
  readonly lines: readonly EntryLine[] | null
  readonly follows: Claim['follows'] | null
}

export interface FinishedColumns extends AboutColumns {
  readonly uid: string
  readonly phase: FinishedRow['phase']
  readonly reason: Reason | null
  readonly at: Date
  readonly since: Date | null
  readonly deadline: Date | null
  readonly lines: readonly FinishedLine[]
  readonly shortages: readonly Shortage[] | null
}

export function stockRow({ uid, namespace, name, state, terms, ceiling, ...columns }: StockColumns): StockRow {
  const { sequence, at, quantity, reserved, confirmed, level } = columns
  const balances = { sequence, at: at.getTime(), quantity, reserved, confirmed, level }
  return { uid, namespace, name, state, terms, ceiling, balances }
}

export function claimRow(columns: ClaimColumns): ClaimRow {
  const { uid, namespace, name, phase, quantity, sequence, since, deadline, price, lines, follows } = columns
  const claim: Claim = {
    ...{ uid, namespace, name, phase, quantity, sequence },
    reservedAt: since.getTime(),
    deadline: deadline.getTime(),
    ...(price && { unitPrice: price }),
    ...(lines && { lines }),
    ...(follows && { follows }),
  }
  return { stock: columns.stock, claim, about: about(columns) }
}

export function finishedRow(columns: FinishedColumns): FinishedRow {
  const { uid, phase, reason, at, since, deadline, lines, shortages } = columns
  return {
    ...{ uid, about: about(columns), phase, reason: reason ?? undefined, at: at.getTime(), lines },
    ...(since && { since: since.getTime() }),
    ...(deadline && { deadline: deadline.getTime() }),
    ...(shortages && { shortages }),
  }
}

function about({ namespace, name, source, ...columns }: AboutColumns): About {
  const { consumer, request_id: requestId, note } = columns
  return {
    ...{ namespace, name, source },
    ...(consumer !== null && { consumer }),
    ...(requestId !== null && { requestId }),
    ...(note !== null && { note }),
  }
}

/** The columns of a row's `About`, in the order of the statements. */
function aboutValues({ namespace, name, consumer, source, requestId, note }: About) {
  return [namespace, name, consumer ?? null, source, requestId ?? null, note ?? null]
}

export function claimValues({ stock, claim, about: facts }: ClaimRow): readonly unknown[] {
  const { uid, phase, quantity, sequence, reservedAt, deadline, unitPrice, lines, follows } = claim
  const documents = [json(unitPrice), json(lines), json(follows)]
  return [uid, stock, ...aboutValues(facts), phase, quantity, sequence, reservedAt, deadline, ...documents]
}

/** What may change of a claim that was there before. */
export function changedValues({ stock, claim }: ClaimRow): readonly unknown[] {
  const { uid, phase, sequence, deadline, lines, follows } = claim
  return [uid, stock, phase, sequence, deadline, json(lines), json(follows)]
}

export function finishedValues(row: FinishedRow): readonly unknown[] {
  const { uid, phase, reason, at, since, deadline, lines, shortages } = row
  const times = [at, since ?? null, deadline ?? null]
  return [uid, ...aboutValues(row.about), phase, reason ?? null, ...times, json(lines), json(shortages)]
}

/** `recorded`: bytes of what tells of it. */
export function openedValues({ row, generation }: OpenedStock, recorded: number): unknown[] {
  const { uid, namespace, name, state, terms, ceiling, balances } = row
  const { quantity, reserved, confirmed, level, sequence, at } = balances
  const counts = [quantity, terms.safetyStock, reserved, confirmed, ceiling, level, sequence, at]
  return [uid, namespace, name, ...counts, generation, state, JSON.stringify(terms, harmless), recorded]
}

/** jsonb takes neither a NUL nor half of a surrogate pair, and an object that was stored before its schema forbade them may have some. */
function harmless(_: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value
}

function json(value: unknown): string | null {
  return value === undefined ? null : JSON.stringify(value)
}

/** Rows as one array a column, as `unnest` takes them. */
export function columnsOf(rows: readonly (readonly unknown[])[]): unknown[][] {
  const [first = []] = rows
  return first.map((_, column) => rows.map((row) => row[column]))
}
