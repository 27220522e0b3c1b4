import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import { type Claim, unitsOut } from '../../domain/stock/claim.ts'
import { type FoldedBooks, foldBooks } from '../engine/fold-books.ts'
import type { StockStatus, StoredStock } from '../ledger/stock-ledger.ts'
import type { Finding } from './finding.ts'

/** A hold may be this much past its deadline before it is late: the operator may just be starting. */
const LATE_MS = 30_000
/** An entry that is not finished after this long is stuck. */
const STUCK_MS = 5 * 60_000

/** One stock's books in numbers, for people. */
export interface StockBooks {
  readonly stock: StoredStock
  readonly quantity: number
  readonly available: number
  readonly safetyStock: number
  readonly reserved: number
  readonly confirmed: number
  readonly holds: number
  readonly unfinished: number
  readonly findings: readonly Finding[]
}

export interface BooksFacts {
  readonly stocks: readonly StoredStock[]
  readonly reservations: readonly Reservation[]
  /** Milliseconds since 1970. */
  readonly now: number
  /** Only reservations of this namespace's stocks are judged; absent = all. */
  readonly namespace?: string | undefined
}

/** Compares every stock's counters with what reservations and journals say, as a leader does when it takes over. */
export function auditBooks({ stocks, reservations, now }: BooksFacts): StockBooks[] {
  const alive = new Set(reservations.map(({ uid }) => uid))
  const here = stocks.filter(({ database }) => database === undefined) // of the others the status is only a mirror
  const all = foldBooks(here, reservations)
  const uidsOf = ({ stock }: FoldedBooks) => [stock.uid, ...stock.formerUids]
  const homes = new Map(all.flatMap((found) => uidsOf(found).map((uid) => [uid, found])))
  return all.map((found) => booksOf(found, { alive, homes, now }))
}

/** Reservations that say they have units of a stock that is not there, or is another one by now. */
export function auditReservations({ stocks, reservations, namespace: meant }: BooksFacts): Finding[] {
  const uids = new Set(stocks.flatMap(({ uid, formerUids, openedAs }) => [uid, ...formerUids, openedAs]))
  return reservations.flatMap(({ namespace, name, status }) => {
    if (!status || isFinished(status.phase) || (status.phase !== 'Reserved' && status.phase !== 'Confirmed')) return []
    if (status.conditions.some(({ type, status: holds }) => type === 'Finished' && holds === 'True')) return []
    const items = (status.items ?? []).filter(({ stockNamespace }) => (meant ?? stockNamespace) === stockNamespace)
    const gone = items.filter(({ stockUID }) => !uids.has(stockUID))
    return gone.map((item) => ({
      about: keyOf(namespace, name),
      message: `is ${status.phase}, but ${item.stock} (uid ${item.stockUID}) does not exist`,
      runbook: 'orphaned-hold' as const,
    }))
  })
}

interface Circumstances {
  /** Uids of the reservations that exist. */
  readonly alive: ReadonlySet<string>
  /** By the uids that their stocks have and had. */
  readonly homes: ReadonlyMap<string, FoldedBooks>
  readonly now: number
}

function booksOf(found: FoldedBooks, circumstances: Circumstances): StockBooks {
  const { stock, claims, balances, journal } = found
  const { terms } = stock
  return {
    stock,
    quantity: balances.quantity,
    available: availableUnits(balances, terms.safetyStock),
    safetyStock: terms.safetyStock,
    reserved: balances.reserved,
    confirmed: balances.confirmed,
    holds: claims.filter(({ phase }) => phase !== 'Waiting').length,
    unfinished: journal.length,
    findings: isLost(stock) ? [lost(stock)] : stock.status ? findingsOf(found, circumstances) : [],
  }
}

/** Opened under another uid, and nobody has accepted its books since. One that nobody has opened yet is new. */
function isLost({ openedAs, uid }: StoredStock): boolean {
  return openedAs !== undefined && openedAs !== uid
}

function lost({ namespace, name, openedAs }: StoredStock): Finding {
  const message = `was opened as ${openedAs}, and its books are not in its status`
  return { about: keyOf(namespace, name), message, runbook: 'status-lost' }
}

function findingsOf(found: FoldedBooks, { alive, homes, now }: Circumstances): Finding[] {
  const about = keyOf(found.stock.namespace, found.stock.name)
  const messages: [Finding['runbook'], string][] = [
    ...sums(found),
    ...oversold(found),
    ...found.claims.filter((claim) => isOrphaned(claim, found, alive)).map(orphaned),
    ...found.claims.filter((claim) => isHomeless(claim, homes) && claim.reservedAt + LATE_MS < now).map(homeless),
    ...found.claims.filter((claim) => claim.phase === 'Reserved' && claim.deadline + LATE_MS < now).map(late),
    ...stuck(found, now),
  ]
  return messages.map(([runbook, message]) => ({ about, message, runbook }))
}

/** Sold goods keep no holder: their count may be above what reservations tell, never below. */
function sums({ stock, claims, balances }: FoldedBooks): [Finding['runbook'], string][] {
  let reserved = 0
  let confirmed = 0
  for (const claim of claims) {
    reserved += unitsOut(claim).reserved
    confirmed += unitsOut(claim).confirmed
  }
  const wrongConfirmed =
    stock.terms.reclaimPolicy === 'Return' ? confirmed !== balances.confirmed : confirmed > balances.confirmed
  return [
    ...(reserved === balances.reserved
      ? []
      : [['books-do-not-close', `reserved ${balances.reserved} but holds sum to ${reserved}`] as const]),
    ...(wrongConfirmed
      ? [['books-do-not-close', `confirmed ${balances.confirmed} but reservations sum to ${confirmed}`] as const]
      : []),
  ].map(([runbook, message]) => [runbook, message])
}

/** Where nothing is out, nobody was given what is to be kept back, however much that is. */
function oversold({ stock, balances }: FoldedBooks): [Finding['runbook'], string][] {
  const { conditions, observedGeneration } = stock.status as StockStatus
  const out = balances.reserved + balances.confirmed
  // what the operator has not read yet it could not keep back
  const keptBack = observedGeneration < stock.generation ? 0 : stock.terms.safetyStock
  const excess = out + keptBack - balances.quantity
  const explained = conditions.some(({ type, status }) => type === 'Overcommitted' && status === 'True')
  return excess > 0 && out > 0 && !explained
    ? [['oversold', `${excess} more out or kept back than the ${balances.quantity} that exist`]]
    : []
}

/** Of sold goods nothing comes back, so nobody misses their reservation. */
function isOrphaned({ uid, phase }: Claim, { stock }: FoldedBooks, alive: ReadonlySet<string>): boolean {
  return !alive.has(uid) && (phase !== 'Confirmed' || stock.terms.reclaimPolicy === 'Return')
}

/** A line of a set whose home says nothing of it: prepared, and neither completed nor given up. */
function isHomeless({ uid, phase, follows }: Claim, homes: ReadonlyMap<string, FoldedBooks>): boolean {
  if (!follows || phase !== 'Reserved') return false // what is sold or lent may outlive its home
  const home = homes.get(follows.uid)
  return !home?.claims.some((claim) => claim.uid === uid && claim.phase !== 'Waiting')
}

function homeless({ namespace, name, uid, sequence, quantity }: Claim): [Finding['runbook'], string] {
  return [
    'orphaned-hold',
    `${quantity} held by ${namespace}/${name} (uid ${uid}) since sequence ${sequence} as a line of a set that its home does not hold`,
  ]
}

function orphaned({ namespace, name, uid, sequence, quantity }: Claim): [Finding['runbook'], string] {
  return [
    'orphaned-hold',
    `${quantity} held by ${namespace}/${name} (uid ${uid}), which is in the books at sequence ${sequence} and has no object`,
  ]
}

function late({ namespace, name, deadline }: Claim): [Finding['runbook'], string] {
  return [
    'expiry-late',
    `the hold of ${namespace}/${name} ran out at ${new Date(deadline).toISOString()} and is still there`,
  ]
}

function stuck({ journal }: FoldedBooks, now: number): [Finding['runbook'], string][] {
  const [oldest] = journal
  if (!oldest || now - Date.parse(oldest.entry.at) < STUCK_MS) return []
  return [
    [
      'journal-stuck',
      `entry ${oldest.entry.sequence} of ${oldest.entry.at} is not finished; ${journal.length} entries wait`,
    ],
  ]
}
