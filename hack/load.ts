import { kubernetesClient } from '../operator/infrastructure/kubernetes/client.ts'
import { readKubeConfig } from '../operator/infrastructure/kubernetes/kube-config.ts'
import { openSite } from '../test/bench/site.ts'
import { randomFrom } from '../test/simulation/world/random.ts'
import { settledReport } from './audit/settled-report.ts'
import { badUsage, commandLine } from './command-line.ts'
import { consume } from './load/lag.ts'
import { type Mix, mixAt, planOf } from './load/plan.ts'
import { type LoadTarget, openStocks, phasesOf, runLoad } from './load/run-load.ts'
import { terminalSteps } from './terminal-steps.ts'

const usage = `The reference load: 13,460 reservations, 3,784 confirmed and 1,356 released, on 5 stocks; then closes the books.

  npm run load [-- flags]

  --kubeconfig FILE            a cluster where an operator runs; default: servers and an operator of its own
  --kafka-brokers HOST:PORT,…  where that operator publishes; else events are not looked at
  --audit-topic NAME           its topic that gets every event; default stock-audit-logs
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
  close(): Promise<void>
}

interface Options {
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
      namespace: { type: 'string', default: 'load' },
      scale: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
    },
  })
  const options: Options = {
    ...{ namespace: values.namespace, auditTopic: values['audit-topic'] },
    ...{ scale: Number(values.scale), seed: Number(values.seed) },
  }
  if (!(options.scale > 0)) badUsage(usage, `--scale: "${values.scale}" is not a number above 0`)
  const brokers = values['kafka-brokers'].split(',').filter((broker) => broker !== '')
  const place = values.kubeconfig
    ? { kubeconfigPath: values.kubeconfig, brokers, close: () => Promise.resolve() }
    : await ownPlace(options.namespace)
  try {
    return (await load(place, options)) ? 0 : 1
  } catch (error) {
    console.error(`load: ${error instanceof Error ? error.message : error}`)
    return 1
  } finally {
    await place.close()
  }
}

async function ownPlace(namespace: string): Promise<Place> {
  const site = await terminal.run({ doing: 'API server and Kafka', run: openSite })
  const operator = site.operator(namespace)
  await terminal.run({ doing: 'operator', run: () => operator.start() })
  return { kubeconfigPath: site.kubeconfigPath, brokers: [site.brokers], close: site.close }
}

/** True when everything is as it should be. */
async function load(place: Place, { namespace, auditTopic, scale, seed }: Options): Promise<boolean> {
  const client = kubernetesClient({ kubeConfig: readKubeConfig(place.kubeconfigPath), userAgent: 'kbnt-load' })
  const target = { client, namespace }
  const mix = mixAt(scale)
  try {
    await terminal.run({ doing: 'five stocks, opened', run: () => openStocks(target, OPEN_WITHIN_MS) })
    const reader = place.brokers.length > 0 ? await consume(place.brokers, auditTopic) : undefined
    try {
      await operations(target, mix, seed)
      const closed = await books(place, { namespace, auditTopic })
      const counted = await counts(target, mix)
      const left = (await reader?.drained(LAG_WITHIN_MS)) ?? 0
      if (reader) console.log(`  consumer lag ${left}, ${reader.received()} events received  ${left === 0 ? '✓' : '✗'}`)
      return closed && counted && left === 0
    } finally {
      await reader?.close()
    }
  } finally {
    await client.close()
  }
}

async function operations(target: LoadTarget, mix: Mix, seed: number): Promise<void> {
  const steps = planOf(mix, randomFrom(seed))
  const tenth = Math.max(1, Math.ceil(steps.length / 10))
  const startedAt = performance.now()
  const done = await terminal.run({
    doing: `${steps.length} operations`,
    run: (progress) => {
      let count = 0
      return runLoad(target, steps, () => {
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
  { kubeconfigPath, brokers }: Place,
  { namespace, auditTopic }: Pick<Options, 'namespace' | 'auditTopic'>,
): Promise<boolean> {
  const sources = { kubeconfig: kubeconfigPath, kafkaBrokers: brokers, auditTopic, namespace }
  const run = () => settledReport(sources, SETTLE_WITHIN_MS)
  const report = await terminal.run({ doing: 'closing the books', run })
  for (const line of report.lines) console.log(`  ${line}`)
  const closed = report.findings.length === 0 && report.moved === 0 && report.unfinished === 0
  if (closed) console.log(`  Books closed: ${report.stocks} stocks, ${report.reservations} reservations.`)
  return closed
}

async function counts(target: LoadTarget, { reserve, confirm, release, unknown }: Mix): Promise<boolean> {
  const released = release - unknown
  const wanted = { Reserved: reserve - confirm - released, Confirmed: confirm, Released: released }
  const found = await phasesOf(target)
  const right = Object.entries(wanted).every(([phase, count]) => (found[phase] ?? 0) === count)
  const text = Object.entries(found).map(([phase, count]) => `${phase} ${count}`)
  console.log(`  ${text.join(', ')}  ${right ? '✓' : `✗ wanted ${JSON.stringify(wanted)}`}`)
  return right
}
