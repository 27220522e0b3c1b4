import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import type { KafkaSettings } from '../../../operator/infrastructure/settings/settings.ts'
import { type Manifest, manifestsIn, rendered } from './helm.ts'

type KafkaValues = Readonly<Record<string, unknown>>

interface Pod {
  readonly volumes: readonly {
    readonly name: string
    readonly secret?: { readonly secretName: string; readonly items: readonly { key: string; path: string }[] }
  }[]
  readonly containers: readonly { readonly volumeMounts: readonly { name: string; mountPath: string }[] }[]
}

const broker = 'kafka.example.com:9096'
const token = { tokenEndpointUri: 'https://login.example.com:8443/token', clientId: 'kbnt', secret: 'oauth' }

async function manifestsWith(kafka: KafkaValues, settings: object = {}): Promise<Manifest[]> {
  const values = { kafka: { brokers: [broker], ...kafka }, settings }
  const args = Object.entries(values).flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
  return manifestsIn(await rendered('kbnt-operator', ...args))
}

const named = (manifests: readonly Manifest[], kind: string) =>
  manifests.find((one) => one.kind === kind && one.metadata.name === 'kbnt-operator') as Manifest

/** What the operator itself makes of the settings that the chart gives it; it throws where it would not start. */
function settingsIn(manifests: readonly Manifest[]): KafkaSettings | undefined {
  const { 'settings.yaml': text } = named(manifests, 'ConfigMap')['data'] as { 'settings.yaml': string }
  return readSettings({ argv: ['--config', 'settings.yaml'], env: {}, readFile: () => text }).kafka
}

/** Where each key of a Secret is in the container: `secret/key path`. */
function filesIn(manifests: readonly Manifest[]): string[] {
  const { template } = named(manifests, 'Deployment')['spec'] as { template: { spec: Pod } }
  const { volumes, containers } = template.spec
  return volumes.flatMap(({ name, secret }) => {
    const mount = containers[0]?.volumeMounts.find((one) => one.name === name)
    return (secret?.items ?? []).map(({ key, path }) => `${secret?.secretName}/${key} ${mount?.mountPath}/${path}`)
  })
}

const ways: Readonly<Record<string, { values: KafkaValues; ssl?: object; sasl?: object; files: readonly string[] }>> = {
  'no encryption and no login': { values: {}, files: [] },
  'an authority of its own': {
    values: { caSecret: 'kbnt-cluster-ca-cert' },
    ssl: { caFile: '/etc/kbnt/kafka-ca/ca.crt' },
    files: ['kbnt-cluster-ca-cert/ca.crt /etc/kbnt/kafka-ca/ca.crt'],
  },
  'a client certificate, as Strimzi makes it': {
    values: { caSecret: 'kbnt-cluster-ca-cert', certificateSecret: 'kbnt-operator' },
    ssl: {
      caFile: '/etc/kbnt/kafka-ca/ca.crt',
      certFile: '/etc/kbnt/kafka-certificate/user.crt',
      keyFile: '/etc/kbnt/kafka-certificate/user.key',
    },
    files: [
      'kbnt-cluster-ca-cert/ca.crt /etc/kbnt/kafka-ca/ca.crt',
      'kbnt-operator/user.crt /etc/kbnt/kafka-certificate/user.crt',
      'kbnt-operator/user.key /etc/kbnt/kafka-certificate/user.key',
    ],
  },
  'a client certificate and an authority under other keys': {
    values: {
      caSecret: 'bundle',
      certificateSecret: 'cert',
      secretKeys: { ca: 'root.pem', certificate: 'tls.crt', privateKey: 'tls.key' },
    },
    ssl: {
      caFile: '/etc/kbnt/kafka-ca/ca.crt',
      certFile: '/etc/kbnt/kafka-certificate/user.crt',
      keyFile: '/etc/kbnt/kafka-certificate/user.key',
    },
    files: [
      'bundle/root.pem /etc/kbnt/kafka-ca/ca.crt',
      'cert/tls.crt /etc/kbnt/kafka-certificate/user.crt',
      'cert/tls.key /etc/kbnt/kafka-certificate/user.key',
    ],
  },
  'a password, with the values of earlier versions': {
    values: { caSecret: 'ca', userSecret: 'user', username: 'kbnt-operator' },
    ssl: { caFile: '/etc/kbnt/kafka-ca/ca.crt' },
    sasl: {
      ...{ mechanism: 'scram-sha-512', allowUnencrypted: false },
      ...{ username: 'kbnt-operator', passwordFile: '/etc/kbnt/kafka-user/password' },
    },
    files: ['ca/ca.crt /etc/kbnt/kafka-ca/ca.crt', 'user/password /etc/kbnt/kafka-user/password'],
  },
  'PLAIN at a public authority': {
    values: {
      tls: true,
      mechanism: 'plain',
      userSecret: 'api-key',
      username: 'ABC',
      secretKeys: { password: 'secret' },
    },
    ssl: {},
    sasl: {
      ...{ mechanism: 'plain', allowUnencrypted: false },
      ...{ username: 'ABC', passwordFile: '/etc/kbnt/kafka-user/password' },
    },
    files: ['api-key/secret /etc/kbnt/kafka-user/password'],
  },
  'a token': {
    values: { tls: true, mechanism: 'oauthbearer', oauth: { ...token, scope: 'kafka', caSecret: 'login-ca' } },
    ssl: {},
    sasl: {
      ...{ mechanism: 'oauthbearer', allowUnencrypted: false },
      oauth: {
        ...{ tokenEndpointUri: token.tokenEndpointUri, clientId: 'kbnt', scope: 'kafka' },
        ...{ clientSecretFile: '/etc/kbnt/kafka-oauth/client-secret', caFile: '/etc/kbnt/kafka-oauth-ca/ca.crt' },
      },
    },
    files: [
      'oauth/client-secret /etc/kbnt/kafka-oauth/client-secret',
      'login-ca/ca.crt /etc/kbnt/kafka-oauth-ca/ca.crt',
    ],
  },
  'a password in the clear, where that is meant': {
    values: { userSecret: 'user', username: 'ana', mechanism: 'scram-sha-256', allowUnencryptedLogin: true },
    sasl: {
      ...{ mechanism: 'scram-sha-256', allowUnencrypted: true },
      ...{ username: 'ana', passwordFile: '/etc/kbnt/kafka-user/password' },
    },
    files: ['user/password /etc/kbnt/kafka-user/password'],
  },
}

const login = { userSecret: 'user', username: 'ana' }
const refused: readonly { readonly values: KafkaValues; readonly settings?: object; readonly says: RegExp }[] = [
  {
    values: login,
    says: /without encryption: set kafka\.caSecret .*kafka\.tls=true .*kafka\.allowUnencryptedLogin=true/,
  },
  {
    values: {},
    settings: { kafka: { sasl: { username: 'ana', passwordFile: 'p' } } },
    says: /without encryption: set kafka\.caSecret/,
  },
  { values: { tls: true, userSecret: 'user' }, says: /kafka\.username is needed with kafka\.userSecret/ },
  { values: { tls: true, mechanism: 'plain' }, says: /kafka\.userSecret and kafka\.username are needed .* plain/ },
  { values: { mechanism: 'SCRAM-SHA-512' }, says: /mechanism/ },
  { values: { tls: true, mechanism: 'oauthbearer' }, says: /kafka\.oauth\.tokenEndpointUri is needed/ },
  { values: { tls: true, mechanism: 'oauthbearer', oauth: { ...token, secret: '' } }, says: /kafka\.oauth\.secret is/ },
  { values: { ...login, tls: true, mechanism: 'oauthbearer', oauth: token }, says: /leave kafka\.userSecret empty/ },
  { values: { tls: true, oauth: token }, says: /kafka\.oauth needs kafka\.mechanism oauthbearer/ },
  {
    values: { tls: true, mechanism: 'oauthbearer', oauth: { ...token, tokenEndpointUri: 'http://login/token' } },
    says: /kafka\.oauth\.secret without encryption: give an https URL/,
  },
]

const guide = readFileSync(join(projectDirectory, 'docs/guide/kafka.md'), 'utf8')

/** The arguments after the chart's path in each command of the guide that installs it. */
function commandsFor(chart: string): string[][] {
  const page = guide.replaceAll('\\\n', ' ')
  const commands = [...page.matchAll(new RegExp(`^helm upgrade --install ${chart} charts/${chart} (.*)$`, 'gm'))]
  return commands.map(([, args = '']) =>
    args
      .replaceAll(/--reset-then-reuse-values|'/g, '')
      .trim()
      .split(/ +/),
  )
}

describe('The guide to Kafka', () => {
  it('has commands that the charts take, and with which the operator starts', async () => {
    const ways = await Promise.all(
      commandsFor('kbnt-operator').map(async (args) => {
        const { ssl, sasl } = settingsIn(manifestsIn(await rendered('kbnt-operator', ...args))) ?? {}
        return [ssl && Object.keys(ssl).join(' '), sasl?.mechanism]
      }),
    )
    const [mutual, ofServer] = ['caFile certFile keyFile', 'caFile']
    assert.deepEqual(ways, [
      ...[
        [mutual, undefined],
        [mutual, undefined],
        [ofServer, 'scram-sha-512'],
      ],
      ...[
        ['', 'plain'],
        ['', 'oauthbearer'],
      ],
    ])
    const clusters = await Promise.all(commandsFor('kbnt-kafka').map((args) => rendered('kbnt-kafka', ...args)))
    assert.deepEqual(
      clusters.map((text) => /authentication: \{ type: (.*) \}/.exec(text)?.[1]),
      ['tls', 'scram-sha-512', 'scram-sha-512'],
    )
  })

  it('has values of a larger cluster that its chart takes', async () => {
    const [, values = ''] = /```yaml\n([\s\S]*?)```/.exec(guide) ?? []
    const given = Object.entries(parse(values) as Readonly<Record<string, object>>)
    const args = given.flatMap(([name, value]) => ['--set-json', `${name}=${JSON.stringify(value)}`])
    const made = manifestsIn(await rendered('kbnt-kafka', ...args)).map(
      ({ kind, metadata }) => `${kind} ${metadata.name}`,
    )
    for (const wanted of ['KafkaUser shop', 'KafkaUser warehouse', 'KafkaNodePool kbnt-controller', 'PodMonitor kbnt'])
      assert.ok(made.includes(wanted), wanted)
  })
})

describe('What the OLM bundle says of Kafka', () => {
  it('has settings with which the operator starts', () => {
    const { spec } = parse(readFileSync(join(projectDirectory, 'config/olm/clusterserviceversion.yaml'), 'utf8'))
    const [, block = ''] = /```yaml\n(settings\.yaml: [\s\S]*?)```/.exec(spec.description) ?? []
    const text = parse(block)['settings.yaml'] as string
    const { kafka } = readSettings({ argv: ['--config', 'settings.yaml'], env: {}, readFile: () => text })
    assert.deepEqual(Object.keys(kafka?.ssl ?? {}), ['caFile', 'certFile', 'keyFile'])
  })
})

describe('The chart and Kafka', () => {
  for (const [name, { values, ssl, sasl, files }] of Object.entries(ways))
    it(`gives the operator ${name}`, async () => {
      const manifests = await manifestsWith(values)
      const settings = settingsIn(manifests)
      assert.deepEqual([settings?.brokers, settings?.ssl, settings?.sasl], [[broker], ssl, sasl])
      assert.deepEqual(filesIn(manifests), files)
    })

  for (const { values, settings, says } of refused)
    it(`refuses ${JSON.stringify(settings ?? values)} and says what to do`, () =>
      assert.rejects(manifestsWith(values, settings), says))

  it('lets the operator reach the ports of the brokers and of the token endpoint', async () => {
    const portsWith = async (uri: string) => {
      const values = { tls: true, mechanism: 'oauthbearer', oauth: { ...token, tokenEndpointUri: uri } }
      const policy = named(await manifestsWith(values), 'NetworkPolicy')
      const { egress } = policy['spec'] as { egress: { ports: { port: number }[] }[] }
      return egress.at(-1)?.ports.map(({ port }) => port)
    }
    assert.deepEqual(await portsWith(token.tokenEndpointUri), [9092, 9093, 9094, 9096, 8443])
    assert.deepEqual(await portsWith('https://login.example.com/token'), [9092, 9093, 9094, 9096, 443])
  })
})
