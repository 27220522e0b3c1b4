import assert from 'node:assert/strict'
import { sayable } from '../../../../operator/domain/integration/call.ts'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

const target = { url: 'https://partner.example/api' }

function integrationOf(
  integration: object,
  databases: object = { flows: { serves: 'flows', url: 'postgresql://db/f' } },
) {
  const file = JSON.stringify({ databases, worker: { integration } })
  const argv = ['--config', 'f', '--flows', 'integration', '--kafka-brokers', 'kafka:9092']
  return readSettings({ argv, env: {}, readFile: () => file }).worker.integration
}

describe('settings of the flow integration', () => {
  it('are complete with the address of the target alone', () => {
    const settings = integrationOf({ target })
    assert.deepEqual(settings.delaysMs, [5_000, 60_000, 600_000])
    assert.deepEqual(settings.target, {
      ...{ ...target, name: 'partner', idempotency: 'key', timeoutMs: 10_000, settleMs: 60_000 },
      ...{ concurrency: 32, allowUnencrypted: false },
      breaker: { failures: 10, openMs: 15_000 },
    })
    assert.deepEqual(settings.routes['stock.adjusted'], { method: 'PUT', path: '/stock-updated/{externalId}' })
  })

  it('take a route for everything that can be said, and for nothing else', () => {
    const route = { method: 'POST', path: '/x' }
    const routes = Object.fromEntries(sayable.map((occasion) => [occasion, route]))
    assert.deepEqual(integrationOf({ target, routes }).routes, routes)
    assert.throws(() => integrationOf({ target, routes: { 'stock.sung': route } }), /worker\.integration\.routes/)
  })

  const oauth = { tokenEndpointUri: 'https://t', clientId: 'c', clientSecretFile: 's' }
  const wrong: readonly (readonly [what: string, integration: object, fault: RegExp])[] = [
    ['no address', {}, /worker\.integration\.target\.url: is missing/],
    [
      'a time to settle that ends before its call',
      { target: { ...target, idempotency: 'lookup', settle: '19s' } },
      /target\.settle: is not twice target\.timeout at least/,
    ],
    [
      'two ways to log in',
      { target: { ...target, tokenFile: 'f', oauth } },
      /target\.oauth: is there beside tokenFile/,
    ],
    [
      'a certificate that nobody sees',
      { target: { url: 'http://x', tls: { caFile: 'f' } } },
      /target\.tls: is there, and url is http/,
    ],
    [
      'a certificate without its key',
      { target: { ...target, tls: { certFile: 'f' } } },
      /target\.tls: keyFile is missing/,
    ],
    ['calls without an end', { target: { ...target, timeout: '2m' } }, /target\.timeout: is not between 10ms and 60s/],
    ['one topic for two things', { target, retryTopic: 'stock-audit-logs' }, /deadLetterTopic: is one of topics/],
    [
      'look-ups without a path',
      { target: { ...target, idempotency: 'lookup' } },
      /routes\.stock\.created\.lookup: is missing/,
    ],
    [
      'a path that is an address',
      { target, routes: { 'stock.created': { method: 'POST', path: 'https://x' } } },
      /a path such as/,
    ],
  ]
  for (const [what, integration, fault] of wrong)
    it(`are refused with ${what}`, () => {
      assert.throws(() => integrationOf(integration), fault)
    })

  it('are refused without a database of flows', () => {
    assert.throws(
      () => integrationOf({ target }, {}),
      /worker\.database: is "flows", and databases has none of that name/,
    )
  })
})
