import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { readSettings, SettingsError } from '../../../../operator/infrastructure/settings/read-settings.ts'
import type { Settings } from '../../../../operator/infrastructure/settings/settings.ts'

interface Given {
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The text of mine.yaml; absent: no --config. */
  readonly file?: string
}

function settings({ argv = [], env = {}, file }: Given = {}): Settings {
  const config = file === undefined ? [] : ['--config', 'mine.yaml']
  return readSettings({ argv: [...config, ...argv], env, readFile: () => file ?? '' })
}

function faults(given: Given): readonly string[] {
  try {
    settings(given)
  } catch (error) {
    assert.ok(error instanceof SettingsError)
    assert.equal(error.message, error.faults.join('\n'))
    return error.faults
  }
  return assert.fail('nothing was wrong')
}

const oauth = (uri: string) =>
  `{mechanism: oauthbearer, oauth: {tokenEndpointUri: "${uri}", clientId: kbnt, clientSecretFile: s}}`

describe('readSettings', () => {
  it('has a default for everything', () => {
    const { kafka, kubeconfig, ...rest } = settings()
    assert.deepEqual([kafka, kubeconfig], [undefined, undefined])
    assert.deepEqual(rest.leaderElection, {
      leaseName: 'kbnt-operator',
      leaseDurationMs: 15_000,
      renewDeadlineMs: 10_000,
      retryPeriodMs: 2_000,
      giveWayAfterMs: 60_000,
      takeOverFrom: [],
    })
    assert.deepEqual(rest.retention, { finishedAfterMs: 86_400_000, finishedMax: 20_000 })
    assert.deepEqual([rest.metrics.port, rest.health.port, rest.watchNamespaces], [8080, 8081, { kind: 'all' }])
  })

  it('ships a file with the same defaults', () => {
    const shipped = readFileSync('config/default-settings.yaml', 'utf8')
    assert.deepEqual(settings({ file: shipped }), settings())
  })

  it('takes what the file sets and keeps the other defaults', () => {
    const { metrics, leaderElection, kafka } = settings({
      file: 'metrics: {port: 9000}\nkafka: {brokers: [a:1]}\nleaderElection: {leaseDuration: 1m30s}',
    })
    assert.deepEqual(metrics, { port: 9000, legacyNames: true, maxStocks: 2_000 })
    assert.equal(leaderElection.leaseDurationMs, 90_000)
    assert.deepEqual(kafka, {
      brokers: ['a:1'],
      clientId: 'kbnt-operator',
      publishTimeoutMs: 10_000,
      createTopics: false,
    })
  })

  it('knows four ways to log in, with SCRAM-SHA-512 where none is named', () => {
    const loginWith = (sasl: string) =>
      settings({ file: `kafka: {brokers: [a:1], ssl: {}, sasl: ${sasl}}` }).kafka?.sasl
    const password = { username: 'ana', passwordFile: 'p', allowUnencrypted: false }
    for (const mechanism of ['plain', 'scram-sha-256', 'scram-sha-512'])
      assert.deepEqual(loginWith(`{mechanism: ${mechanism}, username: ana, passwordFile: p}`), {
        mechanism,
        ...password,
      })
    assert.deepEqual(loginWith('{username: ana, passwordFile: p}'), { mechanism: 'scram-sha-512', ...password })
    assert.deepEqual(loginWith(oauth('https://login/token')), {
      mechanism: 'oauthbearer',
      oauth: { tokenEndpointUri: 'https://login/token', clientId: 'kbnt', clientSecretFile: 's' },
      allowUnencrypted: false,
    })
  })

  it('lets a login go without encryption where that is meant', () => {
    const sasl = `{${oauth('http://login/token').slice(1, -1)}, allowUnencrypted: true}`
    assert.equal(settings({ file: `kafka: {brokers: [a:1], sasl: ${sasl}}` }).kafka?.ssl, undefined)
  })

  it('lets the environment win over the file and flags over both', () => {
    const file = 'kafka: {brokers: [file:1], clientId: mine}\nlog: {level: warn}'
    const env = { KBNT_KAFKA_BROKERS: 'env:1, env:2', KBNT_LOG_LEVEL: 'error', KBNT_WATCH_NAMESPACES: '' }
    const fromEnvironment = settings({ file, env })
    assert.deepEqual(fromEnvironment.kafka?.brokers, ['env:1', 'env:2'])
    assert.deepEqual([fromEnvironment.kafka?.clientId, fromEnvironment.log.level], ['mine', 'error'])
    assert.equal(settings({ file, env, argv: ['--log-level=debug'] }).log.level, 'debug')
  })

  it('reads every flag', () => {
    const argv =
      '--kubeconfig k --kafka-brokers a:1,b:2 --metrics-port 0 --health-port off --log-format text --cluster east --watch-namespaces shop,depot'
    const read = settings({ argv: argv.split(' ') })
    assert.deepEqual(
      [read.kubeconfig, read.cluster, read.metrics.port, 'port' in read.health, read.log.format],
      ['k', 'east', 0, false, 'text'],
    )
    assert.deepEqual(read.watchNamespaces, { kind: 'list', namespaces: ['shop', 'depot'] })
    assert.deepEqual(read.kafka?.brokers, ['a:1', 'b:2'])
  })

  const wrong: Record<string, { given: Given; want: string }> = {
    'a topic with a blank': {
      given: { file: 'events: {routes: [{topic: a}, {topic: b}, {topic: Stock Events}]}' },
      want: 'config mine.yaml: events.routes[2].topic: "Stock Events" is not a Kafka topic name (letters, digits, . _ -)',
    },
    'a misspelt setting': {
      given: { file: 'metrics: {prot: 1}' },
      want: 'config mine.yaml: metrics: unknown setting "prot"; did you mean port?',
    },
    'a setting like no other': { given: { file: 'colour: red' }, want: 'config mine.yaml: unknown setting "colour"' },
    'a port too high': {
      given: { file: 'metrics: {port: 99999}' },
      want: 'config mine.yaml: metrics.port: 99999 is not a port (0 to 65535, 0 takes any free one) or "off"',
    },
    'a number with letters': {
      given: { file: 'retention: {finishedMax: many}' },
      want: 'config mine.yaml: retention.finishedMax: "many" is not a whole number from 0 to 10000000',
    },
    'a duration in days': {
      given: { file: 'retention: {finishedAfter: 1d}' },
      want: 'config mine.yaml: retention.finishedAfter: "1d" is not a duration such as 15s, 1m30s or 24h',
    },
    'an unknown level': {
      given: { file: 'log: {level: trace}' },
      want: 'config mine.yaml: log.level: "trace" is not one of debug, info, warn, error',
    },
    'an unknown event type': {
      given: { file: 'events: {routes: [{types: [stock.sold], topic: a}]}' },
      want: 'config mine.yaml: events.routes[0].types[0]: "stock.sold" is not an event type such as reservation.expired or stock.*',
    },
    'a price as a number': {
      given: { file: 'events: {routes: [{priceAbove: {amount: 100, currency: EUR}, topic: a}]}' },
      want: 'config mine.yaml: events.routes[0].priceAbove.amount: 100 is not an amount of money such as "99.50" (text, in quotes)',
    },
    'a namespace in capitals': {
      given: { file: 'watchNamespaces: [Shop]' },
      want: 'config mine.yaml: watchNamespaces[0]: "Shop" is not the name of a namespace (lower case letters, digits, -)',
    },
    'a word for namespaces': {
      given: { file: 'watchNamespaces: all' },
      want: 'config mine.yaml: watchNamespaces: "all" is not "*", "own" or a list of namespaces',
    },
    'a certificate without a key': {
      given: { file: 'kafka: {ssl: {certFile: x}}' },
      want: 'config mine.yaml: kafka.ssl: keyFile is missing',
    },
    'a login without encryption': {
      given: { file: 'kafka: {brokers: [a:1], sasl: {username: ana, passwordFile: p}}' },
      want: 'config mine.yaml: kafka.sasl: would log in without encryption; set kafka.ssl (ssl: {} trusts public authorities), or kafka.sasl.allowUnencrypted: true if that is meant',
    },
    'a token endpoint without encryption': {
      given: { file: `kafka: {brokers: [a:1], ssl: {}, sasl: ${oauth('http://login/token')}}` },
      want: `config mine.yaml: kafka.sasl.oauth.tokenEndpointUri: "http://login/token" would send the client's secret without encryption; give an https URL, or kafka.sasl.allowUnencrypted: true if that is meant`,
    },
    'a token endpoint that is none': {
      given: { file: `kafka: {ssl: {}, sasl: ${oauth('login.example.com')}}` },
      want: 'config mine.yaml: kafka.sasl.oauth.tokenEndpointUri: "login.example.com" is not a URL such as https://login.example.com/oauth2/token, without user and password',
    },
    'a mechanism in capitals': {
      given: { file: 'kafka: {sasl: {mechanism: PLAIN, username: ana, passwordFile: p}}' },
      want: 'config mine.yaml: kafka.sasl.mechanism: "PLAIN" is not one of scram-sha-512, scram-sha-256, plain, oauthbearer',
    },
    'a login by token that names no endpoint': {
      given: { file: 'kafka: {sasl: {mechanism: oauthbearer, username: ana, passwordFile: p}}' },
      want: 'config mine.yaml: kafka.sasl: oauth is missing',
    },
    'a group that is a text': {
      given: { file: 'kafka: none', argv: ['--kafka-brokers', 'a:1'] },
      want: 'config mine.yaml: kafka: "none" is not a group of settings',
    },
    'a lease shorter than its renewal': {
      given: { file: 'leaderElection: {renewDeadline: 20s}' },
      want: 'config mine.yaml: leaderElection.renewDeadline: 20000 ms is not shorter than leaseDuration, 15000 ms',
    },
    'a file that is no map': { given: { file: '- a' }, want: 'config mine.yaml: ["a"] is not a map of settings' },
    'a broker without a port': {
      given: { argv: ['--kafka-brokers', 'a:1,b'] },
      want: '--kafka-brokers: "b" is not an address such as kafka.example:9092',
    },
    'a variable with nonsense': {
      given: { env: { KBNT_LOG_FORMAT: 'xml' } },
      want: 'KBNT_LOG_FORMAT: "xml" is not one of json, text',
    },
    'a misspelt flag': {
      given: { argv: ['--kafka-broker', 'a:1'] },
      want: 'unknown flag --kafka-broker; did you mean --kafka-brokers?',
    },
    'a flag without its value': { given: { argv: ['--log-level'] }, want: '--log-level needs a value: LEVEL' },
    'a flag followed by a flag': {
      given: { argv: ['--log-level', '--cluster=a'] },
      want: '--log-level needs a value: LEVEL',
    },
    'a word too much': { given: { argv: ['start'] }, want: '"start" is not a flag' },
  }
  for (const [name, { given, want }] of Object.entries(wrong)) {
    it(`refuses ${name} and says what is allowed`, () => assert.deepEqual(faults(given), [want]))
  }

  it('names every fault, one to a line', () => {
    const found = faults({ file: 'log: {level: loud}\nmetrics: {port: -1}\nkafka: {sasl: {}}' })
    assert.deepEqual(
      found.map((line) => line.split(': ')[1]),
      ['kafka.sasl', 'kafka.sasl', 'metrics.port', 'log.level'],
    )
  })

  it('names the file that it cannot read or parse', () => {
    const readFile = () => {
      throw new Error('ENOENT: no such file')
    }
    const read = () => readSettings({ argv: ['--config', 'gone.yaml'], env: {}, readFile })
    assert.throws(read, { message: "config gone.yaml: can't be read: ENOENT: no such file" })
    assert.match(faults({ file: 'a: [' })[0] ?? '', /^config mine\.yaml: .* at line 1, column \d+$/)
  })
})

describe('settings.schema.json', () => {
  const schema = JSON.parse(readFileSync('config/settings.schema.json', 'utf8')) as Node
  interface Node {
    readonly description?: string
    readonly properties?: Readonly<Record<string, Node>>
    readonly items?: Node
  }

  it('describes every field', () => {
    const silent: string[] = []
    const visit = (node: Node, path: string) => {
      if (!node.description) silent.push(path)
      for (const [name, child] of Object.entries(node.properties ?? {})) visit(child, `${path}.${name}`)
      if (node.items) visit(node.items, `${path}[]`)
    }
    visit(schema, '')
    assert.deepEqual(silent, [])
  })
})
