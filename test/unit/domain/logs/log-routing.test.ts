import assert from 'node:assert/strict'
import type { EntryLevel } from '../../../../operator/domain/logs/log-entry.ts'
import { topicsOf } from '../../../../operator/domain/logs/log-routing.ts'
import { readSettings } from '../../../../operator/infrastructure/settings/read-settings.ts'

describe('topicsOf', () => {
  const { routes } = readSettings({ argv: [], env: {}, readFile: () => '' }).gateway.logs
  const usual: readonly (readonly [EntryLevel, string, readonly string[]])[] = [
    ['INFO', 'order-service', ['application-logs']],
    ['ERROR', 'order-service', ['error-logs']],
    ['FATAL', 'order-service', ['error-logs']],
    ['WARN', 'auth-service', ['audit-logs']],
    ['DEBUG', 'billing-service', ['financial-logs']],
    ['ERROR', 'payment-service', ['error-logs', 'financial-logs']],
  ]
  for (const [level, service, topics] of usual)
    it(`has ${level} of ${service} in ${topics.join(' and ')}`, () =>
      assert.deepEqual(topicsOf({ level, service }, routes), topics))

  it('wants both where a route asks for both, and names a topic once', () => {
    const both = [
      { levels: ['WARN'], services: ['a'], topic: 'one' },
      { levels: ['WARN'], topic: 'two' },
      { services: ['a'], topic: 'two' },
    ] as const
    assert.deepEqual(topicsOf({ level: 'WARN', service: 'a' }, both), ['one', 'two'])
    assert.deepEqual(topicsOf({ level: 'INFO', service: 'a' }, both), ['two'])
    assert.deepEqual(topicsOf({ level: 'INFO', service: 'b' }, both), [])
  })
})
