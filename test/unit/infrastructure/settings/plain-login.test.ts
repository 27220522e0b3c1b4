import assert from 'node:assert/strict'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

const plain = 'http://other.example'
const encrypted = 'https://other.example'
const oauth = (tokenEndpointUri: string) => ({ tokenEndpointUri, clientId: 'kbnt', clientSecretFile: 'secret' })

const read = (settings: object) => () =>
  readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => JSON.stringify(settings) })

type At = (service: object) => object
/** Where settings have somebody whom a program logs in to, and how. */
const logins: readonly (readonly [where: string, at: At, shows: object, path: string])[] = [
  [
    'alerts',
    (one) => ({ worker: { alerts: { alertmanagers: [one] } } }),
    { tokenFile: 'f' },
    'alerts.alertmanagers[0].url',
  ],
  [
    'log-alerts',
    (one) => ({ worker: { logAlerts: { alertmanagers: [one] } } }),
    { tokenFile: 'f' },
    'logAlerts.alertmanagers[0].url',
  ],
  ...[{ tokenFile: 'f' }, { apiKeyFile: 'f' }, { user: 'kbnt', passwordFile: 'f' }].map(
    (shows) => ['log-index', (logIndex: object) => ({ worker: { logIndex } }), shows, 'logIndex.url'] as const,
  ),
  ...[{ tokenFile: 'f' }, { oauth: oauth('https://login.example') }].map(
    (shows) => ['integration', integration, shows, 'target.url'] as const,
  ),
  ['virtualization', registry, { username: 'kbnt', passwordFile: 'f' }, 'registry.url'],
  [
    'users of orders',
    (users) => ({ orders: { users: { adapter: 'http', ...users } } }),
    { tokenFile: 'f' },
    'users.url',
  ],
]

function integration(target: object): object {
  return {
    ...{ kafka: { brokers: ['kafka:9092'] }, databases: { flows: { url: 'postgres://db/f', serves: 'flows' } } },
    worker: { flows: ['integration'], integration: { target } },
  }
}

function registry(one: object): object {
  return { worker: { virtualization: { registry: one } } }
}

describe('A login in the settings', () => {
  for (const [where, at, shows, path] of logins)
    it(`goes to others over TLS, or where it is said that it need not: ${where} by ${Object.keys(shows)}`, () => {
      assert.throws(read(at({ url: plain, ...shows })), (error: Error) => {
        assert.match(error.message, /is http, and what is in \w+ would go there without encryption/)
        assert.ok(error.message.includes(`${path}: `), error.message)
        return true
      })
      assert.doesNotThrow(read(at({ url: plain, ...shows, allowUnencrypted: true })))
      assert.doesNotThrow(read(at({ url: encrypted, ...shows })))
    })

  it('is not asked for over plain HTTP, whatever it is for', () => {
    const service = (allowUnencrypted: boolean) => ({
      url: encrypted,
      oauth: oauth('http://login.example'),
      allowUnencrypted,
    })
    const says = /oauth\.tokenEndpointUri: is http, and what is in clientSecretFile would go there without encryption/
    const payments = (one: object) => ({ orders: { payments: { bank: { adapter: 'http', ...one } } } })
    for (const at of [payments, integration]) {
      assert.throws(read(at(service(false))), says)
      assert.doesNotThrow(read(at(service(true))))
    }
  })

  it('is not needed over plain HTTP where nothing secret goes', () => {
    for (const [where, at] of logins)
      if (!where.includes('orders')) assert.doesNotThrow(read(at({ url: plain })), where)
  })

  it('is no part of the address of a registry, which everybody reads', () => {
    assert.throws(read(registry({ url: 'https://kbnt:hunter2@other.example' })), /without a password and a query/)
  })
})
