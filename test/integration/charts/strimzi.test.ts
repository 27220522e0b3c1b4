import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { helm, type Manifest, manifestsIn, rendered } from './helm.ts'

const manifestsWith = async (...args: string[]): Promise<Manifest[]> =>
  manifestsIn(await rendered('kbnt-kafka', ...args))

describe('The chart of a cluster for Strimzi', () => {
  const refused = [
    { values: 'cluster.replicas=2', says: /replication 3 needs as many brokers, and cluster\.replicas is 2: set / },
    {
      values: 'minInsyncReplicas=4',
      says: /minInsyncReplicas 4 is more than replication, 3: nothing could be written/,
    },
    { values: 'cluster.controllers.replicas=2', says: /controllers/ },
    { values: 'authentication=oauth', says: /authentication/ },
    {
      values: 'prometheusRule.enabled=true,cluster.metrics=false',
      says: /prometheusRule.enabled needs cluster.metrics/,
    },
    {
      values: 'prometheusRule.enabled=true,cluster.create=false',
      says: /prometheusRule.enabled needs cluster.create: it is for the brokers that this chart makes/,
    },
    {
      values: 'flows.alerts.enabled=true,flows.alerts.topic=levels',
      says: /flows\.alerts reads levels, which this chart does not make: add it to topics, or name one of high-/,
    },
    {
      values: 'flows.alerts.enabled=true,flows.alerts.deadLetterTopic=stock-audit-logs',
      says: /flows\.FLOW\.deadLetterTopic and logs\.topics name one topic twice: .*stock-audit-logs/,
    },
    {
      values: 'logs.user=kbnt-operator,flows.virtualization.enabled=true,flows.virtualization.fromGateway=true',
      says: /name one KafkaUser twice: kbnt-operator, kbnt-flow-virtualization, kbnt-operator/,
    },
    { values: 'topics[0].name=Audit_Logs,topics[0].partitions=1,topics[0].retentionDays=1', says: /pattern/ },
    { values: 'logs.topics[0].name=lines', says: /missing properties 'partitions', 'retentionDays'/ },
    {
      values: 'flows.virtualization.enabled=true,flows.virtualization.eventsTopic=heard',
      says: /flows[.]virtualization[.]eventsTopic is heard, which this chart does not make: add it to topics/,
    },
    {
      values: 'flows.alerts.enabled=true,flows.history.enabled=true,flows.history.group=kbnt-alerts',
      says: /flows[.]alerts and flows[.]history are both the group kbnt-alerts/,
    },
    { values: 'cluster.name=sales.eu', says: /\/cluster\/name': .*pattern/ },
    {
      values: 'bridge.enabled=true,bridge.user=kbnt-operator',
      says: /logs\.user and bridge\.user name one KafkaUser twice: kbnt-operator, kbnt-operator/,
    },
    { values: 'bridge.port=80', says: /\/bridge\/port/ },
    { values: 'podMonitor.enabled=true,cluster.create=false', says: /podMonitor.enabled needs cluster.create/ },
  ]
  for (const { values, says } of refused)
    it(`is refused with ${values}, and why is said`, () => assert.rejects(manifestsWith('--set', values), says))

  it('links its alerts to the runbooks of any address', async () => {
    const runbookUrl = 'https://wiki.example/VOLUMES/NODES'
    const args = ['--set', `prometheusRule.enabled=true,prometheusRule.runbookUrl=${runbookUrl}`]
    const rule = (await manifestsWith(...args)).find(({ kind }) => kind === 'PrometheusRule')
    assert.ok(JSON.stringify(rule).includes(`"runbook_url":"${runbookUrl}/kafka-disk.md"`))
  })

  it('does not count the brokers of a cluster that is not its own', async () => {
    const kinds = (await manifestsWith('--set', 'cluster.create=false,cluster.replicas=1')).map(({ kind }) => kind)
    assert.deepEqual(new Set(kinds), new Set(['KafkaTopic', 'KafkaUser']))
  })

  it('lets a flow read what its settings name, as the group that they name, and makes its dead-letter topic', async () => {
    const own = ['group=levels', 'topic=virtual-stock-updates', 'deadLetterTopic=dead-levels']
    const values = ['enabled=true', ...own].map((value) => `flows.alerts.${value}`)
    const manifests = await manifestsWith('--set', values.join(','))
    const user = manifests.find(({ metadata }) => metadata.name === 'kbnt-flow-alerts')?.['spec'] as {
      readonly authorization: { readonly acls: readonly { resource: { type: string; name: string } }[] }
    }
    assert.deepEqual(
      user.authorization.acls.map(({ resource }) => `${resource.type} ${resource.name}`),
      ['group levels', 'topic virtual-stock-updates', 'topic dead-levels'],
    )
    assert.ok(manifests.some(({ kind, metadata }) => kind === 'KafkaTopic' && metadata.name === 'dead-levels'))
  })

  const [v1, v1beta2] = ['kafka.strimzi.io/v1', 'kafka.strimzi.io/v1beta2']
  const served = [
    { versions: [], want: v1 },
    { versions: [v1beta2], want: v1beta2 },
    { versions: [v1beta2, v1], want: v1 },
  ]
  for (const { versions, want } of served)
    it(`is of ${want} where ${versions.join(' and ') || 'nobody knows what'} is served`, async () => {
      const manifests = await manifestsWith(...versions.flatMap((version) => ['--api-versions', `${version}/Kafka`]))
      const found = manifests.map(({ apiVersion }) => apiVersion).filter((version) => version !== 'v1')
      assert.deepEqual(new Set(found), new Set([want]))
    })

  it('stays with all its records when the release goes, unless that is not wanted', async () => {
    const keptWith = async (...args: string[]) =>
      (await manifestsWith(...args))
        .filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep')
        .map(({ kind }) => kind)
    const kept = new Set(await keptWith())
    assert.deepEqual(kept, new Set(['ConfigMap', 'Kafka', 'KafkaNodePool', 'KafkaTopic']))
    assert.deepEqual(new Set(await keptWith('--set', 'cluster.keep=false')), new Set(['KafkaTopic']))
  })

  interface Rule {
    readonly alert: string
    readonly expr: string
    readonly labels: Readonly<Record<string, string>>
  }
  const rulesWith = async (...args: string[]) => {
    const all = await manifestsWith('--set', 'prometheusRule.enabled=true', ...args)
    const { spec } = all.find(({ kind }) => kind === 'PrometheusRule') as unknown as {
      readonly spec: { readonly groups: readonly { readonly rules: readonly Rule[] }[] }
    }
    return new Map(spec.groups.flatMap(({ rules }) => rules).map((rule) => [rule.alert, rule]))
  }

  it('has alerts that look at its own pods and volumes, by the names that Strimzi gives them', async () => {
    const exprOf = async (alert: string, ...args: string[]) => (await rulesWith(...args)).get(alert)?.expr ?? ''
    const [one, three] = [[], ['--set', 'cluster.name=sales,cluster.controllers.replicas=3']]
    assert.match(await exprOf('KbntKafkaBrokerMissing', ...one), /^3 - .*pod=~"kbnt-kbnt-dual-\[0-9]\+"/)
    const missing = await exprOf('KbntKafkaBrokerMissing', ...three)
    assert.ok(missing.includes('leadercount{namespace="kbnt-system", pod=~"sales-sales-broker-[0-9]+"}'), missing)
    assert.ok(missing.includes('pod=~"sales-sales-(broker|controller)-[0-9]+"'), missing)
    assert.match(await exprOf('KbntKafkaDiskFull', ...one), /persistentvolumeclaim=~"data-\[0-9]\+-kbnt-kbnt-dual-/)
    assert.match(await exprOf('KbntKafkaConsumerLag', ...one), /pod=~"kbnt-kafka-exporter-/)
  })

  it('has them as bad as somebody wants them, and tells of those that there are not', async () => {
    const changed = (alerts: object) => ['--set-json', `prometheusRule.alerts=${JSON.stringify(alerts)}`]
    const lag = { threshold: 500, severity: 'info', labels: { team: 'shop' } }
    const rules = await rulesWith(...changed({ KbntKafkaConsumerLag: lag, KbntKafkaDiskFull: { enabled: false } }))
    const { expr, labels } = rules.get('KbntKafkaConsumerLag') as Rule
    assert.match(expr, / > 500$/)
    assert.deepEqual(labels, { severity: 'info', team: 'shop', kafka_cluster: 'kbnt-system/kbnt' })
    assert.ok(!rules.has('KbntKafkaDiskFull'))
    const wrong = [{ KbntKafkaLag: {} }, { KbntKafkaNoController: { threshold: 2 } }]
    for (const alerts of wrong) await assert.rejects(rulesWith(...changed(alerts)), /there is no such|has none/)
    const told = (await readFile(join(projectDirectory, 'docs/alerts.md'), 'utf8')).split('## Of Kafka')[1] ?? ''
    const numbered = [...(await rulesWith()).values()].filter((rule) => / > (?!0$)[\d.]+$/.test(rule.expr))
    assert.equal(numbered.length, 2)
    for (const { alert } of numbered) assert.ok(told.includes(`\`${alert}\` (`), alert)
  })

  it('lets a consumer read what it is for, and never write events', async () => {
    const users = [{ name: 'warehouse' }, { name: 'shop', group: 'shop-1', topics: ['stock-audit-logs'] }]
    const manifests = await manifestsWith('--set-json', `consumers.users=${JSON.stringify(users)}`)
    const rightsOf = (user: string) => {
      const { spec } = manifests.find(({ kind, metadata }) => kind === 'KafkaUser' && metadata.name === user) as {
        spec?: { authorization: { acls: { resource: { type: string; name: string }; operations: string[] }[] } }
      }
      return spec?.authorization.acls.map(
        ({ resource, operations }) => `${resource.type} ${resource.name} ${operations}`,
      )
    }
    assert.deepEqual(rightsOf('shop'), ['group shop-1 Describe,Read', 'topic stock-audit-logs Describe,Read'])
    assert.equal(rightsOf('warehouse')?.length, 11)
    assert.ok(rightsOf('warehouse')?.every((right) => right.endsWith(' Describe,Read')))
  })

  it('says how to join the operator to it, by password or by certificate', async () => {
    const notesWith = async (authentication: string) => {
      const values = ['--set', `authentication=${authentication}`, '--namespace', 'kbnt-system']
      const { stdout } = await helm('install', 'kbnt-kafka', 'charts/kbnt-kafka', '--dry-run=client', ...values)
      return stdout.split('NOTES:')[1] ?? ''
    }
    const ca = 'kafka.caSecret=kbnt-cluster-ca-cert'
    const password = `${ca},kafka.userSecret=kbnt-operator,kafka.username=kbnt-operator`
    assert.ok((await notesWith('scram-sha-512')).includes(password))
    assert.ok((await notesWith('tls')).includes(`${ca},kafka.certificateSecret=kbnt-operator`))
  })
})
