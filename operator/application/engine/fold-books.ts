import {
  isFinished,
  type Phase,
  type Reservation,
  type ReservationStatus,
} from '../../domain/reservation/reservation.ts'
import type { Balances } from '../../domain/stock/balances.ts'
import { applyToClaim, type Claim } from '../../domain/stock/claim.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { unfinishedFrom } from '../ledger/journal.ts'
import type { FoundBooks } from '../ledger/stock-actor.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'

/** What one stock's books say at a takeover. */
export interface FoldedBooks extends FoundBooks {
  /** By reservation: the latest of this stock's entries that its status tells of. */
  readonly told: ReadonlyMap<string, number>
}

/** The balances that a status holds; those of an empty stock when there are none that count. */
function balancesOf({ status }: StoredStock): Balances {
  if (!status || status.ledger.format === 0)
    return { sequence: 0, at: 0, quantity: 0, reserved: 0, confirmed: 0, level: 'Normal' }
  const { quantity, reserved, confirmed, level, ledger } = status
  return { sequence: ledger.sequence, at: Date.parse(ledger.at), quantity, reserved, confirmed, level }
}

/**
 * Holds are what reservations were told, folded with the journals: an entry up to the one that a line's status names is
 * in it already. Only lines with the stock's own uid count; one of the same name that is gone is owed nothing. `all` are
 * all stocks that there are, whose present uids are looked up. `remembered`, of a single stock, is what its leader knows of
 * reservations that can't be asked: they are folded with what the journal tells beyond it.
 */
export function foldBooks(
  stocks: readonly StoredStock[],
  reservations: Iterable<Reservation>,
  all: Iterable<StoredStock> = stocks,
  remembered: readonly Claim[] = [],
): FoldedBooks[] {
  const claims = new Map<string, Map<string, Claim>>()
  const told = new Map<string, Map<string, number>>()
  const uidOf = presentUids(all)
  for (const stock of stocks) {
    claims.set(stock.uid, new Map(remembered.map((claim) => [claim.uid, claim])))
    told.set(stock.uid, new Map())
  }
  const known = new Map(remembered.map(({ uid, sequence }) => [uid, sequence]))
  const uncertain = new Set<string>()
  for (const reservation of reservations) {
    if (reservation.unreadable !== undefined)
      for (const uid of mayHoldOf(reservation, stocks, uidOf)) uncertain.add(uid)
    for (const item of reservation.status?.items ?? []) {
      const uid = uidOf.get(item.stockUID) ?? ''
      const held = claims.get(uid)
      if (!held) continue
      told.get(uid)?.set(reservation.uid, item.sequence)
      const claim = claimFromStatus(reservation, item.stockUID, (former) => uidOf.get(former) ?? former)
      if (claim) held.set(reservation.uid, claim)
    }
  }
  return stocks.map((stock) => {
    const held = claims.get(stock.uid) as Map<string, Claim>
    const pending = stock.status?.ledger.format === 0 ? [] : (stock.status?.ledger.pending ?? [])
    const foldedUpTo = (uid: string) => told.get(stock.uid)?.get(uid) ?? known.get(uid) ?? 0
    for (const entry of pending) fold(held, entry, foldedUpTo(entry.uid ?? ''), stock.namespace)
    const balances = balancesOf(stock)
    let sequence = balances.sequence
    for (const known of told.get(stock.uid)?.values() ?? []) sequence = Math.max(sequence, known) // only where a status was lost
    return {
      stock,
      balances: { ...balances, sequence },
      claims: [...held.values()],
      journal: pending.map(unfinishedFrom),
      told: told.get(stock.uid) ?? new Map(),
      uncertain: uncertain.has(stock.uid),
    }
  })
}

/** The stocks that a reservation names, in its spec or in what can't be read of its status. */
function mayHoldOf(
  { namedStockUids = [], spec }: Reservation,
  stocks: readonly StoredStock[],
  uidOf: ReadonlyMap<string, string>,
): string[] {
  const named = stocks.filter((stock) =>
    spec.items.some((item) => item.stock === stock.name && item.stockNamespace === stock.namespace),
  )
  return [...named.map(({ uid }) => uid), ...namedStockUids.map((uid) => uidOf.get(uid) ?? uid)]
}

/**
 * The present uid of each stock by every uid that it has or had. Whoever may annotate a stock can write that it was
 * formerly another (a copy of its YAML says so, too): one that is there is that by nobody's word but its own.
 */
export function presentUids(stocks: Iterable<StoredStock>): Map<string, string> {
  const uidOf = new Map<string, string>()
  const all = [...stocks]
  for (const { uid, formerUids } of all) for (const former of formerUids) uidOf.set(former, uid)
  for (const { uid } of all) uidOf.set(uid, uid)
  return uidOf
}

function fold(held: Map<string, Claim>, entry: Entry, toldSequence: number, namespace: string): void {
  if (entry.uid === undefined || entry.sequence <= toldSequence) return
  const after = applyToClaim(held.get(entry.uid), entry, namespace)
  if (after) held.set(entry.uid, after)
  else held.delete(entry.uid)
}

/**
 * What a reservation was told that it has of the stock with this uid; nothing for those that are over or only wait
 * elsewhere. The other stocks of its set are named by their present uids, else nobody would find those restored.
 */
function claimFromStatus(
  { uid, namespace, name, spec, status }: Reservation,
  stockUID: string,
  presentUid: (uid: string) => string,
): Claim | undefined {
  const items = status?.items ?? []
  const item = items.find((candidate) => candidate.stockUID === stockUID)
  const phase = status?.phase
  if (!status || !item || !isOut(phase)) return undefined
  const [home, ...others] = items
  const isHome = home?.stockUID === stockUID
  const place = isHome
    ? { ...(others.length > 0 && { lines: others.map((line) => ({ ...line, stockUID: presentUid(line.stockUID) })) }) }
    : { follows: { uid: presentUid(home?.stockUID ?? ''), sequence: status.sequence ?? 0 } }
  if (phase === 'Waiting' && !isHome) return undefined
  const { quantity, sequence, unitPrice } = item
  const price = unitPrice && { unitPrice }
  return { uid, namespace, name, phase, quantity, sequence, ...timesFrom(status, spec.waitForMs), ...price, ...place }
}

function isOut(phase: Phase | undefined): phase is Claim['phase'] {
  return phase !== undefined && phase !== 'Pending' && !isFinished(phase)
}

function timesFrom(status: ReservationStatus, waitForMs: number): Pick<Claim, 'reservedAt' | 'deadline'> {
  const since = Date.parse(status.reservedAt ?? status.waitlist?.since ?? '')
  if (status.phase === 'Waiting') {
    const { until } = status.waitlist ?? {}
    return { reservedAt: since, deadline: until === undefined ? since + waitForMs : Date.parse(until) }
  }
  return { reservedAt: since, deadline: status.expiresAt === undefined ? since : Date.parse(status.expiresAt) }
}
