import assert from 'node:assert/strict'
import type { Consumer } from 'kafkajs'
import { followMembership, whyStuck } from '../../../../../operator/infrastructure/kafka/consumer/membership.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

describe('a member of a group', () => {
  it('counts from when it has sent the heartbeat that was answered last', async () => {
    const clock = fakeClock()
    const listeners = new Map<string, (event: { readonly payload: object }) => void>()
    const names = ['GROUP_JOIN', 'REBALANCING', 'HEARTBEAT', 'CRASH', 'REQUEST']
    const consumer = {
      events: Object.fromEntries(names.map((name) => [name, name])),
      on: (name: string, listener: (event: { readonly payload: object }) => void) => listeners.set(name, listener),
    } as unknown as Consumer
    const membership = followMembership(consumer, clock, { joined: () => undefined })
    assert.equal(membership.silentMs(), Number.POSITIVE_INFINITY)
    listeners.get('REQUEST')?.({ payload: { apiName: 'Heartbeat', duration: 7_000 } })
    listeners.get('REQUEST')?.({ payload: { apiName: 'Fetch', duration: 10 } })
    listeners.get('HEARTBEAT')?.({ payload: {} })
    assert.equal(membership.silentMs(), 7_000)
    await clock.advance(1_000)
    assert.equal(membership.silentMs(), 8_000)
  })

  it('is stuck when no heartbeat was answered for a minute, though brokers answer: /livez says so', () => {
    assert.equal(whyStuck(59_999, true), undefined)
    assert.equal(whyStuck(60_000, true), 'no heartbeat was answered for 60 s, though brokers answer')
    assert.equal(whyStuck(Number.POSITIVE_INFINITY, false), undefined)
  })
})
