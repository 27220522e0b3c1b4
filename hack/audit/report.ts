import { auditBooks, auditReservations, type StockBooks } from '../../operator/application/audit/audit-books.ts'
import { auditEvents, type StockEvents } from '../../operator/application/audit/audit-events.ts'
import type { Finding } from '../../operator/application/audit/finding.ts'
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
  const books = auditBooks({ ...gathered, now })
  const lines: string[] = []
  const findings: Finding[] = []
  let delivered = 0
  let namespace: string | undefined
  for (const [index, stock] of gathered.stocks.entries()) {
    const entry = books[index] as StockBooks
    const events =
      gathered.events &&
      auditEvents(
        stock,
        gathered.events.get(stock.uid) ?? [],
        gathered.spools.filter(({ stockUid }) => stockUid === stock.uid),
      )
    if (entry.namespace !== namespace) lines.push(`namespace ${entry.namespace}`)
    namespace = entry.namespace
    const moved = gathered.moved.has(stock.uid)
    const wrong = moved ? [] : [...entry.findings, ...(events?.findings ?? [])]
    const mark = moved ? 'changes too fast to be judged' : wrong.length === 0 ? '✓' : '✗'
    lines.push(`${stockLine(entry, events)}  ${mark}`, ...wrong.map(({ message }) => `    ${message}  ✗`))
    findings.push(...wrong)
    delivered += events?.delivered ?? 0
  }
  const elsewhere = [...auditReservations({ ...gathered, now }), ...spoolsLeft(gathered, now)]
  lines.push(...elsewhere.map(({ about, message }) => `${about} ${message}  ✗`))
  findings.push(...elsewhere)
  return {
    lines,
    findings,
    stocks: books.length,
    reservations: gathered.reservations.length,
    events: delivered,
    unfinished: sumOf(books),
    moved: gathered.moved.size,
  }
}

function sumOf(books: readonly StockBooks[]): number {
  return books.reduce((sum, { unfinished }) => sum + unfinished, 0)
}

function stockLine(books: StockBooks, events: StockEvents | undefined): string {
  const { name, quantity, available, safetyStock, reserved, confirmed, holds, unfinished } = books
  const sum = `quantity ${quantity} = available ${available} + safety ${safetyStock} + reserved ${reserved} + confirmed ${confirmed}`
  const journal = unfinished === 0 ? 'journal empty' : `journal ${unfinished}`
  const topic = events ? `   events ${events.delivered}/${events.expected}` : ''
  return `  ${name.padEnd(20)} ${sum}   holds ${holds}   ${journal}${topic}`
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
