import { keyOf } from '../../domain/reservation/reservation.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import type { Finding } from './finding.ts'

/** One message of the topic that gets everything, in the order of its partition. */
export interface DeliveredEvent {
  readonly id: string
  readonly type: string
  readonly stockUid: string
  readonly sequence: number
  /** Everything in it that a redelivery must repeat. */
  readonly numbers: string
}

export interface StockEvents {
  readonly delivered: number
  readonly expected: number
  readonly findings: readonly Finding[]
}

/**
 * Compares what a stock has decided with what the topic has: everything up to its latest entry, in order, but for what
 * its journal or a spool still keeps; and what came twice says the same.
 */
export function auditEvents(
  stock: StoredStock,
  events: readonly DeliveredEvent[],
  spools: readonly SpoolRef[],
): StockEvents {
  const about = keyOf(stock.namespace, stock.name)
  const head = stock.status?.ledger
  const owed = new Set((head?.pending ?? []).map(({ sequence }) => sequence))
  for (const { firstSequence, lastSequence } of spools)
    for (let n = firstSequence; n <= lastSequence; n += 1) owed.add(n)

  const { first, latest, messages } = readOnce(events)
  const sequence = head?.sequence ?? 0
  const begin = stock.formerUids.length > 0 ? Math.min(sequence, ...first.keys(), ...owed) : 1 // what came before a restore has another uid
  const missing = sequencesTo(sequence).filter((n) => n >= begin && !first.has(n) && !owed.has(n))
  if (missing.length > 0) messages.push(`events ${rangesOf(missing)} are not on the topic`)
  if (latest > sequence) messages.push(`event ${latest} is on the topic, the books end at ${sequence}`)
  const findings = messages.map((message) => ({ about, message, runbook: 'events-missing' as const }))
  return { delivered: first.size, expected: sequence === 0 ? 0 : sequence - begin + 1, findings }
}

/** What each sequence said first, and everything wrong about what came after. */
function readOnce(events: readonly DeliveredEvent[]) {
  const first = new Map<number, DeliveredEvent>()
  const messages: string[] = []
  let latest = 0
  for (const event of events) {
    const known = first.get(event.sequence)
    if (known) {
      if (!saysTheSame(known, event)) messages.push(`event ${event.sequence} came again and said something else`)
      continue
    }
    if (event.sequence < latest) messages.push(`event ${event.sequence} came after ${latest}`)
    first.set(event.sequence, event)
    latest = Math.max(latest, event.sequence)
  }
  return { first, latest, messages }
}

function saysTheSame(a: DeliveredEvent, b: DeliveredEvent): boolean {
  return a.id === b.id && a.type === b.type && a.numbers === b.numbers
}

function sequencesTo(last: number): number[] {
  return Array.from({ length: last }, (_, index) => index + 1)
}

/** `1–3, 7`, at most five of them. */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const n of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === n - 1) last[1] = n
    else ranges.push([n, n])
  }
  const shown = ranges.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`))
  return shown.join(', ') + (ranges.length > shown.length ? ', …' : '')
}
