import assert from 'node:assert/strict'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

function ordersOf(orders: object) {
  const file = JSON.stringify({ orders })
  return readSettings({ argv: ['--config', 'f'], env: {}, readFile: () => file }).orders
}

const url = 'https://payments.example/v1'
const acme = { adapter: 'http', url }
const oauth = { tokenEndpointUri: 'https://t', clientId: 'c', clientSecretFile: 's' }

describe('settings of orders', () => {
  it('ask nobody and tell nobody, and know of no payment provider, where nothing is set', () => {
    const { users, payments, notifications } = ordersOf({})
    assert.deepEqual([users.adapter, notifications.adapter, payments], ['none', 'none', {}])
  })

  it('are complete with the name and the address of a provider', () => {
    assert.deepEqual(ordersOf({ payments: { acme } }).payments['acme'], {
      ...{ ...acme, allowUnencrypted: false, timeoutMs: 10_000, concurrency: 32 },
      ...{ breaker: { failures: 10, openMs: 15_000 }, moves: 'twice', keyWindowMs: 86_400_000, longestCallMs: 300_000 },
    })
  })

  it('take plain HTTP where that is meant', () => {
    const users = { adapter: 'http', url: 'http://users', allowUnencrypted: true, timeout: '2s' }
    assert.equal(ordersOf({ users }).users.timeoutMs, 2_000)
  })

  const wrong: readonly (readonly [what: string, orders: object, fault: RegExp])[] = [
    ['no address', { users: { adapter: 'http' } }, /orders\.users\.url: is missing, and every order calls it/],
    [
      'an address that nobody calls',
      { notifications: { url } },
      /orders\.notifications\.url: is there, and adapter is none/,
    ],
    [
      'a provider of which nobody says whether it is called',
      { payments: { acme: { url } } },
      /orders\.payments\.acme: adapter is missing/,
    ],
    [
      'money over plain HTTP',
      { payments: { acme: { ...acme, url: 'http://acme' } } },
      /payments\.acme\.url: is http: .*allowUnencrypted: true/,
    ],
    [
      'two ways to log in',
      { payments: { acme: { ...acme, tokenFile: 'f', oauth } } },
      /payments\.acme\.oauth: is there beside tokenFile/,
    ],
    [
      'calls without an end',
      { payments: { acme: { ...acme, timeout: '2m' } } },
      /payments\.acme\.timeout: is not between 10ms and 60s/,
    ],
    [
      'calls that last longer than they may',
      { payments: { acme: { ...acme, longestCall: '5s' } } },
      /payments\.acme\.longestCall: 5000 ms is shorter than timeout, 10000 ms/,
    ],
    [
      'keys that are forgotten before a call may come again',
      { payments: { acme: { ...acme, keyWindow: '5m' } } },
      /payments\.acme\.keyWindow: is not 1m longer than longestCall/,
    ],
    ['a name that is none', { payments: { 'Acme Inc': acme } }, /is not the name of a payment provider/],
  ]
  for (const [what, orders, fault] of wrong)
    it(`refuse ${what}`, () => {
      assert.throws(() => ordersOf(orders), fault)
    })
})
