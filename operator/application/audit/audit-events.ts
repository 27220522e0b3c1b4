import type { Machine } from '../../domain/machine/machine.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { auditSequence, type DeliveredEvent, type EventsFound } from './audit-sequence.ts'

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
  const owed = spooledIn(spools)
  for (const entry of head?.pending ?? []) owed.add(entry.sequence)
  const sequence = head?.sequence ?? 0
  const restored = stock.formerUids.length > 0
  const seen = restored ? events.map((event) => event.sequence) : []
  const begin = restored ? Math.min(sequence, ...seen, ...owed) : 1 // what came before a restore has another uid
  return auditSequence({ about: keyOf(stock.namespace, stock.name), begin, sequence, owed }, events)
}

/** The same for a machine: every step up to the one that its status calls published, but for what a spool keeps. */
export function auditMachineEvents(
  { namespace, name, status }: Machine,
  events: readonly DeliveredEvent[],
  spools: readonly SpooledRange[],
): EventsFound {
  const { steps = 0, published = 0 } = status ?? {}
  const owed = spooledIn(spools)
  for (let step = published + 1; step <= steps; step += 1) owed.add(step)
  return auditSequence({ about: keyOf(namespace, name), begin: 1, sequence: steps, owed }, events)
}

function spooledIn(spools: readonly SpooledRange[]): Set<number> {
  const spooled = new Set<number>()
  for (const { firstSequence, lastSequence } of spools)
    for (let n = firstSequence; n <= lastSequence; n += 1) spooled.add(n)
  return spooled
}
