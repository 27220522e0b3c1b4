import { setTimeout as pause } from 'node:timers/promises'
import { type AuditSources, type Gathered, gather } from './gather.ts'
import { type AuditReport, auditReport, judgedSpools } from './report.ts'

const LOOK_MS = 500

/**
 * Looks again while something is under way or does not agree, which may be the same, until `withinMs` are over; 0 = one
 * look. Throws when the cluster, the database or the topic can't be read.
 */
export async function settledReport(sources: AuditSources, withinMs: number): Promise<AuditReport> {
  const until = Date.now() + withinMs
  for (;;) {
    const gathered = await gather(sources)
    const report = auditReport(gathered, Date.now())
    if ((isQuiet(gathered, report) && report.findings.length === 0) || Date.now() >= until) return report
    await pause(LOOK_MS)
  }
}

function isQuiet(gathered: Gathered, { unfinished, moved }: AuditReport): boolean {
  const { namespace, reservations } = gathered
  const told = reservations.every(
    (reservation) => reservation.status !== undefined || (namespace ?? reservation.namespace) !== reservation.namespace,
  )
  return unfinished === 0 && moved === 0 && told && judgedSpools(gathered).length === 0
}
