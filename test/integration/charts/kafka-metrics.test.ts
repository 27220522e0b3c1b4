import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { freePorts } from '../../../hack/testbed/free-ports.ts'
import { metricsAgentOption } from '../../../hack/testbed/metrics-agent.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { findOnPath } from '../../../hack/testbed/run-program.ts'
import { createTopics } from '../../../operator/infrastructure/kafka/topics.ts'
import { type Prometheus, startPrometheus } from '../../fixtures/prometheus.ts'
import { alertsOfFile, metricsIn } from '../../fixtures/queries.ts'
import { until } from '../../fixtures/until.ts'
import { type OwnKafka, ownKafka, quiet } from '../kafka/own-kafka.ts'
import { manifestsIn, rendered } from './helm.ts'

const command = await findOnPath('prometheus', process.env)

/** Not of the brokers: of the kubelet, and of the pod of Strimzi's that looks at consumers. */
const ofOthers = /^(kubelet_volume_stats|kafka_consumergroup)_/

const title = command
  ? 'The alerts of Kafka, on a node of Kafka that serves its metrics by the rules of the chart,'
  : 'The alerts of Kafka (skipped: there is no prometheus on PATH; Debian has it in the package prometheus)'

;(command ? describe : describe.skip)(title, () => {
  let directory: string
  let kafka: OwnKafka
  let prometheus: Prometheus

  before(async function () {
    this.timeout(180_000)
    directory = await mkdtemp(join(tmpdir(), 'kbnt-kafka-metrics-'))
    const one = 'cluster.replicas=1,replication=1,minInsyncReplicas=1,prometheusRule.enabled=true'
    const chart = manifestsIn(await rendered('kbnt-kafka', '--set', one))
    const { data } = chart.find(({ metadata }) => metadata.name === 'kbnt-metrics') as unknown as {
      readonly data: { readonly 'rules.yaml': string }
    }
    const rulesPath = join(directory, 'jmx.yaml')
    await writeFile(rulesPath, data['rules.yaml'])
    const [port] = (await freePorts(1)) as [number]
    kafka = await ownKafka([await metricsAgentOption({ port, rulesPath }, process.env, silent)])
    await createTopics(kafka.plain, [{ name: 'stock-audit-logs', partitions: 2 }], quiet)
    await mkdir(join(directory, 'rules'))
    const rules = chart.find(({ kind }) => kind === 'PrometheusRule')?.['spec']
    await writeFile(join(directory, 'rules', 'kafka.yaml'), stringify(rules))
    const labels = { namespace: 'kbnt-system', pod: 'kbnt-kbnt-dual-0' } // as the Prometheus operator gives them
    const config = {
      global: { scrape_interval: '1s', evaluation_interval: '1s' },
      rule_files: ['rules/*.yaml'],
      scrape_configs: [{ job_name: 'kafka', static_configs: [{ targets: [`127.0.0.1:${port}`], labels }] }],
    }
    prometheus = await startPrometheus({ command: command ?? '', directory, config })
    await until('scrape', 30_000, async () => (await prometheus.query('up == 1')).length > 0 || undefined)
  })
  after(async () => {
    await prometheus?.stop()
    await kafka?.end()
    await rm(directory, { recursive: true, force: true })
  })

  const onTheirWay = async () =>
    (await prometheus.rules()).flatMap(({ name, alerts }) => (alerts.length > 0 ? [name] : [])).sort()

  it('ask for what it serves', async () => {
    const names = new Set(alertsOfFile('kbnt-kafka').flatMap(({ expr }) => metricsIn(expr)))
    const served = [...names].filter((name) => !ofOthers.test(name))
    assert.ok(served.length >= 6)
    for (const name of served) assert.equal((await prometheus.query(name)).length, 1, name)
    assert.ok((await prometheus.query('kafka_server_replicamanager_leadercount > 0')).length > 0)
  })

  it('find no metric that has a topic or a partition in its name', async () => {
    const names = await prometheus.labelValues('__name__', '{__name__=~"kafka_.+"}')
    assert.ok(names.length > 20)
    assert.deepEqual(
      names.filter((name) => /partition_|topic_|stock_audit_logs|stock-audit-logs/.test(name)),
      [],
    )
  })

  it('are rules that work, and none of them is on its way to fire', async () => {
    for (const { name, health, lastError } of await prometheus.rules())
      assert.deepEqual([name, health, lastError], [name, 'ok', undefined])
    // before the first scrape it was as good as gone
    await until('calm', 20_000, async () => ((await onTheirWay()).length === 0 ? true : undefined))
  })

  it('see that it is gone', async () => {
    await kafka.kill()
    const seen = ['KbntKafkaBrokerMissing', 'KbntKafkaNoController']
    await until('alerts', 20_000, async () => ((await onTheirWay()).join() === seen.join() ? true : undefined))
  })
})
