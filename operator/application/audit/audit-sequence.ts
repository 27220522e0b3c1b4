import type { Finding } from './finding.ts'

/** One message of the topic that gets everything, in the order of its partition. */
export interface DeliveredEvent {
  readonly id: string
  readonly type: string
  /** Of the stock or the machine that it tells of. */
  readonly sourceUid: string
  readonly sequence: number
  /** Everything in it that a redelivery must repeat. */
  readonly numbers: string
}

export interface EventsFound {
  readonly delivered: number
  readonly expected: number
  readonly findings: readonly Finding[]
}

export interface Numbered {
  /** `namespace/name` of what numbers its events. */
  readonly about: string
  /** The first number that the topic may be asked for. */
  readonly begin: number
  /** The last number that there is; 0 = none. */
  readonly sequence: number
  /** The numbers that may not be on the topic yet. */
  readonly owed: readonly Numbers[]
}

/** From the first to the last of them. */
export type Numbers = readonly [first: number, last: number]

/**
 * Compares the numbers that were given with those on the topic: all of them, but for what is still owed, each first in
 * order; and what came twice says the same.
 */
export function auditSequence(
  { about, begin, sequence, owed }: Numbered,
  events: readonly DeliveredEvent[],
): EventsFound {
  const { first, latest, messages } = readOnce(events)
  const accounted = [...[...first.keys()].map((n): Numbers => [n, n]), ...owed]
  const missing = gapsIn(accounted, begin, sequence)
  if (missing.length > 0) messages.push(`events ${textOf(missing)} are not on the topic`)
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

/** What these leave out from `begin` to `end`, however large the numbers are: somebody may have written any into a status. */
function gapsIn(accounted: readonly Numbers[], begin: number, end: number): Numbers[] {
  const gaps: Numbers[] = []
  let next = begin
  for (const [first, last] of [...accounted].sort(([a], [b]) => a - b)) {
    if (first > next && next <= end) gaps.push([next, Math.min(first - 1, end)])
    next = Math.max(next, last + 1)
  }
  if (next <= end) gaps.push([next, end])
  return gaps
}

/** `1–3, 7`, at most five of them. */
function textOf(ranges: readonly Numbers[]): string {
  const shown = ranges.slice(0, 5).map(([from, to]) => (from === to ? `${from}` : `${from}–${to}`))
  return shown.join(', ') + (ranges.length > shown.length ? ', …' : '')
}
