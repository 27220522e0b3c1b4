import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Gathered, gather } from './audit/gather.ts'
import { type AuditReport, auditReport } from './audit/report.ts'

const usage = `Checks a cluster's books: balances against reservations, journals against the topic when Kafka is given.

  npm run audit -- [flags]

  --kubeconfig FILE            the cluster; default: $KUBECONFIG, then as kubectl does
  --kafka-brokers HOST:PORT,…  also compare with the topic that gets every event; default: $KBNT_KAFKA_BROKERS
  --audit-topic NAME           that topic; default: stock-audit-logs
  --namespace NAME             stocks of this namespace only
  --settle SECONDS             wait at most this long until journals are empty and spools gone; default 0

Ends with 0 when everything agrees, 1 when something does not, 2 when it can't look.
`

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    const report = await audit(argv)
    return report ? tell(report) : 0
  } catch (error) {
    console.error(`audit: ${error instanceof Error ? error.message : error}`)
    return 2
  }
}

async function audit(argv: readonly string[]): Promise<AuditReport | undefined> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' },
      'kafka-brokers': { type: 'string', default: process.env['KBNT_KAFKA_BROKERS'] ?? '' },
      'audit-topic': { type: 'string', default: 'stock-audit-logs' },
      namespace: { type: 'string' },
      settle: { type: 'string', default: '0' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(usage)
    return undefined
  }
  const kafkaBrokers = values['kafka-brokers'].split(',').filter((broker) => broker !== '')
  const sources = {
    kubeconfig: values.kubeconfig,
    kafkaBrokers,
    auditTopic: values['audit-topic'],
    namespace: values.namespace,
  }
  return auditReport(await gatherWhenQuiet(() => gather(sources), Number(values.settle) * 1_000), Date.now())
}

/** Reads again until nothing is under way any more, or the time is up. */
async function gatherWhenQuiet(look: () => Promise<Gathered>, withinMs: number): Promise<Gathered> {
  const until = Date.now() + withinMs
  for (;;) {
    const gathered = await look()
    if (isQuiet(gathered) || Date.now() >= until) return gathered
    await pause(500)
  }
}

function isQuiet({ stocks, reservations, spools }: Gathered): boolean {
  const finished = stocks.every(({ status }) => status !== undefined && status.ledger.pending.length === 0)
  return finished && spools.length === 0 && reservations.every(({ status }) => status !== undefined)
}

function tell({ lines, findings, stocks, reservations }: AuditReport): number {
  for (const line of lines) console.log(line)
  if (findings.length === 0) {
    console.log(`Books closed: ${stocks} stocks, ${reservations} reservations, nothing missing.`)
    return 0
  }
  const pages = [...new Set(findings.map(({ runbook }) => `docs/runbooks/${runbook}.md`))]
  console.log(`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}. What to do: ${pages.join(', ')}`)
  return 1
}
