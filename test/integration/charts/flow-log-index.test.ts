import assert from 'node:assert/strict'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

const flow = 'kbnt-operator-flow-log-index'
const withValues = async (values: object): Promise<Manifest[]> => {
  const all = { kafka: { brokers: ['a:9092', 'b:9092'] }, ...values }
  const args = Object.entries(all).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}
const named = (manifests: readonly Manifest[], kind: string, name: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === name)
const settingsOf = (manifests: readonly Manifest[]) => {
  const text = (named(manifests, 'ConfigMap', flow)?.['data'] as Record<string, string> | undefined)?.['settings.yaml']
  return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text ?? '' })
}
const logIndex = { enabled: true, url: 'https://search:9200', user: 'kbnt', passwordSecret: 'search', caSecret: 'ca' }

describe('The flow of the chart that puts lines of logs into an index', () => {
  it('logs in by what its Secrets have, reaches the index, and nothing of the API server', async () => {
    const manifests = await withValues({ 'flows.logIndex': logIndex })
    const { worker } = settingsOf(manifests)
    assert.deepEqual(worker.flows, ['log-index'])
    assert.partialDeepStrictEqual(worker.logIndex, {
      ...{ url: 'https://search:9200', user: 'kbnt', passwordFile: '/etc/kbnt/index-password/password' },
      tls: { caFile: '/etc/kbnt/index-ca/ca.crt' },
    })
    const pods = JSON.stringify(named(manifests, 'Deployment', flow))
    assert.match(pods, /"mountPath":"\/etc\/kbnt\/index-password"/)
    assert.match(pods, /"replicas":2/)
    assert.doesNotMatch(pods, /serviceAccountToken/)
    const egress = JSON.stringify(named(manifests, 'NetworkPolicy', flow)?.['spec'])
    assert.match(egress, /"port":9200/)
    assert.doesNotMatch(egress, /6443/)
  })

  it('is taken by an API server, and so is what scales it by CPU', async () => {
    const autoscaling = { by: 'cpu', maxReplicas: 4 }
    const items = (await withValues({ 'flows.logIndex': { ...logIndex, autoscaling } }))
      .filter(({ metadata }) => metadata.name === flow)
      .map((item) => ({ ...item, metadata: { ...item.metadata, namespace: 'default' } }))
    assert.ok(named(items, 'HorizontalPodAutoscaler', flow))
    assert.doesNotMatch(JSON.stringify(named(items, 'Deployment', flow)?.['spec']), /"replicas"/)
    const { code, stderr } = await dryRun(items)
    assert.equal(code, 0, stderr)
  })
})

describe('What scales flows of the chart by how far they are behind', () => {
  const url = 'https://x'
  const flows = {
    alerts: { alertmanagers: ['http://a:9093'] },
    history: { database: { secret: 'past', tls: true } },
    integration: { url, database: { secret: 'rows', tls: true } },
    logAlerts: { alertmanagers: ['http://a:9093'] },
    logIndex: { url },
    virtualization: {
      sources: [
        { topic: 'asks', namespaces: ['desk'] },
        { topic: 'ends', namespaces: ['desk'] },
      ],
    },
  }
  const defaults = readSettings({ argv: [], env: {}, readFile: () => '' }).worker

  for (const [name, values] of Object.entries(flows))
    it(`looks at the group and the topics that ${name} has by default`, async () => {
      const autoscaling = { by: 'lag', lag: 500, authentication: 'kafka-login' }
      const manifests = await withValues({ [`flows.${name}`]: { enabled: true, ...values, autoscaling } })
      const [scaled] = manifests.filter(({ kind }) => kind === 'ScaledObject')
      assert.ok(scaled)
      const { triggers, minReplicaCount } = scaled['spec'] as {
        minReplicaCount: number
        triggers: { metadata: Record<string, string>; authenticationRef: unknown }[]
      }
      const own = defaults[name as keyof typeof flows]
      const topics = 'indices' in own ? own.indices.flatMap((index) => index.topics) : own.topics
      assert.deepEqual(
        triggers.map(({ metadata }) => metadata['topic']).sort(),
        (name === 'virtualization' ? ['asks', 'ends'] : [...topics]).sort(),
      )
      assert.equal(minReplicaCount, 2)
      for (const { metadata, authenticationRef } of triggers) {
        assert.equal(metadata['consumerGroup'], own.group)
        assert.equal(metadata['bootstrapServers'], 'a:9092,b:9092')
        assert.equal(metadata['lagThreshold'], '500')
        assert.deepEqual(authenticationRef, { name: 'kafka-login' })
      }
    })

  it('looks at those that settings name instead', async () => {
    const manifests = await withValues({
      'flows.history': { enabled: true, ...flows.history, autoscaling: { by: 'lag' } },
      'settings.worker.history': { group: 'past', topics: ['all'] },
    })
    const scaled = JSON.stringify(manifests.find(({ kind }) => kind === 'ScaledObject'))
    assert.match(scaled, /"consumerGroup":"past".*"topic":"all"/)
  })
})
