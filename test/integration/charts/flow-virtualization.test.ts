import assert from 'node:assert/strict'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

describe('The flow of the chart that makes requests of messages', () => {
  const flow = 'kbnt-operator-flow-virtualization'
  const source = { topic: 'asks', namespaces: ['desk', 'shop'], types: ['CREATE_VIRTUAL_MACHINE'], pools: '*' }
  const withRequests = async (sources: readonly object[], more: object = {}): Promise<Manifest[]> => {
    const all = { kafka: { brokers: ['a:9092'] }, 'flows.virtualization': { enabled: true, sources }, ...more }
    const args = Object.entries(all).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
    return manifestsIn(await rendered('kbnt-operator', ...args))
  }
  const grants = (manifests: readonly Manifest[], of: string) =>
    manifests.filter(({ kind, metadata }) => /Role$/.test(kind) && metadata.name.endsWith(of))

  it('reads the topics of its sources, and may make requests in their namespaces, and nothing else', async () => {
    const manifests = await withRequests([source, { topic: 'ends', namespaces: ['desk'] }])
    const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === flow)
    const text = (map?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
    const { worker, watchNamespaces } = readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
    assert.deepEqual([worker.flows, worker.virtualization.topics], [['virtualization'], ['asks', 'ends']])
    assert.deepEqual(worker.virtualization.sources[0]?.namespaces, ['desk', 'shop'])
    assert.deepEqual(watchNamespaces, { kind: 'list', namespaces: ['desk', 'shop'] })
    const rules = [{ apiGroups: ['kbnt.io'], resources: ['vrequests'], verbs: ['get', 'list', 'create'] }]
    assert.deepEqual(
      grants(manifests, flow).map(({ kind, metadata, ...role }) => [kind, metadata.namespace, role['rules']]),
      ['desk', 'shop'].map((namespace) => ['Role', namespace, rules]),
    )
    const bound = manifests.filter(({ subjects }) => JSON.stringify(subjects ?? []).includes(`"${flow}"`))
    assert.deepEqual(
      bound.map(({ kind, roleRef }) => `${kind} ${(roleRef as { name: string }).name}`),
      [`RoleBinding ${flow}`, `RoleBinding ${flow}`],
    )
  })

  it('may make them wherever the operator serves, where a source may ask for any namespace', async () => {
    const any = [{ ...source, namespaces: '*' }]
    assert.deepEqual(
      grants(await withRequests(any), flow).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [`ClusterRole kbnt-system.${flow}`],
    )
    const few = await withRequests(any, { watchNamespaces: ['depot'] })
    assert.deepEqual(
      grants(few, flow).map(({ metadata }) => metadata.namespace),
      ['depot'],
    )
  })

  it('reaches the API server with a token of its own account, and never with that of others', async () => {
    const manifests = await withRequests([source])
    const pods = JSON.stringify(manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === flow))
    assert.match(pods, new RegExp(`"serviceAccountName":"${flow}".*"serviceAccountToken"`))
    const policy = manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === flow)
    const { egress = [] } = (policy?.['spec'] ?? {}) as { egress?: { ports: { port: number }[] }[] }
    assert.ok(egress.some(({ ports }) => ports.some(({ port }) => port === 6443)))
    const given = { 'serviceAccount.create': false, 'serviceAccount.name': 'stock' }
    await assert.rejects(withRequests([source], given), /flows.virtualization.serviceAccountName is needed/)
  })

  it('is taken by an API server', async () => {
    const items = (await withRequests([source], { watchNamespaces: ['desk', 'shop'] }))
      .filter(({ metadata }) => metadata.name.startsWith(flow))
      .map((item) => ({
        ...item,
        metadata: { ...item.metadata, namespace: 'default' },
      }))
    const { code, stderr } = await dryRun(items)
    assert.equal(code, 0, stderr)
  })
})
