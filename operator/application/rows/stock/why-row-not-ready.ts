import { filled } from '../../../domain/template.ts'
import { openMark, uidOfRows } from '../../ledger/open-mark.ts'
import { readyReasons } from '../../ledger/ready-reasons.ts'
import type { StoredStock } from '../../ledger/stock-ledger.ts'
import type { NotReady } from '../../ledger/stock-status.ts'
import { isSetBack } from '../set-back.ts'
import { isHeld } from './decide-stock-row.ts'
import type { LedRowStock } from './led-row-stocks.ts'
import type { LedRow } from './stock-rows.ts'

/** How a stock's database is. `away`: why it has not answered for a while; `clockWrong`: both times, when that was found. */
export type DatabaseState =
  | { readonly kind: 'unknown' | 'notAllowed' | 'open' }
  | { readonly kind: 'away' | 'clockWrong'; readonly why: string }

/** The number of the latest entry that its object tells of. */
export function seenSequence({ status }: StoredStock): number {
  return status?.ledger.sequence ?? 0
}

/** The number of the latest entry that was seen of it: by its object, by this leader, or by whoever has halted its row. */
export function latestSeen({ stock, row, seen }: Pick<LedRowStock, 'stock' | 'row' | 'seen'>): number {
  return Math.max(seenSequence(stock), seen, typeof row === 'object' ? row.known : 0)
}

/** Whether it had books, and these are not the ones that its row has, if it has one; undefined = they may be. */
export function whyLost(led: Pick<LedRowStock, 'stock' | 'row' | 'seen'>): string | undefined {
  const { stock, row } = led
  const { openedAs } = stock
  const seen = latestSeen(led)
  if (openedAs !== undefined && openedAs !== openMark(stock)) return whyOthers(openedAs, stock.database)
  if (row === 'none' && seen > 0) return `${readyReasons.StatusLost.text}; database ${stock.database} has no row of it`
  return typeof row === 'object' ? whyRowLost(stock, row, seen) : undefined
}

function whyRowLost({ database, terms }: LedRowStock['stock'], row: LedRow, seen: number): string | undefined {
  const lost = `${readyReasons.StatusLost.text}; database ${database}`
  if (row.state === 'Halted' && isSetBack(row, seen))
    return `${lost} was set back to entry ${row.balances.sequence}, and ${seen} was seen`
  if (row.state === 'Closed' && !terms.terminating)
    return `${lost} has closed its books when its object was deleted, and this object is from before that`
  return undefined
}

function whyOthers(openedAs: string, database: string): string {
  if (uidOfRows(openedAs) === undefined)
    return `this object was opened as ${openedAs}, with its books in the cluster, and has none of its own; delete it, and create it without the annotation kbnt.io/opened`
  return `this object was opened as ${openedAs} before it was restored or copied, and what that had is in database ${database}: see the runbook status-lost`
}

/** Why a stock whose books are rows hands nothing out; undefined = it does, or it is not known yet. The first that applies. */
export function whyRowNotReady(led: LedRowStock, database: DatabaseState): NotReady | undefined {
  const { stock, row, objection } = led
  if (stock.unreadable !== undefined) return { reason: 'InternalError', message: `can't be read: ${stock.unreadable}` }
  const unserved = whyUnserved(stock, database)
  if (unserved) return unserved
  const lost = whyLost(led)
  if (lost !== undefined) return { reason: 'StatusLost', message: objection ?? lost }
  return typeof row === 'object' ? whyClosed(stock, row, objection) : undefined
}

function whyUnserved({ namespace, database: name = '' }: StoredStock, database: DatabaseState): NotReady | undefined {
  const blanks = { database: () => name, namespace: () => namespace }
  switch (database.kind) {
    case 'unknown':
      return { reason: 'NoSuchDatabase', message: filled(readyReasons.NoSuchDatabase.text, blanks) }
    case 'notAllowed':
      return { reason: 'DatabaseNotAllowed', message: filled(readyReasons.DatabaseNotAllowed.text, blanks) }
    case 'away': {
      const why = () => database.why
      return { reason: 'DatabaseAway', message: filled(readyReasons.DatabaseAway.text, { ...blanks, why }) }
    }
    case 'clockWrong':
      return { reason: 'ClockSkew', message: `its books are in database ${name}: ${database.why}` }
    case 'open':
      return undefined
  }
}

function whyClosed(stock: StoredStock, row: LedRow, objection: string | undefined): NotReady | undefined {
  if (row.state === 'Halted')
    return {
      reason: 'InvariantViolated',
      message: objection ?? 'the database refused a decision that would have oversold it; see the runbook stock-halted',
    }
  if (stock.terms.terminating || row.terms.terminating) return { reason: 'Terminating', message: whatIsWaitedFor(row) }
  return row.terms.paused ? { reason: 'Paused', message: readyReasons.Paused.text } : undefined
}

function whatIsWaitedFor(row: LedRow): string {
  if (!isHeld(row)) return 'deleted; waits for its last events to be sent'
  const { reserved, confirmed } = row.balances
  const out = row.terms.reclaimPolicy === 'Return' ? reserved + confirmed : reserved
  return filled(readyReasons.Terminating.text, { claims: () => `${out} ${out === 1 ? 'unit' : 'units'}` })
}
