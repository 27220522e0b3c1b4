import assert from 'node:assert/strict'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { dryRun, type Manifest, manifestsIn, rendered } from './helm.ts'

const name = 'kbnt-operator-flow-alerts'
const alerts = { enabled: true, alertmanagers: ['http://am-0.am:9093', 'https://am.example.com'] }
const kafka = { brokers: ['a:9092', 'b:9999'], tls: true, userSecret: 'operator', username: 'kbnt-operator' }

async function manifestsWith(flow: object = {}, more: object = {}): Promise<Manifest[]> {
  const all = { kafka, 'flows.alerts': { ...alerts, ...flow }, ...more }
  const args = Object.entries(all).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

const ofTheFlow = (manifests: readonly Manifest[]) =>
  manifests.filter(({ metadata }) => metadata.name.startsWith('kbnt-operator-flow-'))

const deploymentIn = (manifests: readonly Manifest[], of: string) =>
  manifests.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === of)

function settingsIn(manifests: readonly Manifest[]) {
  const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)
  const data = map?.['data'] as { readonly 'settings.yaml': string }
  return readSettings({ argv: ['--config', 'settings.yaml'], env: {}, readFile: () => data['settings.yaml'] })
}

describe('A flow of the chart', () => {
  it('is not there unless it is asked for', async () => {
    assert.doesNotMatch(await rendered('kbnt-operator', '--set', 'kafka.brokers={a:9092}'), /flow-|worker/)
  })

  it('is taken by an API server', async () => {
    const { code, stderr } = await dryRun(
      ofTheFlow(await manifestsWith()).map((item) => ({
        ...item,
        metadata: { ...item.metadata, namespace: 'default' },
      })),
    )
    assert.equal(code, 0, stderr)
  })

  it('reads settings that the worker takes, and logs in to Kafka as a user of its own', async () => {
    const own = { userSecret: 'alerts', username: 'kbnt-flow-alerts' }
    const { worker, kafka: given } = settingsIn(
      await manifestsWith({ kafka: own, tokenSecret: 'prober', allowUnencryptedLogin: true }),
    )
    assert.deepEqual(worker.flows, ['alerts'])
    assert.deepEqual(
      worker.alerts.alertmanagers.map(({ url, tokenFile }) => [url, tokenFile]),
      alerts.alertmanagers.map((url) => [url, '/etc/kbnt/alertmanager-token/token']),
    )
    assert.equal(given?.sasl && 'username' in given.sasl && given.sasl.username, 'kbnt-flow-alerts')
  })

  it('logs in with a client of its own, which the operator does not know', async () => {
    const oauth = { tokenEndpointUri: 'https://login.example.com/token', clientId: 'kbnt', secret: 'operator-client' }
    const byToken = { kafka: { ...{ brokers: ['a:9092'], tls: true, mechanism: 'oauthbearer' }, oauth } }
    const clientsWith = async (flow: object) => {
      const manifests = await manifestsWith(flow, byToken)
      const secrets = ['kbnt-operator', name].map(
        (of) => /"secretName":"([a-z-]*client)"/.exec(JSON.stringify(deploymentIn(manifests, of)))?.[1],
      )
      const { sasl } = settingsIn(manifests).kafka ?? {}
      return [...secrets, sasl && 'oauth' in sasl && sasl.oauth.clientId]
    }
    assert.deepEqual(await clientsWith({}), ['operator-client', 'operator-client', 'kbnt'])
    const own = { oauth: { clientId: 'kbnt-alerts', secret: 'alerts-client' } }
    assert.deepEqual(await clientsWith({ kafka: own }), ['operator-client', 'alerts-client', 'kbnt-alerts'])
    for (const [given, says] of [
      [{ userSecret: 'alerts', username: 'alerts' }, /flows.alerts.kafka.userSecret .* give flows.alerts.kafka.oauth/],
      [{ oauth: { clientId: 'kbnt-alerts' } }, /flows.alerts.kafka.oauth.secret is needed/],
      [{ oauth: { secret: 'alerts-client' } }, /flows.alerts.kafka.oauth.clientId is needed/],
    ] as const)
      await assert.rejects(manifestsWith({ kafka: given }, byToken), says)
    await assert.rejects(manifestsWith({ kafka: own }), /flows.alerts.kafka.oauth needs .* it is scram-sha-512/)
    await assert.rejects(manifestsWith({ kafka: { username: 'alerts' } }), /flows.alerts.kafka.userSecret is needed/)
  })

  it("logs in as the operator does where it has no user of its own, and leaves the operator's pods as they are", async () => {
    const { kafka: given } = settingsIn(await manifestsWith())
    assert.equal(given?.sasl && 'username' in given.sasl && given.sasl.username, 'kbnt-operator')
    const pods = (manifests: readonly Manifest[]) => deploymentIn(manifests, 'kbnt-operator')?.['spec']
    const with30s = { 'settings.worker': { alerts: { repeatEvery: '30s' } } }
    assert.deepEqual(pods(await manifestsWith({}, with30s)), pods(await manifestsWith({ enabled: false })))
    assert.equal(settingsIn(await manifestsWith({}, with30s)).worker.alerts.repeatEveryMs, 30_000)
  })

  it('has no token of the API server, and reaches names, Kafka and Alertmanager alone', async () => {
    const manifests = ofTheFlow(await manifestsWith())
    assert.doesNotMatch(JSON.stringify(manifests), /serviceAccountToken"|kube-root-ca/)
    const policy = manifests.find(({ kind }) => kind === 'NetworkPolicy')?.['spec'] as {
      readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[]
    }
    const reached = policy.egress.map(({ ports }) => ports.map(({ port }) => port))
    assert.deepEqual(reached, [
      [53, 53, 5353, 5353],
      [9092, 9093, 9094, 9999],
      [9093, 443],
    ])
  })

  it('runs as the account that is given, or as nobody in particular where none may be made', async () => {
    const accountWith = async (flow: object, more: object) => {
      const manifests = await manifestsWith(flow, more)
      const made = ofTheFlow(manifests).some(({ kind }) => kind === 'ServiceAccount')
      const { spec } = deploymentIn(manifests, name) as unknown as {
        readonly spec: { readonly template: { readonly spec: { readonly serviceAccountName: string } } }
      }
      return [made, spec.template.spec.serviceAccountName]
    }
    const given = { serviceAccount: { create: false, name: 'stock' } }
    assert.deepEqual(await accountWith({}, {}), [true, name])
    assert.deepEqual(await accountWith({ serviceAccountName: 'reader' }, {}), [false, 'reader'])
    assert.deepEqual(await accountWith({}, given), [false, 'default'])
    assert.deepEqual(await accountWith({ serviceAccountName: name }, given), [false, name])
  })

  const history = {
    enabled: true,
    database: { secret: 'past', caSecret: 'past-ca' },
    kafka: { userSecret: 'history', username: 'kbnt-flow-history' },
  }
  const withHistory = (more: object = {}) => manifestsWith({ enabled: false }, { 'flows.history': history, ...more })

  it('has a database of its own where it keeps something, mounted in its pods alone', async () => {
    const books = { databases: { default: { url: 'postgres://kbnt@books.example/kbnt' } } }
    const manifests = await withHistory(books)
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'kbnt-operator-flow-history',
    )
    const text = (map?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
    const { worker, databases } = readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
    assert.deepEqual([worker.flows, worker.database, Object.keys(databases)], [['history'], 'history', ['history']])
    const { serves, folder, tls } = databases['history'] ?? {}
    assert.deepEqual(
      [serves, folder, tls?.caFile],
      [...['flows', '/etc/kbnt/postgres-history', '/etc/kbnt/postgresca-history/ca.crt']],
    )
    const mounts = manifests.filter((item) => JSON.stringify(item).includes('"past-ca"'))
    assert.deepEqual(
      mounts.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      ['Deployment kbnt-operator-flow-history'],
    )
  })

  it('reaches its database, and calls nobody else', async () => {
    const policy = ofTheFlow(await withHistory()).find(({ kind }) => kind === 'NetworkPolicy')?.['spec'] as {
      readonly egress: readonly { readonly ports: readonly { readonly port: number }[] }[]
    }
    assert.deepEqual(policy.egress.map(({ ports }) => ports.map(({ port }) => port)).slice(1), [
      [9092, 9093, 9094, 9999],
      [5432],
    ])
  })

  it('has the gateway read what it keeps where that has a login of its own, and no other program', async () => {
    const own = { gatewaySecret: 'past-reader', gatewayRole: 'reader' }
    const read = { ...history, database: { ...history.database, ...own } }
    const rows = { secret: 'rows', caSecret: 'rows-ca', gatewaySecret: 'rows-reader' }
    const manifests = await withHistory({
      ...{ 'flows.history': read, 'gateway.enabled': true },
      'flows.integration': { enabled: true, url: 'https://partner.example', database: rows },
    })
    const settingsOf = (wanted: string) => {
      const map = manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === wanted)
      const text = (map?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
      return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
    }
    const { gateway, databases } = settingsOf('kbnt-operator-gateway')
    assert.deepEqual([gateway.historyDatabase, gateway.consumptionDatabase], ['flow-history', 'flow-integration'])
    assert.deepEqual(Object.keys(databases).toSorted(), ['flow-history', 'flow-integration'])
    assert.equal(databases['flow-history']?.folder, '/etc/kbnt/postgres-flow-history')
    assert.equal(databases['flow-integration']?.folder, '/etc/kbnt/postgres-flow-integration')
    assert.equal(settingsOf('kbnt-operator-flow-history').databases['history']?.gatewayRole, 'reader')
    assert.deepEqual(settingsOf('kbnt-operator').databases, {})
    for (const secret of ['past-reader', 'rows-reader'])
      assert.deepEqual(
        manifests
          .filter((item) => JSON.stringify(item).includes(`"${secret}"`))
          .map(({ kind, metadata }) => `${kind} ${metadata.name}`),
        ['Deployment kbnt-operator-gateway'],
      )
    const alone = { 'flows.history': { enabled: true, database: { gatewaySecret: 'x' } }, 'gateway.enabled': true }
    await assert.rejects(withHistory(alone), /flows.history.database needs secret/)
  })

  it("knows the other side's API by its Secrets, and reaches it and where its tokens are given", async () => {
    const integration = {
      ...{
        enabled: true,
        url: 'https://partner.example/api',
        caSecret: 'partner-ca',
        certificateSecret: 'partner-cert',
      },
      oauth: { tokenEndpointUri: 'https://login.example:8443/token', clientId: 'kbnt', clientSecret: 'partner-client' },
      database: { secret: 'rows', caSecret: 'rows-ca' },
    }
    const manifests = await manifestsWith({ enabled: false }, { 'flows.integration': integration })
    const map = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'kbnt-operator-flow-integration',
    )
    const text = (map?.['data'] as Record<string, string> | undefined)?.['settings.yaml'] ?? ''
    const { worker } = readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
    const { url, oauth, tls } = worker.integration.target
    assert.deepEqual([worker.flows, worker.database, url], [['integration'], 'integration', integration.url])
    const folder = '/etc/kbnt/target'
    assert.deepEqual(oauth, {
      ...{ tokenEndpointUri: integration.oauth.tokenEndpointUri, clientId: 'kbnt', caFile: `${folder}-ca/ca.crt` },
      clientSecretFile: `${folder}-client/client-secret`,
    })
    assert.deepEqual(tls, {
      ...{ caFile: `${folder}-ca/ca.crt`, certFile: `${folder}-certificate/tls.crt` },
      keyFile: `${folder}-certificate/tls.key`,
    })
    const policy = manifests.find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'kbnt-operator-flow-integration',
    )
    const { egress = [] } = (policy?.['spec'] ?? {}) as { egress?: { ports: { port: number }[] }[] }
    assert.deepEqual(
      egress.at(-1)?.ports.map(({ port }) => port),
      [443, 8443],
    )
  })
})
