import { keyOf } from '../../domain/reservation/reservation.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import { openMark } from '../ledger/open-mark.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { seenSequence } from '../rows/stock/why-row-not-ready.ts'
import type { StockBooks } from './audit-books.ts'
import type { Finding } from './finding.ts'
import type { RowFacts, RowStockFacts } from './row-facts.ts'

/** A hold may be this much past its deadline, and a status this much behind: the operator may just be starting. */
export const LATE_MS = 30_000

export interface RowsFound {
  readonly facts: RowFacts
  /** Read before the facts were: the rows may be ahead of what these say, never behind. */
  readonly stocks: readonly StoredStock[]
  /** Uids of what was written while all this was read. */
  readonly moved: ReadonlySet<string>
  /** Uids of all stocks that were there at the beginning or the end. */
  readonly stockUids: ReadonlySet<string>
}

type Said = readonly [runbook: Finding['runbook'], message: string]

/** Compares the row of every stock that has its books in this database with its object, and with all other rows of it. */
export function auditRows({ facts, stocks, moved }: Pick<RowsFound, 'facts' | 'stocks' | 'moved'>): StockBooks[] {
  const rows = new Map(facts.stocks.map((row) => [row.uid, row]))
  const here = stocks.filter(({ database }) => database === facts.database)
  return here.map((stock) => {
    const row = rows.get(stock.uid)
    if (!row) return withoutRow(stock, facts, moved.has(stock.uid))
    return booksOf(stock, row, [...againstObject(stock, row), ...inItself(row, facts)])
  })
}

/** What is wrong with rows whose stock has no object any more, or none at all. */
export function auditLoneRows(
  { facts, stockUids }: Pick<RowsFound, 'facts' | 'stockUids'>,
  namespace?: string,
): Finding[] {
  const lone = facts.stocks.filter((row) => !stockUids.has(row.uid) && (namespace ?? row.namespace) === row.namespace)
  const strays = facts.strays.filter(({ stock }) => namespace === undefined && !stockUids.has(stock))
  return [
    ...lone.flatMap((row) => {
      const about = keyOf(row.namespace, row.name)
      return findingsOf(about, [...withoutObject(row, facts), ...inItself(row, facts)])
    }),
    ...strays.map(({ stock, ...has }) => ({
      about: `stock ${stock}`,
      message: `has no row in database ${facts.database}, and ${claimsText(has)}`,
      runbook: 'orphaned-hold' as const,
    })),
  ]
}

function booksOf(stock: StoredStock, row: RowStockFacts, said: readonly Said[]): StockBooks {
  const { quantity, reserved, confirmed, safetyStock, claims, outbox } = row
  return {
    stock,
    quantity,
    available: availableUnits(row, safetyStock),
    ...{ safetyStock, reserved, confirmed },
    holds: claims.count,
    unfinished: outbox.entries,
    findings: findingsOf(keyOf(stock.namespace, stock.name), said),
  }
}

function findingsOf(about: string, said: readonly Said[]): Finding[] {
  return said.map(([runbook, message]) => ({ about, message, runbook }))
}

/** One that is just being opened has changed meanwhile; of one that nobody has opened yet there is nothing to say. */
function withoutRow(stock: StoredStock, { database, strays }: RowFacts, moves: boolean): StockBooks {
  const { namespace, name, openedAs } = stock
  const stray = strays.find((one) => one.stock === stock.uid)
  const said: Said[] = []
  if (openedAs !== undefined && !moves)
    said.push(['status-lost', `was opened as ${openedAs}, and has no row in database ${database}`])
  if (stray) said.push(['orphaned-hold', `has no row in database ${database}, and ${claimsText(stray)}`])
  const none = { quantity: 0, available: 0, safetyStock: 0, reserved: 0, confirmed: 0, holds: 0, unfinished: 0 }
  return { stock, ...none, findings: findingsOf(keyOf(namespace, name), said) }
}

function claimsText({ claims, units }: { readonly claims: number; readonly units: number }): string {
  return `${claims} ${claims === 1 ? 'reservation has' : 'reservations have'} ${units} of it`
}

function againstObject(stock: StoredStock, { sequence, oldSequence }: RowStockFacts): Said[] {
  const { openedAs } = stock
  const seen = seenSequence(stock)
  if (openedAs !== undefined && openedAs !== openMark(stock))
    return [['status-lost', `was opened as ${openedAs}, and its row is not of that`]]
  if (seen > sequence)
    return [['status-lost', `its row ends at entry ${sequence}, and ${seen} was seen: its database was set back`]]
  if (seen >= oldSequence) return []
  return [
    ['mirror-late', `its status ends at entry ${seen}, and entry ${oldSequence} is older than ${LATE_MS / 1_000} s`],
  ]
}

/** A closed one is what a deleted stock leaves. */
function withoutObject({ uid, state }: RowStockFacts, { database }: RowFacts): Said[] {
  if (state === 'Closed') return []
  return [
    ['books-database', `its row (uid ${uid}) in database ${database} is ${state}, and there is no such VirtualStock`],
  ]
}

function inItself(row: RowStockFacts, facts: RowFacts): Said[] {
  return [
    ...halted(row),
    ...sums(row, facts),
    ...oversold(row),
    ...live(row),
    ...miscounted(row),
    ...outbox(row),
    ...late(row),
  ]
}

function halted({ state }: RowStockFacts): Said[] {
  return state === 'Halted'
    ? [['stock-halted', 'is halted: nothing of it is decided until somebody accepts its books']]
    : []
}

/** What was sold is forgotten some day: then more may be confirmed than rows tell, never less. */
function sums({ reserved, confirmed, claims, sold, lends }: RowStockFacts, { remembersAll }: RowFacts): Said[] {
  const told = claims.confirmed + (lends ? 0 : sold)
  const isWrong = lends || remembersAll ? told !== confirmed : told > confirmed
  return [
    ...(claims.reserved === reserved
      ? []
      : [['books-do-not-close', `reserved ${reserved} but holds sum to ${claims.reserved}`] as const]),
    ...(isWrong ? [['books-do-not-close', `confirmed ${confirmed} but reservations sum to ${told}`] as const] : []),
  ]
}

function oversold({ quantity, safetyStock, reserved, confirmed, ceiling }: RowStockFacts): Said[] {
  const out = reserved + confirmed
  const most = Math.max(quantity - safetyStock, ceiling)
  if (out === 0 || out <= most) return []
  return [['oversold', `${out} are out, and no more than ${most} may be of the ${quantity} that exist`]]
}

function live({ claims: { count, counted } }: RowStockFacts): Said[] {
  if (count === counted) return []
  return [
    [
      'books-do-not-close',
      `${counted} live reservations are counted towards what namespaces may have, and it has ${count}`,
    ],
  ]
}

function miscounted({ miscounted: found }: RowStockFacts): Said[] {
  if (!found) return []
  const { consumers, consumer, counted, has } = found
  const others = consumers === 1 ? '' : `; and ${consumers - 1} more like that`
  return [
    [
      'books-do-not-close',
      `towards the limit of ${consumer} ${counted} are counted, reservations have ${has}${others}`,
    ],
  ]
}

/** Every entry is delivered or waits in a record. */
function outbox({ sequence, outbox: { delivered, last, gaps, firstGap } }: RowStockFacts): Said[] {
  const said: Said[] = []
  if (firstGap) {
    const others = gaps === 1 ? '' : `; and ${gaps - 1} more like that`
    const { after, next } = firstGap
    said.push(['events-missing', `entry ${next} follows ${after} in what is to be sent${others}`])
  }
  if (delivered > sequence)
    said.push([
      'status-lost',
      `entry ${delivered} is delivered, and its row ends at ${sequence}: its database was set back`,
    ])
  else if (last !== sequence)
    said.push(['events-missing', `its row ends at entry ${sequence}, and what is sent or to be sent at ${last}`])
  return said
}

function late({ claims: { late: count, firstDeadline } }: RowStockFacts): Said[] {
  if (count === 0 || firstDeadline === undefined) return []
  const which = count === 1 ? 'a hold' : `${count} holds`
  const since = new Date(firstDeadline).toISOString()
  return [
    ['rows-expiry-late', `${which} ran out, the first at ${since}, and ${count === 1 ? 'is' : 'are'} still there`],
  ]
}
