import { typeOf } from '../../domain/event/cloud-event.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { auditSequence, type DeliveredEvent, type EventsFound, type Numbers } from './audit-sequence.ts'
import type { RowStockFacts } from './row-facts.ts'

/** What may come far above what came before it. */
const leaping: ReadonlySet<string> = new Set([typeOf('stock.recounted'), typeOf('stock.created')])

/** Which events a spool keeps. */
export type SpooledRange = Pick<SpoolRef, 'stockUid' | 'firstSequence' | 'lastSequence'>

/**
 * Compares what a stock has decided with what the topic has: everything up to its latest entry, in order, but for what
 * its journal or a spool still keeps.
 */
export function auditEvents(
  stock: StoredStock,
  events: readonly DeliveredEvent[],
  spools: readonly SpooledRange[],
): EventsFound {
  const head = stock.status?.ledger
  const pending = (head?.pending ?? []).map((entry): Numbers => [entry.sequence, entry.sequence])
  const owed = [...rangesOf(spools), ...pending]
  const sequence = head?.sequence ?? 0
  const restored = stock.formerUids.length > 0
  const seen = restored ? events.map((event) => event.sequence) : []
  const begin = restored ? Math.min(sequence, ...seen, ...owed.map(([first]) => first)) : 1 // what came before a restore has another uid
  return auditSequence({ about: keyOf(stock.namespace, stock.name), begin, sequence, owed }, events)
}

/**
 * The same for a stock whose books are rows, as they were before the topic was read: everything that they call delivered.
 * Later events may be there, and numbers leap where a recount says so, or where books have begun anew.
 */
export function auditRowEvents(
  { namespace, name, sequence, outbox }: Pick<RowStockFacts, 'namespace' | 'name' | 'sequence' | 'outbox'>,
  events: readonly DeliveredEvent[],
): EventsFound {
  const known = events.filter((event) => event.sequence <= sequence)
  const waiting = outbox.delivered < sequence ? [[outbox.delivered + 1, sequence] as const] : []
  const leaps = leapsIn(known)
  const about = keyOf(namespace, name)
  const found = auditSequence({ about, begin: 1, sequence, owed: [...leaps, ...waiting] }, known)
  return { ...found, expected: leaps.reduce((left, [first, last]) => left - (last - first + 1), found.expected) }
}

function leapsIn(events: readonly DeliveredEvent[]): Numbers[] {
  let latest = 0
  return events.flatMap(({ type, sequence }): Numbers[] => {
    const after = latest
    latest = Math.max(latest, sequence)
    return leaping.has(type) && sequence > after + 1 ? [[after + 1, sequence - 1]] : []
  })
}

/** An object whose status counts its steps, each of which is one event. */
export interface SteppedObject {
  readonly namespace: string
  readonly name: string
  readonly status?: { readonly steps: number; readonly published: number }
}

/** The same for a machine or an order: every step up to the one that its status calls published, but for what a spool keeps. */
export function auditStepEvents(
  { namespace, name, status }: SteppedObject,
  events: readonly DeliveredEvent[],
  spools: readonly SpooledRange[],
): EventsFound {
  const { steps = 0, published = 0 } = status ?? {}
  const owed = [...rangesOf(spools), ...(published < steps ? [[published + 1, steps] as const] : [])]
  return auditSequence({ about: keyOf(namespace, name), begin: 1, sequence: steps, owed }, events)
}

function rangesOf(spools: readonly SpooledRange[]): Numbers[] {
  return spools.map(({ firstSequence, lastSequence }) => [firstSequence, lastSequence])
}
