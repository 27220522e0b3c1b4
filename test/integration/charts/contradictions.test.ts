import assert from 'node:assert/strict'
import { rendered, setJson } from './helm.ts'

const kafka = { brokers: ['kafka:9093'], tls: true }
const alerts = { enabled: true, alertmanagers: ['http://alertmanager:9093'] }
const plain = 'http://partner.example'
const byFile = (tokenEndpointUri: string) => ({ tokenEndpointUri, clientId: 'kbnt', clientSecretFile: '/etc/client' })

/** What pods would end for at their start, and what no pod can see, for each knows its own flow alone. */
const contradictions: readonly { readonly values: object; readonly says: RegExp }[] = [
  { values: { 'settings.orders.payments': { bank: { adapter: 'http' } } }, says: /payments[.]bank[.]url is missing/ },
  {
    values: { 'settings.orders.users': { adapter: 'none', url: 'https://users' } },
    says: /settings[.]orders[.]users[.]url is there, and adapter is none/,
  },
  {
    values: {
      'settings.orders.notifications': {
        ...{ adapter: 'http', url: 'https://tell', tokenFile: '/etc/token' },
        oauth: byFile('https://login.example'),
      },
    },
    says: /orders[.]notifications has oauth and tokenFile, two ways/,
  },
  {
    values: { 'settings.orders.users': { adapter: 'http', url: plain, allowUnencrypted: true, tls: {} } },
    says: /settings[.]orders[.]users[.]url is http, and .*tls is for TLS/,
  },
  {
    values: { 'settings.leaderElection': { leaseDuration: '5s' } },
    says: /renewDeadline is 10s, which is not shorter/,
  },
  { values: { 'settings.leaderElection': { renewDeadline: '2.2s' } }, says: /retryPeriod is 2s, which is not between/ },
  {
    values: {
      'settings.leaderElection': { leaseDuration: '900ms', renewDeadline: '500ms', retryPeriod: '100ms' },
    },
    says: /leaseDuration is 0[.]9s: give 1s at least/,
  },
  {
    values: { 'settings.gateway.logs.routes': [{ topic: 'errors', levels: ['ERROR'] }] },
    says: /settings[.]gateway[.]logs[.]routes has none without levels and services/,
  },
  {
    values: { kafka, 'flows.alerts': alerts, 'settings.worker.alerts.deadLetterTopic': 'critical-stock-events' },
    says: /settings[.]worker[.]alerts[.]deadLetterTopic is critical-stock-events, which the flow reads/,
  },
  {
    values: {
      ...{ kafka, 'flows.alerts': alerts, 'flows.history': { enabled: true, database: { secret: 'past', tls: true } } },
      'settings.worker.history.group': 'kbnt-alerts',
    },
    says: /flows[.]alerts and flows[.]history are both the group kbnt-alerts/,
  },
]

describe('Settings of the values that contradict each other', () => {
  for (const { values, says } of contradictions)
    it(`are refused by the chart: ${JSON.stringify(values)}`, () =>
      assert.rejects(rendered('kbnt-operator', ...setJson(values)), says))

  it('are taken where they do not', async () => {
    const values = {
      'settings.leaderElection': { leaseDuration: '1m', renewDeadline: '40s', retryPeriod: '500ms' },
      'settings.gateway.logs.routes': [{ topic: 'errors', levels: ['ERROR'] }, { topic: 'lines' }],
      'settings.orders.payments': { bank: { adapter: 'http', url: 'https://bank' }, cash: { adapter: 'none' } },
    }
    await rendered('kbnt-operator', ...setJson(values))
  })
})
