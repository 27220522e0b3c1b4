import type { SpoolRef } from '../../../operator/application/event/event-spools.ts'
import type { OutgoingEvent } from '../../../operator/application/event/outgoing-event.ts'
import { bytesOfAll } from '../../../operator/application/event/spool-batch.ts'
import type {
  Complaint,
  StockStatus,
  StoredStock,
  WriteResult,
} from '../../../operator/application/ledger/stock-ledger.ts'
import type { ReportResult } from '../../../operator/application/reservation/reservations.ts'
import {
  isFinished,
  keyOf,
  type Reservation,
  type ReservationStatus,
} from '../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../operator/domain/stock/terms.ts'
import { edits } from './edits.ts'

export type Change =
  | { readonly kind: 'stock'; readonly type: 'stored' | 'deleted'; readonly stock: StoredStock }
  | { readonly kind: 'reservation'; readonly type: 'stored' | 'deleted'; readonly reservation: Reservation }

export interface Spool extends SpoolRef {
  readonly events: readonly OutgoingEvent[]
}

/** As if a write named no version: it replaces whatever there is. */
export const ANY_VERSION = '*'

/** As many entries as the schema lets a journal have. */
const MOST_ITEMS = 256
/** The largest request that etcd takes, in bytes; above twice that the server itself says no. */
const MOST_BYTES = 1_572_864

/**
 * What the API server stores and how it judges writes: versions, preconditions, the rules of the CRDs. No faults, no time. A status with more
 * than `mostPending` entries is too large for it, as if each were long.
 */
export function apiServer(onChange: (change: Change) => void, mostPending = MOST_ITEMS) {
  const stocks = new Map<string, StoredStock>()
  const reservations = new Map<string, Reservation>()
  const spools = new Map<string, Spool>()
  /** Stocks whose finalizer somebody took off: what their journals still owed went with them. */
  const forced = new Set<string>()
  /** Uids of what somebody has edited past the operator. */
  const edited = new Set<string>()
  let version = 0
  let uids = 0
  const nextVersion = () => String(++version)

  function storeStock(stock: StoredStock): StoredStock {
    const stored = { ...stock, position: nextVersion() }
    stocks.set(keyOf(stock.namespace, stock.name), stored)
    onChange({ kind: 'stock', type: 'stored', stock: stored })
    return stored
  }

  function storeReservation(reservation: Reservation): Reservation {
    const stored = { ...reservation, resourceVersion: nextVersion() }
    reservations.set(keyOf(reservation.namespace, reservation.name), stored)
    onChange({ kind: 'reservation', type: 'stored', reservation: stored })
    return stored
  }

  function dropStock(stock: StoredStock): void {
    stocks.delete(keyOf(stock.namespace, stock.name))
    onChange({ kind: 'stock', type: 'deleted', stock: { ...stock, position: nextVersion() } })
  }

  function versionOf(base: StoredStock): StoredStock | 'gone' | 'conflict' {
    const present = stocks.get(keyOf(base.namespace, base.name))
    if (!present) return 'gone'
    const isMeant = base.position === present.position || base.position === ANY_VERSION
    return present.uid === base.uid && isMeant ? present : 'conflict'
  }

  function newUid(letter: string): string {
    uids += 1
    return `${letter}${uids}`
  }

  return {
    stocks,
    reservations,
    spools,
    forced,
    edited,
    ...edits({ stocks, reservations, forced, edited, storeStock, storeReservation, dropStock, newUid }),
    createStock(namespace: string, name: string, terms: StockTerms): void {
      if (stocks.has(keyOf(namespace, name))) return
      storeStock({
        namespace,
        name,
        uid: newUid('s'),
        position: '',
        generation: 1,
        terms,
        formerUids: [],
        acceptBooks: false,
        finalizers: [],
        guarded: false,
      })
    },
    changeTerms(key: string, change: Partial<StockTerms>): void {
      const stock = stocks.get(key)
      if (!stock) return
      const terms = { ...stock.terms, ...change }
      storeStock({ ...stock, generation: stock.generation + 1, terms })
    },
    /** Deletes a stock: at once when nothing guards it, or when `force` takes its finalizers off. */
    deleteStock(key: string, force: boolean): void {
      const stock = stocks.get(key)
      if (!stock) return
      if (force) forced.add(stock.uid)
      if (force || stock.finalizers.length === 0) dropStock(stock)
      else if (!stock.terms.terminating)
        storeStock({ ...stock, generation: stock.generation + 1, terms: { ...stock.terms, terminating: true } })
    },
    writeStatus(base: StoredStock, status: StockStatus): WriteResult {
      const present = versionOf(base)
      if (present === 'gone' || present === 'conflict') return { kind: present }
      const refusal = refusalOf(present, status)
      if (refusal) return { kind: 'refused', reason: refusal, guard: refusal === OVERSOLD }
      if (isTooLarge(status, mostPending) && adds(present, status)) return { kind: 'tooLarge' }
      return { kind: 'committed', stock: storeStock({ ...present, status }) }
    },
    open(base: StoredStock): WriteResult {
      const present = versionOf(base)
      if (present === 'gone' || present === 'conflict') return { kind: present }
      if (present.terms.terminating && present.finalizers.length === 0)
        return { kind: 'refused', reason: 'no new finalizers on a deleted object', guard: false }
      return {
        kind: 'committed',
        stock: storeStock({
          ...present,
          openedAs: present.uid,
          acceptBooks: false,
          finalizers: ['kbnt.io/stock-in-use'],
          guarded: true,
        }),
      }
    },
    close(base: StoredStock): WriteResult {
      const present = versionOf(base)
      if (present === 'gone' || present === 'conflict') return { kind: present }
      const closed = { ...present, finalizers: [], guarded: false }
      if (present.terms.terminating) dropStock(closed)
      else storeStock(closed)
      return { kind: 'committed', stock: closed }
    },
    complain(base: StoredStock, { reason, message }: Complaint): WriteResult {
      const present = versionOf(base)
      if (present === 'gone' || present === 'conflict') return { kind: present }
      if (!present.status) return { kind: 'refused', reason: 'a status needs more than conditions', guard: false }
      const ready = {
        type: 'Ready',
        status: 'False',
        reason,
        message,
        lastTransitionTime: '2026-11-22T10:00:00Z',
      } as const
      const conditions = [ready, ...present.status.conditions.filter(({ type }) => type !== 'Ready')]
      return { kind: 'committed', stock: storeStock({ ...present, status: { ...present.status, conditions } }) }
    },
    createReservation(reservation: Omit<Reservation, 'uid' | 'resourceVersion' | 'generation' | 'deleting'>): void {
      if (reservations.has(keyOf(reservation.namespace, reservation.name))) return
      storeReservation({ ...reservation, uid: newUid('r'), resourceVersion: '', generation: 1, deleting: false })
    },
    changeReservation(key: string, change: Partial<Reservation['spec']>): boolean {
      const present = reservations.get(key)
      if (!present || isFinished(present.status?.phase)) return false
      storeReservation({ ...present, generation: present.generation + 1, spec: { ...present.spec, ...change } })
      return true
    },
    deleteReservation(key: string): void {
      const present = reservations.get(key)
      if (!present) return
      reservations.delete(key)
      onChange({ kind: 'reservation', type: 'deleted', reservation: present })
    },
    report(base: Reservation, status: ReservationStatus): ReportResult {
      const present = reservations.get(keyOf(base.namespace, base.name))
      if (!present) return { kind: 'gone' }
      const isMeant = base.resourceVersion === present.resourceVersion || base.resourceVersion === ANY_VERSION
      if (present.uid !== base.uid || !isMeant) return { kind: 'conflict' }
      if (isFinished(present.status?.phase) && present.status?.phase !== status.phase)
        return { kind: 'refused', reason: 'a finished phase never changes' }
      return { kind: 'reported', reservation: storeReservation({ ...present, status }) }
    },
    createSpool(stockUid: string, events: readonly OutgoingEvent[]): Spool {
      const firstSequence = events[0]?.sequence ?? 0
      const name = `${stockUid}-${firstSequence}`
      const present = spools.get(name)
      if (present) return present
      const spool = {
        name,
        uid: newUid('e'),
        stockUid,
        firstSequence,
        lastSequence: events.at(-1)?.sequence ?? 0,
        count: events.length,
        bytes: bytesOfAll(events),
        events,
      }
      spools.set(name, spool)
      return spool
    },
    removeSpool({ name, uid }: SpoolRef): void {
      if (spools.get(name)?.uid === uid) spools.delete(name)
    },
  }
}

export type ApiServer = ReturnType<typeof apiServer>

/** Only what grows is refused, so that a stock which is full already can be emptied. */
function adds({ status }: StoredStock, after: StockStatus): boolean {
  return after.ledger.pending.length > (status?.ledger.pending.length ?? 0)
}

const OVERSOLD = 'more would be out than there is'

/** The rules of the VirtualStock CRD that guard its status. */
function refusalOf({ terms, status: before }: StoredStock, after: StockStatus): string | undefined {
  const out = after.reserved + after.confirmed
  const outBefore = before ? before.reserved + before.confirmed : 0
  if (out + terms.safetyStock > terms.quantity && out > outBefore) return OVERSOLD
  if (after.reserved < 0 || after.confirmed < 0) return 'a balance is negative'
  if (before && after.ledger.term < before.ledger.term) return 'term falls'
  if (before && after.ledger.sequence < before.ledger.sequence) return 'sequence falls'
  return after.ledger.pending.length > MOST_ITEMS ? `must have at most ${MOST_ITEMS} items` : undefined
}

/** Entries are what makes a status large, and few of them never do. */
function isTooLarge(status: StockStatus, mostPending: number): boolean {
  const { length } = status.ledger.pending
  return length > mostPending || (length > 64 && JSON.stringify(status).length > MOST_BYTES)
}
