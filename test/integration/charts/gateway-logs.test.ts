import assert from 'node:assert/strict'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

const name = 'kbnt-operator-gateway'
const kafka = { brokers: ['a:9092', 'b:9999'], tls: true, userSecret: 'operator', username: 'kbnt-operator' }
const logs = { enabled: true, kafka: { userSecret: 'gateway', username: 'kbnt-gateway' } }

async function manifestsWith(values: object): Promise<Manifest[]> {
  const all = { 'gateway.enabled': true, kafka, ...values }
  const args = Object.entries(all).flatMap(([path, value]) => ['--set-json', `${path}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

const gatewaysOwn = (manifests: readonly Manifest[], wanted: string) =>
  manifests.find(({ kind, metadata }) => kind === wanted && metadata.name === name)

function settingsIn(manifests: readonly Manifest[]) {
  const data = gatewaysOwn(manifests, 'ConfigMap')?.['data'] as { readonly 'settings.yaml': string }
  return readSettings({ argv: ['--config', 'settings.yaml'], env: {}, readFile: () => data['settings.yaml'] })
}

function secretsOf(manifests: readonly Manifest[]): (string | undefined)[] {
  const { spec } = gatewaysOwn(manifests, 'Deployment') as unknown as {
    spec: { template: { spec: { volumes: { secret?: { secretName: string } }[] } } }
  }
  return spec.template.spec.volumes.flatMap(({ secret }) => (secret ? [secret.secretName] : []))
}

function portsOf(manifests: readonly Manifest[]): number[] {
  const policy = gatewaysOwn(manifests, 'NetworkPolicy')?.['spec'] as { egress: { ports: { port: number }[] }[] }
  return policy.egress.flatMap(({ ports }) => ports.map(({ port }) => port))
}

describe('The gateway of the chart', () => {
  it('knows nothing of Kafka unless it takes logs', async () => {
    const manifests = await manifestsWith({})
    const { gateway, kafka: given } = settingsIn(manifests)
    assert.deepEqual([gateway.logs.enabled, given, secretsOf(manifests)], [false, undefined, []])
    assert.ok(!portsOf(manifests).includes(9_999))
  })

  it('takes logs as a user of its own, and reaches the brokers', async () => {
    const manifests = await manifestsWith({ 'gateway.logs': logs, 'kafka.caSecret': 'ca' })
    const { gateway, kafka: given } = settingsIn(manifests)
    assert.ok(gateway.logs.enabled)
    assert.equal(given?.sasl && 'username' in given.sasl && given.sasl.username, 'kbnt-gateway')
    assert.deepEqual(secretsOf(manifests).sort(), ['ca', 'gateway'])
    assert.ok(portsOf(manifests).includes(9_999))
  })

  it('has the routes of the settings, and leaves the pods of the operator alone', async () => {
    const routes = [{ topic: 'everything' }]
    const manifests = await manifestsWith({ 'gateway.logs': logs, 'settings.gateway': { logs: { routes } } })
    assert.deepEqual(settingsIn(manifests).gateway.logs, { enabled: true, maxWaitingBytes: 16_777_216, routes })
  })

  it('sends requests by Kafka, signed with what is in its Secret', async () => {
    const requests = { enabled: true, signingSecret: 'signing' }
    const manifests = await manifestsWith({ 'gateway.requests': requests, 'gateway.logs.kafka': logs.kafka })
    const { gateway, kafka: given } = settingsIn(manifests)
    assert.equal(gateway.requests.signingKeyFile, '/etc/kbnt/request-signing/key')
    assert.deepEqual([gateway.requests.enabled, gateway.logs.enabled], [true, false])
    assert.equal(given?.sasl && 'username' in given.sasl && given.sasl.username, 'kbnt-gateway')
    assert.deepEqual(secretsOf(manifests).sort(), ['gateway', 'signing'])
    assert.ok(portsOf(manifests).includes(9_999))
  })

  for (const [given, values, says] of [
    [
      'requests without brokers',
      { 'gateway.requests': { enabled: true }, kafka: {} },
      /gateway.requests.enabled writes to topics/,
    ],
    ['no brokers', { 'gateway.logs': logs, kafka: {} }, /gateway.logs.enabled writes to topics: give kafka.brokers/],
    ['a login without encryption', { 'gateway.logs': logs, 'kafka.tls': false }, /without encryption/],
    ['the setting itself', { 'settings.gateway': { logs: { enabled: true } } }, /by the value gateway.logs.enabled/],
  ] as const)
    it(`says what is missing with ${given}`, () => assert.rejects(manifestsWith(values), says))
})

describe('The user of the gateway that kbnt-kafka makes', () => {
  const rightsOf = (manifests: readonly Manifest[], user: string) => {
    const found = manifests.find(({ kind, metadata }) => kind === 'KafkaUser' && metadata.name === user)
    const { spec } = (found ?? { spec: undefined }) as unknown as {
      spec?: { authorization: { acls: { resource: { name: string }; operations: string[] }[] } }
    }
    return spec?.authorization.acls.map(({ resource, operations }) => [resource.name, ...operations].join(' '))
  }
  const logTopics = ['error-logs', 'audit-logs', 'financial-logs', 'application-logs']
  const withLogs = logTopics.map((topic) => `${topic} Describe Write`)

  it('writes to the topics of logs alone, and the operator to that of audits only', async () => {
    const manifests = manifestsIn(await rendered('kbnt-kafka', '--set', 'logs.enabled=true'))
    assert.deepEqual(rightsOf(manifests, 'kbnt-gateway'), withLogs)
    const operators = rightsOf(manifests, 'kbnt-operator') ?? []
    assert.deepEqual(
      operators.filter((right) => withLogs.includes(right)),
      ['audit-logs Describe Write'],
    )
    const topics = manifests.filter(({ kind }) => kind === 'KafkaTopic').map(({ metadata }) => metadata.name)
    assert.deepEqual(topics.filter((name) => logTopics.includes(name)).sort(), logTopics.toSorted())
  })

  it('writes requests where they come from a gateway, and sees how far their flow is', async () => {
    const asked = [
      'virtualization-requests Describe Write',
      'virtualization-retry Describe',
      'kbnt-virtualization Describe',
    ]
    const flow = 'flows.virtualization.enabled=true,flows.virtualization.fromGateway=true'
    const alone = manifestsIn(await rendered('kbnt-kafka', '--set', flow))
    assert.deepEqual(rightsOf(alone, 'kbnt-gateway'), asked)
    const both = manifestsIn(await rendered('kbnt-kafka', '--set', `${flow},logs.enabled=true`))
    assert.deepEqual(rightsOf(both, 'kbnt-gateway'), [...withLogs, ...asked])
    const others = manifestsIn(await rendered('kbnt-kafka', '--set', 'flows.virtualization.enabled=true'))
    assert.equal(rightsOf(others, 'kbnt-gateway'), undefined)
    const nowhere = rendered('kbnt-kafka', '--set', 'flows.virtualization.fromGateway=true')
    await assert.rejects(nowhere, /fromGateway needs flows.virtualization.enabled/)
  })
})
