import assert from 'node:assert/strict'
import { manifestsIn, rendered, setJson } from './helm.ts'

const kafka = { brokers: ['kafka:9093'], tls: true }
const integration = { enabled: true, url: 'https://partner.example', database: { secret: 'rows', tls: true } }
const virtualization = { enabled: true, sources: [{ topic: 'asked', namespaces: ['shop'], types: '*' }] }
const byFile = (tokenEndpointUri: string) => ({ tokenEndpointUri, clientId: 'kbnt', clientSecretFile: '/etc/client' })
const issuer = {
  ...{ issuer: 'https://login.example', jwksUri: 'https://login.example:8453/keys', audience: 'kbnt' },
  ...{ usernamePrefix: 'login:', groupsPrefix: 'login:' },
}

describe('Addresses in the values', () => {
  it('of whom orders need are opened for the operator, and are not in what the gateway has', async () => {
    const service = (url: string) => ({ adapter: 'http', url })
    const orders = {
      users: service('https://users.example:8441/v1'),
      payments: {
        bank: { ...service('https://bank.example:8442/v1'), oauth: byFile('https://login.example:8444/token') },
      },
      notifications: service('https://notes.example:8443'),
    }
    const values = { 'settings.orders': orders, 'gateway.enabled': true }
    const manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(values)))
    const policyOf = (name: string) =>
      JSON.stringify(manifests.find(({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === name))
    for (const port of [8441, 8442, 8443, 8444]) {
      assert.ok(policyOf('kbnt-operator').includes(`{"port":${port},"protocol":"TCP"}`), String(port))
      assert.ok(!policyOf('kbnt-operator-gateway').includes(String(port)))
    }
    const settings = manifests.find(
      ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'kbnt-operator-gateway',
    )
    assert.match(JSON.stringify(settings), /orders/)
    assert.doesNotMatch(JSON.stringify(settings), /[.]example/)
  })

  it('that only settings have are opened for whoever calls them', async () => {
    const settings = {
      kafka: { sasl: { mechanism: 'oauthbearer', oauth: byFile('https://login.example:8451/token') } },
      worker: { integration: { target: { oauth: byFile('https://login.example:8452/token') } } },
      gateway: { tokens: { issuers: [issuer] } },
    }
    const values = { kafka, settings, 'flows.integration': integration, 'gateway.enabled': true }
    const manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(values)))
    const opened = Object.fromEntries(
      manifests
        .filter(({ kind }) => kind === 'NetworkPolicy')
        .map(({ metadata, spec }) => [metadata.name, JSON.stringify(spec).match(/845[0-9]/g) ?? []]),
    )
    assert.deepEqual(opened, {
      'kbnt-operator': ['8451'],
      'kbnt-operator-hooks': [],
      'kbnt-operator-gateway': ['8453'],
      'kbnt-operator-flow-integration': ['8451', '8452'],
    })
  })

  it('leave the longest names of a ScaledObject short enough for a label', async () => {
    const values = {
      ...{ kafka, fullnameOverride: 'a'.repeat(50) },
      'flows.virtualization': { ...virtualization, autoscaling: { by: 'lag' } },
    }
    const manifests = manifestsIn(await rendered('kbnt-operator', ...setJson(values)))
    const { name } = manifests.find(({ kind }) => kind === 'ScaledObject')?.metadata ?? {}
    assert.ok(name && name.length <= 63, name)
  })
})
