import type { Money } from '../money.ts'
import { keyOf, type Reservation } from '../reservation/reservation.ts'
import { type Entry, type EntryLine, type NoteKind, type Shortage, verbs } from '../stock/entry.ts'
import type { Level } from '../stock/level.ts'
import { cloudEventHeaders, positionHeaders, SERVICE, typeOf } from './cloud-event.ts'

/** The stock whose entry an event tells of. */
export interface EventStock {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly product: string
}

/** Descriptive texts of the reservation. */
export interface EventTexts {
  readonly consumer?: string
  readonly note?: string
  readonly requestId?: string
}

export interface EventContext {
  /** The name of the cluster, part of the source. */
  readonly cluster: string
  readonly stock: EventStock
  /** The term of the leader that sends it: the one thing in which a redelivery may differ. */
  readonly term: number
  /** Null when the reservation is gone, or there is none. */
  readonly texts: EventTexts | null
}

/** One event, complete as it is sent, with what routing looks at. */
export interface StockEvent {
  readonly id: string
  readonly type: string
  readonly sequence: number
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly value: string
  readonly timestampMs: number
  readonly level?: Level
  readonly price?: Money
}

export const DOMAIN = 'virtual-stock'

const reservationVerbs = {
  Reserve: 'reserved',
  Confirm: 'confirmed',
  Release: 'released',
  Return: 'returned',
  Expire: 'expired',
  Extend: 'extended',
  Refuse: 'rejected',
  Wait: 'waiting',
} as const

/** What an entry did, without the reverse domain and the version: `reservation.reserved`, `stock.level_changed`. */
export type Occasion = `${'reservation' | 'stock'}.${string}`

export function occasionOf({ verb, note }: Pick<Entry, 'verb' | 'note'>): Occasion {
  if (verb === 'Note') return `stock.${note as NoteKind}`
  if (verb === 'Adjust') return 'stock.adjusted'
  if (verb === 'Recount') return 'stock.recounted'
  return `reservation.${reservationVerbs[verb]}`
}

/** The other way round. Throws for what no entry does. */
export function decisionOf(occasion: Occasion): Pick<Entry, 'verb' | 'note'> {
  const found = decisions.get(occasion)
  if (!found) throw new Error(`no decision of a stock is called ${occasion}`)
  return found
}

const notes: readonly NoteKind[] = ['created', 'deleted', 'paused', 'resumed', 'priced', 'level_changed']
const decisions = new Map<Occasion, Pick<Entry, 'verb' | 'note'>>(
  [
    ...verbs.flatMap((verb) => (verb === 'Note' ? [] : [{ verb }])),
    ...notes.map((note) => ({ verb: 'Note' as const, note })),
  ].map((decision) => [occasionOf(decision), decision]),
)

/** The event of an entry: the same bytes on every delivery by the same leader while the reservation's texts stand. */
export function eventFrom(entry: Entry, context: EventContext): StockEvent {
  const { stock, cluster, term, texts } = context
  const id = `${stock.uid}-${entry.sequence}`
  const type = typeOf(occasionOf(entry))
  const envelope = {
    id,
    type,
    time: entry.at,
    source: `/kbnt.io/${cluster}/${stock.namespace}/virtualstocks/${stock.name}`,
    subject: entry.reservation || undefined, // an attribute is there with a text in it, or not at all
    correlationId: texts?.requestId,
  }
  return {
    id,
    type,
    sequence: entry.sequence,
    key: keyOf(stock.namespace, stock.name),
    headers: {
      ...cloudEventHeaders(envelope),
      ...positionHeaders(entry.sequence, term),
    },
    value: JSON.stringify(eventData(entry, context)),
    timestampMs: Date.parse(entry.at),
    level: entry.level,
    ...(entry.unitPrice && { price: entry.unitPrice }),
  }
}

/** What the event of an entry says, as its schema has it. */
export function eventData(entry: Entry, context: Omit<EventContext, 'cluster'>): object {
  const { stock, term, texts } = context
  return {
    eventId: `${stock.uid}-${entry.sequence}`,
    eventType: eventTypeOf(occasionOf(entry)),
    timestamp: entry.at,
    service: SERVICE,
    domain: DOMAIN,
    operation: entry.verb.toUpperCase(),
    stock,
    reservation: reservationOf(entry, context),
    quantity: entry.quantity ?? null,
    unitPrice: entry.unitPrice ? moneyOf(entry.unitPrice) : null,
    balances: {
      quantity: entry.stockQuantity,
      reserved: entry.reserved,
      confirmed: entry.confirmed,
      available: entry.available,
    },
    level: entry.level,
    ...(entry.reason !== undefined && { reason: entry.reason }),
    ...(entry.changeReason !== undefined && { changeReason: entry.changeReason }),
    ...(entry.deadline !== undefined && { deadline: entry.deadline }),
    ...(entry.shortages && { shortages: entry.shortages.map(shortageOf) }),
    ...(entry.lines && { lines: entry.lines.map(lineOf) }),
    ...(entry.follows && { line: { uid: entry.follows.uid, sequence: entry.follows.sequence } }),
    sequence: entry.sequence,
    previousSequence: entry.sequence - 1,
    term,
    correlationId: texts?.requestId ?? null,
  }
}

/* A journal that was stored and read again has its fields in another order: these write them in ours. */

const moneyOf = ({ amount, currency }: Money): Money => ({ amount, currency })

const shortageOf = ({ stockNamespace, stock, missing }: Shortage): Shortage => ({ stockNamespace, stock, missing })

const lineOf = ({ stockNamespace, stock, stockUID, sequence, quantity, unitPrice }: EntryLine): EntryLine => ({
  ...{ stockNamespace, stock, stockUID, sequence, quantity },
  ...(unitPrice && { unitPrice: moneyOf(unitPrice) }),
})

/** The event of a reservation that was refused because no stock of its name exists: no journal knows it. */
export function rejectionWithoutStock(
  reservation: Reservation,
  reason: string,
  at: string,
  cluster: string,
): StockEvent {
  const { namespace, name, uid, spec } = reservation
  const id = `${uid}-rejected`
  const type = typeOf('reservation.rejected')
  const source = `/kbnt.io/${cluster}/${namespace}/reservations/${name}`
  const [first] = spec.items
  const stock = { namespace: first?.stockNamespace ?? namespace, name: first?.stock ?? '' }
  return {
    id,
    type,
    sequence: 0,
    key: keyOf(stock.namespace, stock.name),
    headers: cloudEventHeaders({ id, type, time: at, source, subject: name, correlationId: spec.requestId }),
    value: JSON.stringify({
      eventId: id,
      eventType: eventTypeOf('reservation.rejected'),
      timestamp: at,
      service: SERVICE,
      domain: DOMAIN,
      operation: 'REFUSE',
      stock: { ...stock, uid: null, product: null },
      reservation: { namespace, name, uid, consumer: spec.consumer ?? null, note: spec.note ?? null },
      quantity: first?.quantity ?? null,
      ...uncounted,
      reason,
      correlationId: spec.requestId ?? null,
    }),
    timestampMs: Date.parse(at),
  }
}

/** What nobody can say where no stock has counted: present all the same, so that consumers find every field. */
const uncounted = { unitPrice: null, balances: null, level: null, sequence: 0, previousSequence: null, term: null }

/** `STOCK_RESERVED`, `STOCK_LEVEL_CHANGED`: the name that consumers of the data alone go by. */
export function eventTypeOf(occasion: string): string {
  return `STOCK_${(occasion.split('.')[1] ?? '').toUpperCase()}`
}

function reservationOf(entry: Entry, { stock, texts }: Omit<EventContext, 'cluster'>): object | null {
  if (entry.uid === undefined) return null
  const namespace = entry.reservationNamespace ?? stock.namespace
  return {
    namespace,
    name: entry.reservation ?? '',
    uid: entry.uid,
    consumer: texts?.consumer ?? null,
    note: texts?.note ?? null,
  }
}
