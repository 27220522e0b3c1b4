import type { Machine } from '../../domain/machine/machine.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { auditSequence, type DeliveredEvent, type EventsFound, type Numbers } from './audit-sequence.ts'

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

/** The same for a machine: every step up to the one that its status calls published, but for what a spool keeps. */
export function auditMachineEvents(
  { namespace, name, status }: Machine,
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
