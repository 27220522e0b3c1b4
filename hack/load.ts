import { kubernetesClient } from '../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../operator/infrastructure/kubernetes/kube-config.ts'
import { databaseSettings, ownPostgres } from '../test/bench/own-postgres.ts'
import { openSite } from '../test/bench/site.ts'
import { randomFrom } from '../test/simulation/world/random.ts'
import { settledReport } from './audit/settled-report.ts'
import { badUsage, commandLine } from './command-line.ts'
import { consume } from './load/lag.ts'
import { objectOrders } from './load/object-orders.ts'
import type { LoadOrders } from './load/orders.ts'
import { type Mix, mixAt, planOf } from './load/plan.ts'
import { rowOrders } from './load/row-orders.ts'
import { type LoadLedger, openStocks, runLoad } from './load/run-load.ts'
import { terminalSteps } from './terminal-steps.ts'

const usage = `The reference load: 13,460 reservations, 3,784 confirmed and 1,356 released, on 5 stocks; then closes the books.

  npm run load [-- flags]

  --kubeconfig FILE            a cluster where an operator runs; default: servers and an operator of its own
  --kafka-brokers HOST:PORT,…  where that operator publishes; else events are not looked at
  --audit-topic NAME           its topic that gets every event; default stock-audit-logs
  --ledger cluster|postgres    where the books of its stocks are; default: cluster
  --postgres URL               the database named default of that operator, where the books are there; default: one of its
                               own, or $KBNT_POSTGRES_URL beside --kubeconfig
  --namespace NAME             one without stocks; default: load
  --scale N                    of the number of operations, 0.1 for a quick run; default 1
  --seed N                     of the order of operations; default 1

Ends with 0 when the books close, the counts are right and the consumer lag is 0; else with 1.
`

const OPEN_WITHIN_MS = 60_000
const SETTLE_WITHIN_MS = 300_000
const LAG_WITHIN_MS = 30_000
const terminal = terminalSteps(process.stdout)

// not exitCode: whatever still waits after a failure must not keep us
process.exit(await main(process.argv.slice(2)))

interface Place {
  readonly kubeconfigPath: string
  readonly brokers: readonly string[]
  /** Where the books are, unless in the cluster. */
  readonly postgres?: string
  close(): Promise<void>
}

interface Options {
  readonly ledger: LoadLedger
  readonly namespace: string
  readonly auditTopic: string
  readonly scale: number
  readonly seed: number
}

async function main(argv: readonly string[]): Promise<number> {
  const { values } = commandLine(usage, {
    args: [...argv],
    options: {
      kubeconfig: { type: 'string' },
      'kafka-brokers': { type: 'string', default: '' },
      'audit-topic': { type: 'string', default: 'stock-audit-logs' },
      ledger: { type: 'string', default: 'cluster' },
      postgres: { type: 'string' },
      namespace: { type: 'string', default: 'load' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
    },
  })
  const ledger = ledgerNamed(values.ledger)
  const options: Options = {
    ...{ ledger, namespace: values.namespace, auditTopic: values['audit-topic'] },
    ...{ scale: Number(values.scale), seed: Number(values.seed) },
  }
  if (!(options.scale > 0)) badUsage(usage, `--scale: "${values.scale}" is not a number above 0`)
  const place = values.kubeconfig
    ? placeAt({ ...values, kubeconfig: values.kubeconfig, ledger })
    : await ownPlace(options)
  try {
    return (await load(place, options)) ? 0 : 1
  } catch (error) {
    console.error(`load: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    await place.close()
  }
}

function ledgerNamed(name: string): LoadLedger {
  if (name !== 'cluster' && name !== 'postgres') badUsage(usage, `--ledger: "${name}" is neither cluster nor postgres`)
  return name
}

interface PlaceFlags {
  readonly kubeconfig: string
  readonly 'kafka-brokers': string
  readonly postgres?: string
  readonly ledger: LoadLedger
}

/** One that is there already. */
function placeAt({ kubeconfig, 'kafka-brokers': named, postgres: given, ledger }: PlaceFlags): Place {
  const brokers = named.split(',').filter((broker) => broker !== '')
  const postgres = ledger === 'postgres' ? (given ?? process.env['KBNT_POSTGRES_URL'] ?? '') : undefined
  if (postgres === '') badUsage(usage, '--ledger postgres beside --kubeconfig needs --postgres URL')
  const place = { kubeconfigPath: kubeconfig, brokers, close: () => Promise.resolve() }
  return { ...place, ...(postgres !== undefined && { postgres }) }
}

async function ownPlace({ namespace, ledger }: Pick<Options, 'namespace' | 'ledger'>): Promise<Place> {
  const site = await terminal.run({ doing: 'API server and Kafka', run: openSite })
  const database = ledger === 'postgres' ? await terminal.run({ doing: 'PostgreSQL', run: ownPostgres }) : undefined
  const operator = site.operator(namespace, database && databaseSettings(database))
  await terminal.run({ doing: 'operator', run: () => operator.start() })
  return {
    ...{ kubeconfigPath: site.kubeconfigPath, brokers: [site.brokers] },
    ...(database && { postgres: database.url }),
    async close() {
      await site.close()
      await database?.close()
    },
  }
}

/** True when everything is as it should be. */
async function load(place: Place, { ledger, namespace, auditTopic, scale, seed }: Options): Promise<boolean> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(place.kubeconfigPath), userAgent: 'kbnt-load' })
  const target = { client, namespace }
  const mix = mixAt(scale)
  try {
    const opening = { ledger, withinMs: OPEN_WITHIN_MS }
    await terminal.run({ doing: 'five stocks, opened', run: () => openStocks(target, opening) })
    const reader = place.brokers.length > 0 ? await consume(place.brokers, auditTopic) : undefined
    const orders = place.postgres === undefined ? objectOrders(target) : await rowOrders(target, place.postgres)
    try {
      await operations(orders, mix, seed)
      const closed = await books(place, { namespace, auditTopic })
      const counted = await counts(orders, mix)
      const left = (await reader?.drained(LAG_WITHIN_MS)) ?? 0
      if (reader) console.log(`  consumer lag ${left}, ${reader.received()} events received  ${left === 0 ? '✓' : '✗'}`)
      return closed && counted && left === 0
    } finally {
      await Promise.all([reader?.close(), orders.close()])
    }
  } finally {
    await client.close()
  }
}

async function operations(orders: LoadOrders, mix: Mix, seed: number): Promise<void> {
  const steps = planOf(mix, randomFrom(seed))
  const tenth = Math.max(1, Math.ceil(steps.length / 10))
  const startedAt = performance.now()
  const done = await terminal.run({
    doing: `${steps.length} operations`,
    run: (progress) => {
      let count = 0
      return runLoad(orders, steps, () => {
        count += 1
        if (count % tenth === 0) progress(`${count} of ${steps.length} operations`)
      })
    },
    done: () => `${steps.length} operations, ${Math.round(steps.length / ((performance.now() - startedAt) / 1_000))}/s`,
  })
  const { reserve, confirm, release, noMatchingReservation } = done
  console.log(`    reserve ${reserve}, confirm ${confirm}, release ${release}`)
  console.log(`    of these NO_MATCHING_RESERVATION ${noMatchingReservation}`)
}

/** Waits until nothing is under way any more, and says what the audit finds. */
async function books(
  { kubeconfigPath, brokers, postgres }: Place,
  { namespace, auditTopic }: Pick<Options, 'namespace' | 'auditTopic'>,
): Promise<boolean> {
  const database = postgres === undefined ? {} : { postgres: { url: postgres } }
  const sources = { kubeconfig: kubeconfigPath, kafkaBrokers: brokers, auditTopic, namespace, ...database }
  const run = () => settledReport(sources, SETTLE_WITHIN_MS)
  const report = await terminal.run({ doing: 'closing the books', run })
  for (const line of report.lines) console.log(`  ${line}`)
  const closed = report.findings.length === 0 && report.moved === 0 && report.unfinished === 0
  const objects = postgres === undefined ? `, ${report.reservations} reservations` : ''
  if (closed) console.log(`  Books closed: ${report.stocks} stocks${objects}.`)
  return closed
}

async function counts(orders: LoadOrders, { reserve, confirm, release, unknown }: Mix): Promise<boolean> {
  const released = release - unknown
  const wanted = { Reserved: reserve - confirm - released, Confirmed: confirm, Released: released }
  const found = await orders.phases()
  const right = Object.entries(wanted).every(([phase, count]) => (found[phase] ?? 0) === count)
  const text = Object.entries(found).map(([phase, count]) => `${phase} ${count}`)
  console.log(`  ${text.join(', ')}  ${right ? '✓' : `✗ wanted ${JSON.stringify(wanted)}`}`)
  return right
}
