import type { EngineObserver } from '../../application/engine/world.ts'
import type { Logger } from '../../application/logger.ts'
import { multiplied } from '../../domain/money.ts'
import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import type { Entry, Verb } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Metrics } from './metrics.ts'
import type { Operation } from './stock-metrics.ts'

/** Something for `kubectl describe` to show of a reservation. */
export interface ReservationOccurrence {
  readonly reservation: Reservation
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly action: string
  readonly note: string
}

export interface EngineObserverParts {
  readonly metrics: Metrics
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: ReservationOccurrence) => void
  /** As last seen; undefined = gone. */
  readonly findReservation: (key: string) => Reservation | undefined
  /** Told of each write that was stored. */
  readonly onStored: () => void
  /** Entries of a stock, by its uid, that are committed but not finished. */
  readonly pendingEntries: (stockUid: string) => number
}

const operations: Partial<Record<Verb, Operation>> = {
  Reserve: 'RESERVE',
  Confirm: 'CONFIRM',
  Release: 'RELEASE',
  Return: 'RETURN',
  Expire: 'EXPIRE',
  Extend: 'EXTEND',
  Adjust: 'ADJUST',
  Recount: 'RECOUNT',
}

/** Turns what the engine does into one log line a decision, metrics, and Kubernetes Events for what people ask about. */
export function engineObserver(parts: EngineObserverParts): EngineObserver {
  const { metrics, logger, record } = parts
  const ledger = logger.child({ component: 'ledger' })
  const reports = logger.child({ component: 'reports' })
  const events = logger.child({ component: 'events' })
  return {
    committed(book, entries, seconds) {
      parts.onStored()
      metrics.engine.commitObserved(seconds, entries.length)
      metrics.stocks.observed(sampleOf(book, parts.pendingEntries(book.stock.uid)))
      for (const entry of entries) {
        const reservation = reservationOf(parts, book, entry)
        count(metrics, book, entry, reservation)
        if (ledger.enabled('info')) ledger.info(sentence(entry), fieldsOf(book, entry, reservation))
      }
    },
    wrote(result) {
      if (result.kind === 'conflict') metrics.engine.conflict()
      if (result.kind === 'unknown') metrics.engine.unknownOutcome()
      if (result.kind === 'refused' && result.guard) metrics.engine.guardRejection()
    },
    told(reservation, entry) {
      const { phase, reason, message } = reservation.status ?? {}
      const told = phase && occurrences[phase]
      if (told && reason && message)
        record({ reservation, type: told.type, action: told.action, reason, note: message })
      if (entry !== undefined || !phase || !reason) return
      const { namespace, name, spec } = reservation
      if (phase === 'Rejected')
        metrics.stocks.failed(spec.items[0]?.stockNamespace ?? namespace, spec.items[0]?.stock ?? '', reason)
      reports.info(`${phase} without an entry: ${message}`, {
        operation: phase,
        namespace,
        reservation: name,
        reason,
        ...texts(reservation),
      })
    },
    reportRefused({ namespace, name }, reason) {
      reports.error(`the API server refuses the status of a reservation: ${reason}`, { namespace, reservation: name })
    },
    delivered(topic, messages, tookMs) {
      metrics.events.sent(topic, messages)
      for (const ms of tookMs) metrics.events.deliveredAfter(ms / 1_000)
    },
    trouble: (message, fields) => events.warn(message, fields),
    lost: metrics.events.lost,
    retried: metrics.events.retried,
    halted({ namespace, name }, error) {
      ledger.error('a stock decides nothing any more; it is taken over again', { namespace, stock: name, error })
    },
    stockGone({ stock: { namespace, name } }) {
      metrics.stocks.removed(namespace, name)
      ledger.info('the stock is gone', { namespace, stock: name })
    },
  }
}

/** Only what somebody may have to do something about, or waits for; a hold that went well is in the status. */
const occurrences = {
  Rejected: { type: 'Warning', action: 'Refuse' },
  Expired: { type: 'Warning', action: 'Expire' },
  Waiting: { type: 'Normal', action: 'Wait' },
  Released: undefined,
  Reserved: undefined,
  Confirmed: undefined,
  Pending: undefined,
} as const

function sampleOf({ stock, terms, stored, waiting }: StockBook, pendingEntries: number) {
  return {
    namespace: stock.namespace,
    stock: stock.name,
    product: terms.product,
    quantity: stored.quantity,
    available: availableUnits(stored, terms.safetyStock),
    reserved: stored.reserved,
    confirmed: stored.confirmed,
    waiting: waiting.length,
    level: stored.level,
    pendingEntries,
    ...(terms.price && { value: multiplied(terms.price, stored.quantity) }),
  }
}

function reservationOf(
  { findReservation }: EngineObserverParts,
  { stock }: StockBook,
  entry: Entry,
): Reservation | undefined {
  if (entry.uid === undefined) return undefined
  const found = findReservation(keyOf(entry.reservationNamespace ?? stock.namespace, entry.reservation ?? ''))
  return found?.uid === entry.uid ? found : undefined
}

function count(
  { stocks, engine }: Metrics,
  { stock }: StockBook,
  entry: Entry,
  reservation: Reservation | undefined,
): void {
  const operation = operations[entry.verb]
  if (operation) stocks.succeeded(stock.namespace, stock.name, operation)
  if (entry.verb === 'Refuse' && entry.reason) stocks.failed(stock.namespace, stock.name, entry.reason)
  if (reservation && !entry.follows) measure(engine, entry, reservation)
}

/** Times from what the reservation was told last to this entry. */
function measure(engine: Metrics['engine'], { verb, at }: Entry, { createdAt, status }: Reservation): void {
  const secondsSince = (fromMs: number) => Math.max(0, (Date.parse(at) - fromMs) / 1_000)
  if (verb === 'Reserve') engine.reservedAfter(secondsSince(createdAt))
  if (verb === 'Expire' && status?.expiresAt) engine.expiredLate(secondsSince(Date.parse(status.expiresAt)))
  const waited = status?.phase === 'Waiting' && verb !== 'Wait' ? status.waitlist : undefined
  if (waited) engine.waitedFor(secondsSince(Date.parse(waited.since)))
}

function sentence({ verb, note, quantity, reservation, reason, follows }: Entry): string {
  const what = note ?? verb
  const units = quantity === undefined ? '' : ` ${quantity}`
  const who = reservation === undefined ? '' : ` for ${reservation}`
  const why = reason === undefined ? '' : `: ${reason}`
  return `${what}${units}${who}${why}${follows ? ' (a line of several)' : ''}`
}

function fieldsOf({ stock }: StockBook, entry: Entry, reservation: Reservation | undefined) {
  const { verb, sequence, quantity, reason, available } = entry
  return {
    operation: verb,
    namespace: stock.namespace,
    stock: stock.name,
    ...(entry.reservation !== undefined && { reservation: entry.reservation }),
    ...(entry.reservationNamespace !== undefined && { reservationNamespace: entry.reservationNamespace }),
    sequence,
    ...(quantity !== undefined && { quantity }),
    ...(reason !== undefined && { reason }),
    available,
    eventId: `${stock.uid}-${sequence}`,
    ...(reservation && texts(reservation)),
  }
}

function texts({ spec }: Reservation) {
  return {
    ...(spec.requestId !== undefined && { correlationId: spec.requestId }),
    ...(spec.consumer !== undefined && { userId: spec.consumer }),
  }
}
