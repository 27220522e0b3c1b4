import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dryRun, helm, type Manifest, manifestsIn, rendered, setJson } from './helm.ts'

const made = async (values: object, ...args: string[]) =>
  manifestsIn(await rendered('kbnt-operator', ...setJson(values), ...args))
const refused = (chart: string, values: object, why: RegExp) => assert.rejects(rendered(chart, ...setJson(values)), why)

interface Pods {
  readonly template: {
    readonly spec: {
      readonly terminationGracePeriodSeconds: number
      readonly containers: unknown
      readonly volumes: readonly unknown[]
    }
  }
}
const podsOf = (manifests: readonly Manifest[], of: string) =>
  (manifests.find(({ kind }) => kind === of) as unknown as { readonly spec: Pods }).spec.template.spec

const withDatabase = { 'databases.default': { secret: 'sales-app', tls: true } }
const flow = {
  kafka: { brokers: ['kafka:9093'], tls: true, userSecret: 'operator', username: 'operator' },
  'flows.alerts': { enabled: true, alertmanagers: ['http://alertmanager:9093'], kafka: { userSecret: 'alerts' } },
}

describe('Unusual values of the charts', () => {
  it('open no way out: a rule without ports would open all', async () => {
    const values = { ...withDatabase, 'networkPolicy.databasePorts': [], 'gateway.enabled': true }
    const policies = (await made(values)).filter(({ kind }) => kind === 'NetworkPolicy')
    assert.equal(policies.length, 3)
    for (const { spec } of policies as unknown as { spec: { egress: { ports: unknown[] | null }[] } }[])
      for (const { ports } of spec.egress) assert.ok(ports?.length)
    await refused('kbnt-operator', { 'networkPolicy.apiServerPorts': [] }, /minItems/)
  })

  it('leave the operator the time that it takes, fractions too', async () => {
    const grace = { '20s': 30, '20.5s': 31, '1m30s': 100, '0.5m': 40, '500ms': 11 }
    for (const [given, want] of Object.entries(grace)) {
      const { terminationGracePeriodSeconds } = podsOf(await made({ 'settings.shutdownGrace': given }), 'Deployment')
      assert.equal(terminationGracePeriodSeconds, want, given)
    }
  })

  it('are refused where they would do something else than they say', async () => {
    const heedless = { 'gateway.enabled': true, 'gateway.autoscaling': { cpu: 0, memory: 0 } }
    await refused('kbnt-operator', heedless, /needs something to heed/)
    const route = { as: 'Route', termination: 'passthrough' }
    await refused('kbnt-operator', { 'gateway.enabled': true, 'gateway.expose': route }, /are for one with it/)
    const edge = { enabled: true, tls: { secret: 'door' }, expose: { as: 'Route', termination: 'edge' } }
    await refused('kbnt-operator', { gateway: edge }, /is for a gateway without/)
    await refused('kbnt-operator', flow, /flows[.]alerts[.]kafka[.]username is needed/)
    await refused('kbnt-operator', { fullnameOverride: 'Not_a-name' }, /pattern/)
    await refused('kbnt-kafka', { topics: [{ name: 'audit', partitions: 1 }] }, /missing property 'retentionDays'/)
    const twice = { 'flows.alerts': { enabled: true, user: 'kbnt-operator' } }
    await refused('kbnt-kafka', twice, /name one KafkaUser twice/)
  })

  it('give every release objects of its own among those of the cluster and of a namespace that they share', async () => {
    const sharedBy = (...what: readonly string[]) =>
      setJson(Object.fromEntries(what.map((one) => [one, { enabled: true, namespace: 'shared' }])))
    const guests = setJson({ 'gateway.enabled': true, 'settings.gateway.tokens.audience': 'kbnt' })
    const ofOthers = async (namespace: string, name: string) => {
      const own = ['--namespace', namespace, '--set']
      const parts = sharedBy('serviceMonitor', 'prometheusRule', 'dashboards')
      const cluster = sharedBy('podMonitor', 'prometheusRule')
      const texts = [
        await rendered('kbnt-operator', ...own, `fullnameOverride=${name}`, ...guests, ...parts),
        await rendered('kbnt-kafka', ...own, `cluster.name=${name}`, ...cluster),
      ]
      const beside = texts.flatMap(manifestsIn).filter(({ metadata }) => (metadata.namespace ?? 'shared') === 'shared')
      // Grafana has the files of all dashboards in one folder
      const files = beside.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? Object.keys(data as object) : []))
      return [...files, ...beside.map(({ kind, metadata }) => `${kind} ${metadata.name}`)]
    }
    const releases = {
      first: ['kbnt'],
      second: ['kbnt', 'kbnt-view', 'kbnt-gateway-reviews'],
      a: ['b-kbnt'],
      'a-b': ['kbnt'],
    }
    const pairs = Object.entries(releases).flatMap(([namespace, names]) =>
      names.map((name) => [namespace, name] as const),
    )
    const made = (await Promise.all(pairs.map((pair) => ofOthers(...pair)))).flat()
    assert.ok(made.includes('ClusterRole a-b.kbnt-gateway.reviews'))
    assert.deepEqual(
      made.filter((name, index) => made.indexOf(name) !== index),
      [],
    )
  })

  it('join roles of people to those of the cluster once, whatever labels everything has', async () => {
    const commonLabels = { 'rbac.authorization.k8s.io/aggregate-to-view': 'no', team: 'shop' }
    const roles = (await made({ commonLabels })).filter(({ kind }) => kind === 'ClusterRole') // throws for a label that is there twice
    const view = roles.find(({ metadata }) => metadata.name.endsWith('.view'))?.metadata as { labels?: object }
    assert.deepEqual({ ...view.labels, ...{ team: 'shop' } }, view.labels)
    assert.match(JSON.stringify(view.labels), /aggregate-to-view":"true"/)
  })

  it('are a registry with a slash at its end', async () => {
    const [{ image }] = podsOf(await made({ 'image.registry': 'mirror.example/' }), 'Deployment').containers as [
      { readonly image: string },
    ]
    assert.match(image, /^mirror[.]example\/kbnt-operator:/)
  })

  it('are a name with a dot, which a Service may not have', async () => {
    const { stdout } = await helm('template', 'kbnt.v2', 'charts/kbnt-operator', '--set', 'gateway.enabled=true')
    const services = manifestsIn(stdout).filter(({ kind }) => kind === 'Service')
    assert.equal(services.length, 3)
    const { code, stderr } = await dryRun(
      services.map((one) => ({ ...one, metadata: { ...one.metadata, namespace: 'default' } })),
    )
    assert.equal(code, 0, stderr)
  })

  it('are an address of runbooks that has words in it which stand for others in the rules', async () => {
    const runbookUrl = 'https://wiki.example/HOURS/GONE_FLOWS'
    const values = { prometheusRule: { enabled: true, runbookUrl }, 'serviceMonitor.enabled': true }
    const rules = JSON.stringify((await made(values)).find(({ kind }) => kind === 'PrometheusRule'))
    assert.ok(rules.includes(`"runbook_url":"${runbookUrl}/no-leader.md"`))
    assert.doesNotMatch(rules, /RUNBOOKS/)
  })

  it('are a lag that helm reads as a broken number, and KEDA does not', async () => {
    const autoscaling = { by: 'lag', lag: 2_000_000 }
    const given = { kafka: { brokers: ['kafka:9093'], tls: true } }
    const alerts = { enabled: true, alertmanagers: ['http://alertmanager:9093'], autoscaling }
    const directory = await mkdtemp(join(tmpdir(), 'kbnt-values-'))
    try {
      const path = join(directory, 'values.json')
      await writeFile(path, JSON.stringify({ ...given, flows: { alerts } }))
      const scaled = manifestsIn(await rendered('kbnt-operator', '--values', path))
      const { spec } = scaled.find(({ kind }) => kind === 'ScaledObject') as unknown as {
        readonly spec: { readonly triggers: readonly [{ readonly metadata: { readonly lagThreshold: string } }] }
      }
      assert.equal(spec.triggers[0].metadata.lagThreshold, '2000000')
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })

  it('are volumes, of which the Job before an uninstall may need one to reach the API server', async () => {
    const values = {
      extraVolumes: [{ name: 'authority', configMap: { name: 'proxy-ca' } }],
      extraVolumeMounts: [{ name: 'authority', mountPath: '/etc/authority' }],
    }
    const { containers, volumes } = podsOf(await made(values), 'Job')
    const [{ volumeMounts }] = containers as [{ readonly volumeMounts: readonly unknown[] }]
    assert.deepEqual([volumes.at(-1), volumeMounts.at(-1)], [values.extraVolumes[0], values.extraVolumeMounts[0]])
  })

  it('are a proxy, which the Job before an uninstall finds, too', async () => {
    const proxy = { name: 'HTTPS_PROXY', value: 'http://proxy:3128' }
    const way = { ports: [{ port: 3128, protocol: 'TCP' }] }
    const manifests = await made({ extraEnv: [proxy], 'networkPolicy.extraEgress': [way] })
    const [container] = podsOf(manifests, 'Job').containers as [{ readonly env: readonly unknown[] }]
    assert.deepEqual(container.env.at(-1), proxy)
    const hooks = manifests.find(({ metadata }) => metadata.name === 'kbnt-operator-hooks')?.['spec']
    assert.deepEqual((hooks as { readonly egress: readonly unknown[] }).egress.at(-1), way)
  })
})
