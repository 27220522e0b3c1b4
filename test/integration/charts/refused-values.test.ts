import assert from 'node:assert/strict'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { manifestsIn, rendered, setJson } from './helm.ts'

const kafka = { brokers: ['kafka:9093'], tls: true }
const integration = { enabled: true, url: 'https://partner.example', database: { secret: 'rows', tls: true } }
const logIndex = { enabled: true, url: 'https://search.example' }
const source = { topic: 'asked', namespaces: ['shop'], types: '*' }
const virtualization = { enabled: true, sources: [source] }
const alerts = { enabled: true, alertmanagers: ['http://alertmanager:9093'] }
const oauth = { tokenEndpointUri: 'https://login.example/token', clientId: 'kbnt', clientSecret: 'client' }
const plain = 'http://partner.example'
const byFile = (tokenEndpointUri: string) => ({ tokenEndpointUri, clientId: 'kbnt', clientSecretFile: '/etc/client' })

/** What pods would refuse at their start, or what would go over the wire for everybody to read. */
const wrong: readonly { readonly values: object; readonly says: RegExp }[] = [
  {
    values: { kafka, 'flows.integration': { ...integration, oauth: { clientSecret: 'client' } } },
    says: /flows[.]integration[.]oauth[.]tokenEndpointUri is missing/,
  },
  {
    values: { kafka, 'flows.integration': { ...integration, oauth: { ...oauth, clientId: '' } } },
    says: /flows[.]integration[.]oauth[.]clientId is missing/,
  },
  {
    values: { kafka, 'flows.integration': { ...integration, oauth: { ...oauth, clientSecret: '' } } },
    says: /flows[.]integration[.]oauth[.]clientSecret is missing/,
  },
  {
    values: { kafka, 'flows.integration': { ...integration, oauth, tokenSecret: 'token' } },
    says: /tokenSecret and flows[.]integration[.]oauth are two ways/,
  },
  {
    values: { kafka, 'flows.integration': { ...integration, url: plain, caSecret: 'ca' } },
    says: /flows[.]integration[.]url is http, and .* are for TLS/,
  },
  {
    values: { kafka, 'flows.integration': { ...integration, url: plain, tokenSecret: 'token' } },
    says: /flows[.]integration[.]tokenSecret would go there without encryption/,
  },
  {
    values: {
      kafka,
      'flows.integration': { ...integration, oauth: { ...oauth, tokenEndpointUri: 'http://login.example/token' } },
    },
    says: /flows[.]integration[.]oauth[.]clientSecret would go there without encryption/,
  },
  {
    values: { kafka, 'flows.logIndex': { ...logIndex, tokenSecret: 'token', apiKeySecret: 'key' } },
    says: /flows[.]logIndex has several ways to log in, tokenSecret and apiKeySecret/,
  },
  {
    values: {
      kafka,
      'flows.logIndex': { ...logIndex, user: 'kbnt', passwordSecret: 'password' },
      'settings.worker.logIndex.tokenFile': '/etc/token',
    },
    says: /several ways to log in, passwordSecret and settings[.]worker[.]logIndex[.]tokenFile/,
  },
  {
    values: { kafka, 'flows.logIndex': { ...logIndex, url: plain, user: 'kbnt', passwordSecret: 'password' } },
    says: /flows[.]logIndex[.]url is http, and what is in passwordSecret would go there without encryption/,
  },
  {
    values: { kafka, 'flows.alerts': { ...alerts, tokenSecret: 'token' } },
    says: /flows[.]alerts[.]tokenSecret would go there without encryption/,
  },
  {
    values: {
      kafka,
      'flows.virtualization': { ...virtualization, registry: { url: plain, username: 'a', passwordSecret: 'b' } },
    },
    says: /registry[.]passwordSecret would go there without encryption/,
  },
  {
    values: { kafka, 'flows.virtualization': { ...virtualization, sources: [{ ...source, encoding: 'avro' }] } },
    says: /registry[.]url is missing, and the source asked is avro/,
  },
  {
    values: { kafka, 'flows.virtualization': { ...virtualization, sources: [source, source] } },
    says: /sources has asked, which another source has, too/,
  },
  {
    values: { kafka, 'flows.virtualization': virtualization, 'settings.worker.virtualization.retryTopic': 'asked' },
    says: /sources has asked, which .* is the topic of retries/,
  },
  { values: { kafka: { ...kafka, brokers: ['SASL_SSL://kafka:9092'] } }, says: /\/kafka\/brokers\/0': .*pattern/ },
  { values: { kafka: { ...kafka, brokers: ['kafka:99999'] } }, says: /\/kafka\/brokers\/0': .*pattern/ },
  { values: { kafka: { ...kafka, brokers: ['kafka:0'] } }, says: /\/kafka\/brokers\/0': .*pattern/ },
  {
    values: { 'databases.default': { url: 'postgres://kbnt:hunter2@sales/kbnt', tls: true } },
    says: /databases[.]default[.]url has a password in it, (?!.*hunter2)/,
  },
  {
    values: { 'databases.default': { url: 'postgres://kbnt@sales:99999/kbnt', tls: true } },
    says: /databases[.]default[.]url has the port 99999/,
  },
  {
    values: { kafka, 'flows.logIndex': { ...logIndex, url: 'https://search.example:0' } },
    says: /flows[.]logIndex[.]url has the port 0/,
  },
  {
    values: {
      ...{ kafka, 'gateway.enabled': true, 'databases.flow-history': { secret: 'sales', tls: true } },
      'flows.history': { enabled: true, database: { secret: 'past', gatewaySecret: 'reader', tls: true } },
    },
    says: /databases[.]flow-history has the name that flows[.]history[.]database has at the gateway/,
  },
  { values: { 'image.tag': '1.0+fix' }, says: /\/image\/tag': .*pattern/ },
  { values: { 'image.registry': 'https://registry.example' }, says: /\/image\/registry': .*pattern/ },
  { values: { 'global.imageRegistry': 'registry.example/KBNT' }, says: /\/global\/imageRegistry': .*pattern/ },
  {
    values: { serviceAccount: { name: 'stock' }, gateway: { enabled: true, serviceAccountName: 'stock' } },
    says: /gateway[.]serviceAccountName is stock, the operator's account/,
  },
  {
    values: { kafka, 'flows.virtualization': { ...virtualization, serviceAccountName: 'kbnt-operator' } },
    says: /flows[.]virtualization[.]serviceAccountName is kbnt-operator, the operator's account/,
  },
  { values: { 'image.repository': 'registry.example/KBNT' }, says: /\/image\/repository': .*pattern/ },
  {
    values: {
      kafka: { ...kafka, userSecret: 'operator', username: 'operator' },
      'flows.alerts': { ...alerts, autoscaling: { by: 'lag' } },
    },
    says: /flows[.]alerts[.]autoscaling[.]authentication is missing: Kafka wants a login/,
  },
  {
    values: {
      kafka: { ...kafka, certificateSecret: 'cert' },
      'flows.alerts': { ...alerts, autoscaling: { by: 'lag' } },
    },
    says: /autoscaling[.]authentication is missing: Kafka wants a certificate/,
  },
  {
    values: { kafka: { ...kafka, caSecret: 'ca' }, 'flows.alerts': { ...alerts, autoscaling: { by: 'lag' } } },
    says: /autoscaling[.]authentication is missing: Kafka wants trust in an authority of its own/,
  },
  {
    values: { 'gateway.enabled': true, 'gateway.resources': { requests: { cpu: null } } },
    says: /gateway[.]autoscaling[.]cpu is a share of gateway[.]resources[.]requests[.]cpu, which is missing/,
  },
  { values: { kafka: { ...kafka, username: 'kbnt' } }, says: /kafka[.]userSecret is needed with kafka[.]username/ },
  {
    values: {
      kafka,
      'flows.integration': { ...integration, url: plain },
      'settings.worker.integration.target.tokenFile': '/etc/token',
    },
    says: /what is in settings[.]worker[.]integration[.]target[.]tokenFile would go there without encryption/,
  },
  {
    values: {
      kafka,
      'flows.integration': integration,
      'settings.worker.integration.target.oauth': byFile('http://login.example'),
    },
    says: /target[.]oauth[.]tokenEndpointUri is http, and what is in .*clientSecretFile would go there/,
  },
  {
    values: { 'settings.orders.users': { adapter: 'http', url: plain } },
    says: /settings[.]orders[.]users[.]url is http, and every call would go there without encryption/,
  },
  {
    values: { 'settings.orders.payments': { bank: { adapter: 'http', url: 'https://bank', oauth: byFile(plain) } } },
    says: /payments[.]bank[.]oauth[.]tokenEndpointUri is http/,
  },
  {
    values: {
      kafka,
      'flows.alerts': { ...alerts, autoscaling: { by: 'cpu' }, resources: { requests: { cpu: null } } },
    },
    says: /flows[.]alerts[.]resources[.]requests[.]cpu is missing/,
  },
  {
    values: {
      kafka: { ...kafka, certificateSecret: 'operator' },
      'flows.alerts': { ...alerts, kafka: { userSecret: 'alerts', username: 'alerts' } },
    },
    says: /flows[.]alerts[.]kafka[.]userSecret is for a login by password, .* give flows[.]alerts[.]kafka[.]certificateSecret/,
  },
  {
    values: {
      kafka: { ...kafka, userSecret: 'operator', username: 'operator' },
      'flows.alerts': { ...alerts, kafka: { certificateSecret: 'alerts' } },
    },
    says: /would log in as the operator[.] Give flows[.]alerts[.]kafka[.]userSecret and username/,
  },
]

describe('Values that only pods would refuse', () => {
  for (const { values, says } of wrong)
    it(`are refused by the chart: ${JSON.stringify(values)}`, () =>
      assert.rejects(rendered('kbnt-operator', ...setJson(values)), says))

  it('are taken without encryption where that is said to be meant', async () => {
    const allowUnencryptedLogin = true
    const values = {
      kafka,
      'flows.integration': { ...integration, url: plain, tokenSecret: 'token', allowUnencryptedLogin },
      'flows.logIndex': { ...logIndex, url: plain, apiKeySecret: 'key', allowUnencryptedLogin },
      'flows.alerts': { ...alerts, tokenSecret: 'token', allowUnencryptedLogin },
      'flows.logAlerts': { ...alerts, tokenSecret: 'token', allowUnencryptedLogin },
      'flows.virtualization': {
        ...virtualization,
        registry: { url: plain, username: 'a', passwordSecret: 'b', allowUnencryptedLogin },
      },
    }
    const manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(values)))
    const given = manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? Object.values(data as object) : []))
    const files = given.map(String).filter((text) => text.includes('flows:'))
    assert.equal(files.length, 5)
    for (const text of files) readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => text })
  })
})
