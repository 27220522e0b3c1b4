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
  const own = (manifests: readonly Manifest[], wanted: string) =>
    manifests.find(({ kind, metadata }) => kind === wanted && metadata.name === flow)
  const settingsIn = (manifests: readonly Manifest[]) => {
    const text = (own(manifests, 'ConfigMap')?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
    return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
  }
  const portsOf = (manifests: readonly Manifest[]) => {
    const policy = own(manifests, 'NetworkPolicy')?.['spec'] as { egress: { ports: { port: number }[] }[] }
    return policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port))
  }
  const grants = (manifests: readonly Manifest[], of: string) =>
    manifests.filter(({ kind, metadata }) => /Role$/.test(kind) && metadata.name.endsWith(of))

  it('reads the topics of its sources, and may make requests in their namespaces, and nothing else', async () => {
    const manifests = await withRequests([source, { topic: 'ends', namespaces: ['desk'] }])
    const { worker, watchNamespaces } = settingsIn(manifests)
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

  describe('with a database', () => {
    const database = { secret: 'rows', caSecret: 'rows-ca', workerSecret: 'rows-reader', workerRole: 'reader' }
    const remembering = (more: object = {}) =>
      withRequests([source], { 'flows.virtualization.database': database, ...more })
    const textOf = (manifests: readonly Manifest[], name: string) => {
      const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
      return (map?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
    }
    const settingsOf = (manifests: readonly Manifest[], name: string) =>
      readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => textOf(manifests, name) })

    it('has the operator remember there, and looks there itself as a user that only reads', async () => {
      const manifests = await remembering({ 'gateway.enabled': true })
      const { requests, databases } = settingsOf(manifests, 'kbnt-operator')
      assert.equal(requests.rememberIn, 'flow-virtualization')
      const { serves, folder, gatewayRole, tls } = databases['flow-virtualization'] ?? {}
      assert.deepEqual(
        [serves, folder, gatewayRole, tls?.caFile],
        [
          ...['flows', '/etc/kbnt/postgres-flow-virtualization', 'reader'],
          '/etc/kbnt/postgresca-flow-virtualization/ca.crt',
        ],
      )
      const own = settingsIn(manifests)
      assert.equal(own.requests.rememberIn, 'virtualization')
      const { folder: ownFolder, gatewayRole: none } = own.databases['virtualization'] ?? {}
      assert.deepEqual([ownFolder, none], ['/etc/kbnt/postgres-virtualization', undefined])
      const mounting = (secret: string) =>
        manifests
          .filter((item) => JSON.stringify(item).includes(`"secretName":"${secret}"`))
          .map(({ metadata }) => metadata.name)
      assert.deepEqual([mounting('rows'), mounting('rows-reader')], [['kbnt-operator'], [flow]])
      assert.ok(portsOf(manifests).includes(5432))
      const policy = manifests.find(
        ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'kbnt-operator',
      )
      assert.match(JSON.stringify(policy), /"port":5432/)
      assert.doesNotMatch(textOf(manifests, 'kbnt-operator-gateway'), /flow-virtualization/)
    })

    it('logs in as the operator does where it has no user of its own', async () => {
      const manifests = await remembering({ 'flows.virtualization.database': { secret: 'rows', tls: true } })
      const mounts = manifests.filter((item) => JSON.stringify(item).includes('"secretName":"rows"'))
      assert.deepEqual(mounts.map(({ metadata }) => metadata.name).toSorted(), ['kbnt-operator', flow])
    })

    it('has neither where none is given, or the flow is off', async () => {
      const off = { 'flows.virtualization': { enabled: false, database } }
      for (const manifests of [await withRequests([source]), await withRequests([source], off)]) {
        const { requests, databases } = settingsOf(manifests, 'kbnt-operator')
        assert.deepEqual([requests.rememberIn, databases], [undefined, {}])
        assert.doesNotMatch(JSON.stringify(manifests), /postgres-/)
      }
    })

    for (const [what, more, says] of [
      [
        'a login without encryption',
        { 'flows.virtualization.database': { secret: 'rows' } },
        /set flows.virtualization.database.caSecret/,
      ],
      [
        'a user that only reads alone',
        { 'flows.virtualization.database': { workerSecret: 'reader' } },
        /give the operator's as flows.virtualization.database.secret/,
      ],
      [
        'two users by one address',
        { 'flows.virtualization.database': { ...database, url: 'postgres://kbnt@rows.example/kbnt' } },
        /workerSecret needs a user of its own/,
      ],
      [
        'another database of that name',
        { 'databases.flow-virtualization': { url: 'postgres://kbnt@rows.example/kbnt' } },
        /has the name that flows.virtualization.database has at the operator/,
      ],
      ['a setting that it decides', { 'settings.requests.rememberIn': 'flows' }, /flows.virtualization.database/],
    ] as const)
      it(`refuses ${what}`, () => assert.rejects(remembering(more), says))
  })

  it('reaches the API server with a token of its own account, and never with that of others', async () => {
    const manifests = await withRequests([source])
    const pods = JSON.stringify(own(manifests, 'Deployment'))
    assert.match(pods, new RegExp(`"serviceAccountName":"${flow}".*"serviceAccountToken"`))
    assert.ok(portsOf(manifests).includes(6443))
    const given = { 'serviceAccount.create': false, 'serviceAccount.name': 'stock' }
    await assert.rejects(withRequests([source], given), /flows.virtualization.serviceAccountName is needed/)
  })

  it('believes what gateways sign, with the secret of now and with that of before, on the topic that they write to', async () => {
    const asked = { ...source, topic: 'virtualization-requests' }
    const manifests = await withRequests([asked, source], { 'flows.virtualization.signingSecrets': ['new', 'old'] })
    const files = [0, 1].map((index) => `/etc/kbnt/request-signing-${index}/key`)
    const { sources } = settingsIn(manifests).worker.virtualization
    assert.deepEqual(
      sources.map(({ topic, signingKeyFiles }) => [topic, signingKeyFiles]),
      [
        ['virtualization-requests', files],
        ['asks', []],
      ],
    )
    const pods = JSON.stringify(own(manifests, 'Deployment'))
    for (const [index, name] of ['new', 'old'].entries()) {
      assert.match(pods, new RegExp(`"mountPath":"/etc/kbnt/request-signing-${index}"`))
      assert.match(pods, new RegExp(`"secretName":"${name}","items":\\[{"key":"key","path":"key"}\\]`))
    }
    const others = { 'flows.virtualization.signingSecrets': ['new'], 'flows.virtualization.signedTopics': ['others'] }
    await assert.rejects(withRequests([asked], others), /signedTopics names others, and no source does/)
  })

  const avro = { ...source, encoding: 'avro' }
  const registry = {
    ...{ url: 'https://registry.example:8443/apis/ccompat/v7', caSecret: 'registry-ca' },
    ...{ username: 'reader', passwordSecret: 'registry-reader' },
  }

  it('asks the registry for schemas as somebody who is in a Secret, and reaches it', async () => {
    const manifests = await withRequests([avro], { 'flows.virtualization.registry': registry })
    assert.deepEqual(settingsIn(manifests).worker.virtualization.registry, {
      ...{ url: registry.url, caFile: '/etc/kbnt/registry-ca/ca.crt' },
      ...{ username: 'reader', passwordFile: '/etc/kbnt/registry-password/password', allowUnencrypted: false },
    })
    const pods = JSON.stringify(own(manifests, 'Deployment'))
    for (const folder of ['registry-ca', 'registry-password'])
      assert.match(pods, new RegExp(`"mountPath":"/etc/kbnt/${folder}"`))
    assert.ok(portsOf(manifests).includes(8443))
    assert.ok(!portsOf(await withRequests([source])).includes(8443))
  })

  for (const [what, given, says] of [
    ['a registry that has no address', { caSecret: 'ca' }, /registry.url is missing: where are the schemas/],
    ['a topic in Avro without a registry', {}, /the source asks is avro: where are its schemas/],
    ['half of a login', { url: registry.url, username: 'a' }, /registry.username and passwordSecret belong together/],
  ] as const)
    it(`refuses ${what}`, () => assert.rejects(withRequests([avro], { 'flows.virtualization.registry': given }), says))

  it('is taken by an API server', async () => {
    const more = {
      ...{ watchNamespaces: ['desk', 'shop'], 'flows.virtualization.signingSecrets': ['new'] },
      ...{ 'flows.virtualization.signedTopics': ['asks'], 'flows.virtualization.registry': registry },
    }
    const items = (await withRequests([avro], more))
      .filter(({ metadata }) => metadata.name.startsWith(flow))
      .map((item) => ({
        ...item,
        metadata: { ...item.metadata, namespace: 'default' },
      }))
    const { code, stderr } = await dryRun(items)
    assert.equal(code, 0, stderr)
  })
})

describe('The topics that kbnt-kafka makes for requests', () => {
  it('are as many as it is told, and its user may read each', async () => {
    const given = { enabled: true, moreTopics: ['asked-in-avro'] }
    const manifests = manifestsIn(
      await rendered('kbnt-kafka', '--set-json', `flows.virtualization=${JSON.stringify(given)}`),
    )
    const of = (kind: string, name: string) =>
      JSON.stringify(manifests.find((one) => one.kind === kind && one.metadata.name === name))
    for (const topic of ['virtualization-requests', 'asked-in-avro']) {
      assert.match(of('KafkaTopic', topic), /"message.timestamp.type":"LogAppendTime"/)
      const may = `{"resource":{"type":"topic","name":"${topic}","patternType":"literal"},"operations":["Describe","Read","DescribeConfigs"]}`
      assert.ok(of('KafkaUser', 'kbnt-flow-virtualization').includes(may), topic)
    }
  })
})
