import { readFileSync } from 'node:fs'
import { readSettings } from '../operator/infrastructure/settings/read-settings.ts'
import type { AuditSources } from './audit/gather.ts'
import type { AuditReport } from './audit/report.ts'
import { settledReport } from './audit/settled-report.ts'
import { badUsage, commandLine } from './command-line.ts'

const usage = `Checks a cluster's books: balances against reservations, machines against their capacity, orders against their
stock; journals and steps against the topic when Kafka is given; books in PostgreSQL when a database is given; orders
against what payment providers have when settings name these.

  npm run audit -- [flags]

  --kubeconfig FILE            the cluster; default: $KUBECONFIG, then as kubectl does
  --config FILE                the operator's settings: how to reach Kafka, the database named default and payment
                               providers, and which topic gets every event
  --kafka-brokers HOST:PORT,…  also compare with the topic that gets every event; default: $KBNT_KAFKA_BROKERS
  --audit-topic NAME           that topic; default: the settings', else stock-audit-logs
  --postgres URL               also look at the stocks whose books are in the database named default; the password:
                               $PGPASSWORD, or ~/.pgpass; default: $KBNT_POSTGRES_URL
  --namespace NAME             stocks, machines and orders of this namespace only
  --settle SECONDS             look again for at most this long until nothing is under way any more and all agrees;
                               default 0: one look

Ends with 0 when everything agrees, 1 when something does not, 2 when it can't look, or something never kept still.
`

process.exitCode = await main(process.argv.slice(2))

async function main(argv: readonly string[]): Promise<number> {
  try {
    return await audit(argv)
  } catch (error) {
    console.error(`audit: ${error instanceof Error ? error.message : error}`)
    return 2
  }
}

async function audit(argv: readonly string[]): Promise<number> {
  const { values } = commandLine(usage, {
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' },
      config: { type: 'string' },
      'kafka-brokers': { type: 'string' },
      'audit-topic': { type: 'string' },
      postgres: { type: 'string' },
      namespace: { type: 'string' },
      settle: { type: 'string', default: '0' },
    },
  })
  const settleMs = Number(values.settle) * 1_000
  if (!(settleMs >= 0)) badUsage(usage, `--settle: "${values.settle}" is not a number of seconds`)
  return tell(await settledReport(sourcesFrom(values), settleMs), values.namespace)
}

interface Asked {
  readonly kubeconfig?: string
  readonly config?: string
  readonly 'kafka-brokers'?: string
  readonly 'audit-topic'?: string
  readonly postgres?: string
  readonly namespace?: string
}

/** Flags win over the operator's settings, where these are given. */
function sourcesFrom({ kubeconfig, config, namespace, ...asked }: Asked): AuditSources {
  const settings = config === undefined ? undefined : settingsOf(config)
  const named = asked['kafka-brokers'] ?? process.env['KBNT_KAFKA_BROKERS']
  const { ssl, sasl } = settings?.kafka ?? {}
  const everything = settings?.events.profile === 'flat' ? settings.events.flatTopic : settings?.events.auditTopic
  return {
    kubeconfig: kubeconfig ?? settings?.kubeconfig ?? process.env['KUBECONFIG'],
    kafkaBrokers: named?.split(',').filter((broker) => broker !== '') ?? settings?.kafka?.brokers ?? [],
    kafkaAccess: { ...(ssl && { ssl }), ...(sasl && { sasl }) },
    auditTopic: asked['audit-topic'] ?? everything ?? 'stock-audit-logs',
    postgres: databaseAt(asked.postgres ?? process.env['KBNT_POSTGRES_URL']) ?? settings?.databases['default'],
    orders: settings?.orders,
    namespace,
  }
}

function databaseAt(url: string | undefined): AuditSources['postgres'] {
  if (url === undefined || url === '') return undefined
  const isSound = URL.canParse(url) && ['postgres:', 'postgresql:'].includes(new URL(url).protocol)
  if (!isSound || new URL(url).password !== '')
    badUsage(usage, '--postgres: give postgres://USER@HOST:PORT/DATABASE, without a password')
  return { url }
}

function settingsOf(config: string) {
  return readSettings({ argv: ['--config', config], env: {}, readFile: (path) => readFileSync(path, 'utf8') })
}

function tell(report: AuditReport, namespace: string | undefined): number {
  for (const line of report.lines) console.log(line)
  const [text, exitCode] = verdictOn(report, namespace)
  console.log(text)
  return exitCode
}

function verdictOn(report: AuditReport, namespace: string | undefined): [text: string, exitCode: number] {
  const { findings, moved, unseen } = report
  if (findings.length > 0) {
    const pages = [...new Set(findings.map(({ runbook }) => `docs/runbooks/${runbook}.md`))]
    return [`${findings.length} ${findings.length === 1 ? 'finding' : 'findings'}. What to do: ${pages.join(', ')}`, 1]
  }
  const kinds = kindsIn(report)
  if (kinds.length === 0) {
    const where = namespace === undefined ? 'in this cluster' : `in namespace ${namespace}`
    const others = unseen > 0 ? ' but those in a database that was not looked at' : ''
    return [`Nothing to compare: there are no stocks and no machines ${where}${others}.`, 0]
  }
  if (moved > 0) {
    const count = kinds.reduce((sum, [number]) => sum + number, 0)
    const all = `${count} ${listed(kinds.map(([, name]) => name))}`
    return [`${moved} of ${all} changed while they were looked at; try again with --settle 30`, 2]
  }
  return [closedText(report), 0]
}

/** What there is that can change while it is looked at. */
function kindsIn({ stocks, machines, orders }: AuditReport): [count: number, name: string][] {
  const kinds: [number, string][] = [
    [stocks, 'stocks'],
    [machines, 'machines'],
    [orders, 'orders'],
  ]
  return kinds.filter(([count]) => count > 0)
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

function closedText({ stocks, reservations, machines, orders, uncompared, unfinished }: AuditReport): string {
  const ofMachines = machines > 0 ? `, ${machines} machines` : ''
  const ofOrders = orders > 0 ? `, ${orders} orders` : ''
  const ofMoney = uncompared > 0 ? `; money of ${uncompared} orders not compared: no provider of theirs was asked` : ''
  const underWay = unfinished > 0 ? `; ${unfinished} unfinished, still to be told or sent` : ''
  return `Books closed: ${stocks} stocks, ${reservations} reservations${ofMachines}${ofOrders}, nothing missing${ofMoney}${underWay}.`
}
