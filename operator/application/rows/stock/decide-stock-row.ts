import { ceilingAfter } from '../../../domain/stock/ceiling.ts'
import { decideTerms } from '../../../domain/stock/decide-terms.ts'
import type { EntryDraft } from '../../../domain/stock/entry.ts'
import { StockBook } from '../../../domain/stock/stock-book.ts'
import type { StockTerms } from '../../../domain/stock/terms.ts'
import type { StoredStock } from '../../ledger/stock-ledger.ts'
import type { Told } from '../row-books.ts'
import { isSetBack } from '../set-back.ts'
import type { LedRow, LockedStock, StockChange } from './stock-rows.ts'

/** So far above all that anybody may have seen do the numbers of a set-back stock go on. */
export const LEAP = 1_000_000

/**
 * Takes the terms of a newer spec over. What is out of a stock that was shrunk below it may stay out, and no more;
 * undefined = these terms are taken already, or newer ones, or nothing is decided of it.
 */
export function decideNewTerms(
  row: LedRow,
  at: number,
  stock: Pick<StoredStock, 'terms' | 'generation'>,
): StockChange | undefined {
  return row.generation < stock.generation ? decideTermsOf(row, at, stock) : undefined
}

/** The same of a spec that is known to be the one that is meant, also where the row has terms of a later one. */
export function decideTermsOf(
  row: LedRow,
  at: number,
  { terms, generation }: Pick<StoredStock, 'terms' | 'generation'>,
): StockChange | undefined {
  if (row.state !== 'Open') return undefined
  const { told, ...changed } = decided({ ...row, terms, generation }, decideTerms(row.balances, row.terms, terms), at)
  const limits = (of: StockTerms) => of.limits.perConsumer !== undefined
  return { ...changed, told, countsConsumers: limits(terms) && !limits(row.terms) }
}

/** Writes the end of a deleted stock down, and closes it; undefined = somebody holds some of it, or it is closed. */
export function decideFarewell(row: LedRow, at: number): StockChange | undefined {
  if (row.state !== 'Open' || !row.terms.terminating || isHeld(row)) return undefined
  return { ...decided({ ...row, state: 'Closed' }, [{ verb: 'Note', note: 'deleted' }], at), countsConsumers: false }
}

/** Closes a stock whose object is gone: what is out of it may still come back. */
export function decideOrphaned(row: LedRow, at: number): StockChange | undefined {
  if (row.state === 'Closed') return undefined
  const drafts: EntryDraft[] = row.state === 'Open' ? [{ verb: 'Note', note: 'deleted' }] : []
  return { ...decided({ ...row, state: 'Closed' }, drafts, at), countsConsumers: false }
}

/** Whether something must come back first; what was sold is nobody's any more. */
export function isHeld({ balances: { reserved, confirmed }, terms }: LedRow): boolean {
  return reserved > 0 || (terms.reclaimPolicy === 'Return' && confirmed > 0)
}

/** Stops a stock whose database was set back: somebody has seen later entries of it. Undefined = nobody has. */
export function decideSetBack(row: LedRow, seen: number): StockChange | undefined {
  if (row.state !== 'Open' || !isSetBack(row, seen)) return undefined
  return { row: { ...row, state: 'Halted', known: Math.max(row.known, seen) }, told: [], countsConsumers: false }
}

/**
 * Has a stock go on that is halted, or closed though its object is there again, because somebody accepts its books: they must
 * be what its claims have. Where later entries were seen than it has, or it was closed, its numbers go on far above those, and
 * above whatever others may have seen. A sentence = why not.
 */
export function decideAccepted(
  { row, at, sums }: LockedStock,
  stock: Pick<StoredStock, 'terms' | 'generation'>,
  seen: number,
): StockChange | string | undefined {
  if (!row || row.state === 'Open' || !sums) return undefined
  const objection = whyNotAccepted(row, sums)
  if (objection !== undefined) return objection
  const open: LedRow = { ...row, state: 'Open' }
  const latest = Math.max(seen, row.known)
  if (row.state === 'Closed') return reopened(open, at, stock, Math.max(latest, row.balances.sequence))
  if (!isSetBack(row, latest)) return { row: open, told: [], countsConsumers: false }
  return { ...decided(leapt(open, latest), [{ verb: 'Recount', quantity: 0 }], at), countsConsumers: false }
}

/** By the terms that its object has now, which may be older than those that it was closed with. */
function reopened(
  row: LedRow,
  at: number,
  { terms, generation }: Pick<StoredStock, 'terms' | 'generation'>,
  latest: number,
): StockChange {
  const drafts: EntryDraft[] = [{ verb: 'Recount', quantity: 0 }, ...decideTerms(row.balances, row.terms, terms)]
  const change = decided(leapt({ ...row, terms, generation }, latest), drafts, at)
  return { ...change, countsConsumers: terms.limits.perConsumer !== undefined }
}

/** Its next entry is far above `latest`. */
function leapt(row: LedRow, latest: number): LedRow {
  return { ...row, balances: { ...row.balances, sequence: latest + LEAP - 1 } }
}

/** Why a row is not what its claims have; undefined = it is. */
export function whyNotAccepted(
  { balances, terms }: LedRow,
  sums: NonNullable<LockedStock['sums']>,
): string | undefined {
  const { reserved, confirmed } = balances
  const lends = terms.reclaimPolicy === 'Return' // sold units have no claim
  if (sums.reserved === reserved && (!lends || sums.confirmed === confirmed)) return undefined
  return `its claims hold ${sums.reserved} and have ${sums.confirmed}, the row says ${reserved} and ${confirmed}; its books can't be accepted before these agree`
}

/** Decides of a row, and what tells of it; levels are noted as they change. */
export function decided(row: LedRow, drafts: readonly EntryDraft[], at: number): Pick<StockChange, 'row' | 'told'> {
  const { uid, namespace, name, terms, balances: before } = row
  const book = new StockBook({ uid, namespace, name }, terms)
  book.openPart(before, [], new Map())
  const told: Told[] = []
  for (const draft of drafts) {
    told.push({ entry: book.decide(draft, at), about: undefined })
    noteLevel()
  }
  noteLevel() // thresholds may have moved, and nothing else
  const { balances } = book
  const out = balances.reserved + balances.confirmed
  return { row: { ...row, balances, ceiling: ceilingAfter(out, balances, terms.safetyStock) }, told }

  function noteLevel(): void {
    const note = row.state === 'Closed' ? undefined : book.levelNote(at)
    if (note) told.push({ entry: note, about: undefined })
  }
}
