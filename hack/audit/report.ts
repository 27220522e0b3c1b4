import { auditBooks, auditReservations, type StockBooks } from '../../operator/application/audit/audit-books.ts'
import { auditEvents, type StockEvents } from '../../operator/application/audit/audit-events.ts'
import type { Finding } from '../../operator/application/audit/finding.ts'
import type { StoredStock } from '../../operator/application/ledger/stock-ledger.ts'
import type { Gathered } from './gather.ts'

export interface AuditReport {
  readonly lines: readonly string[]
  readonly findings: readonly Finding[]
  readonly stocks: number
  readonly reservations: number
  /** Events found on the topic. */
  readonly events: number
  /** Entries that are decided and not yet told or delivered. */
  readonly unfinished: number
  /** Stocks that changed while they were looked at, and so were not judged. */
  readonly moved: number
}

/** A spool may be this old before it counts as left behind: Kafka may only just be back. */
const SPOOL_LEFT_MS = 60_000

/** Judges what was gathered, and says it a line a stock. */
export function auditReport(gathered: Gathered, now: number): AuditReport {
  const judged = auditBooks({ ...gathered, now }).filter(({ stock }) => isMeant(gathered, stock.namespace))
  const lines: string[] = []
  const findings: Finding[] = []
  const events = judged.map(({ stock }) => eventsOf(stock, gathered))
  let namespace: string | undefined
  for (const [index, books] of judged.entries()) {
    if (books.stock.namespace !== namespace) lines.push(`namespace ${books.stock.namespace}`)
    namespace = books.stock.namespace
    const moved = gathered.moved.has(books.stock.uid)
    const wrong = moved ? [] : [...books.findings, ...(events[index]?.findings ?? [])]
    const mark = moved ? 'changes too fast to be judged' : wrong.length === 0 ? '✓' : '✗'
    lines.push(`${stockLine(books, events[index])}  ${mark}`, ...wrong.map(({ message }) => `    ${message}  ✗`))
    findings.push(...wrong)
  }
  const elsewhere = [...auditReservations({ ...gathered, now }), ...spoolsLeft(gathered, now)]
  lines.push(...elsewhere.map(({ about, message }) => `${about} ${message}  ✗`))
  findings.push(...elsewhere)
  return {
    lines,
    findings,
    stocks: judged.length,
    reservations: gathered.reservations.filter((reservation) => isMeant(gathered, reservation.namespace)).length,
    events: events.reduce((sum, found) => sum + (found?.delivered ?? 0), 0),
    unfinished: judged.reduce((sum, { unfinished }) => sum + unfinished, 0),
    moved: judged.filter(({ stock }) => gathered.moved.has(stock.uid)).length,
  }
}

function isMeant({ namespace }: Gathered, candidate: string): boolean {
  return namespace === undefined || namespace === candidate
}

/** Undefined when Kafka was not asked. */
function eventsOf(stock: StoredStock, { events, spools }: Gathered): StockEvents | undefined {
  const ownSpools = spools.filter(({ stockUid }) => stockUid === stock.uid)
  return events && auditEvents(stock, events.get(stock.uid) ?? [], ownSpools)
}

function stockLine(books: StockBooks, events: StockEvents | undefined): string {
  const { stock, quantity, available, safetyStock, reserved, confirmed, holds, unfinished } = books
  const sum = `quantity ${quantity} = available ${available} + safety ${safetyStock} + reserved ${reserved} + confirmed ${confirmed}`
  const journal = unfinished === 0 ? 'journal empty' : `journal ${unfinished}`
  const topic = events ? `   events ${events.delivered}/${events.expected}` : ''
  return `  ${stock.name.padEnd(20)} ${sum}   holds ${holds}   ${journal}${topic}`
}

function spoolsLeft({ spools, events }: Gathered, now: number): Finding[] {
  if (!events) return [] // without Kafka nobody can tell whether they could have been delivered
  return spools
    .filter(({ createdAt }) => now - createdAt > SPOOL_LEFT_MS)
    .map(({ name, createdAt }) => ({
      about: name,
      message: `keeps events since ${new Date(createdAt).toISOString()} though Kafka answers`,
      runbook: 'events-spooled',
    }))
}
