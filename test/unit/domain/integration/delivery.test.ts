import assert from 'node:assert/strict'
import { decideDelivery, type Idempotency, type Known } from '../../../../operator/domain/integration/delivery.ts'
import {
  type IntegrationEvent,
  integrationNewsFrom,
} from '../../../../operator/domain/integration/integration-event.ts'
import { anEvent, created, type SentMessage, someRoutes } from '../../../fixtures/integration-events.ts'

const unknown: Known = {
  ...{
    status: undefined,
    attempts: 0,
    ageMs: 40_000,
    externalId: undefined,
    putSequence: undefined,
    blockedFrom: undefined,
  },
}
const adjusted = anEvent({ verb: 'Adjust', sequence: 7 })

function decided({ headers, value }: SentMessage, known: Partial<Known> = {}, idempotency: Idempotency = 'key') {
  const news = integrationNewsFrom(headers, value)
  assert.equal(news.kind, 'events')
  const [event] = news.kind === 'events' ? news.events : []
  return decideDelivery(
    event as IntegrationEvent,
    { ...unknown, ...known },
    { routes: someRoutes, idempotency, settleMs: 60_000 },
  )
}

describe('what to do about an event', () => {
  it('nothing, once it is settled', () => {
    for (const status of ['PROCESSED', 'SKIPPED'] as const) assert.equal(decided(anEvent(), { status }).kind, 'through')
  })

  it('a call, also when it was refused or failed before', () => {
    for (const status of [undefined, 'FAILED'] as const) {
      const delivery = decided(anEvent(), { status })
      assert.deepEqual(delivery.kind === 'call' && [delivery.call.path, delivery.guarded], ['/stock-reserved', false])
    }
  })

  it('is written before a POST to a side that knows no keys, and not before a PUT', () => {
    for (const idempotency of ['lookup', 'none'] as const) {
      const post = decided(created(), {}, idempotency)
      assert.equal(post.kind === 'call' && post.guarded, true)
      const put = decided(adjusted, { externalId: 'x' }, idempotency)
      assert.equal(put.kind === 'call' && put.guarded, false)
    }
  })

  it('no second POST where nobody knows of the first: asked for where that can be asked, else left', () => {
    const status = 'NEEDS_ATTENTION'
    assert.equal(decided(anEvent(), { status }, 'none').kind, 'through')
    const look = decided(anEvent(), { status }, 'lookup')
    assert.deepEqual(look.kind === 'look' && [look.question.method, look.question.path], [
      'GET',
      '/events/uid-grinder-3',
    ])
    assert.equal(look.kind === 'look' && look.unsettledMs, 20_000)
    const later = decided(anEvent(), { status, ageMs: 70_000 }, 'lookup')
    assert.equal(later.kind === 'look' && later.unsettledMs, 0)
    assert.equal(decided(adjusted, { status, externalId: 'x' }, 'lookup').kind, 'call')
  })

  it('is left out where no route is given, and where a later state is there', () => {
    assert.equal(decided(anEvent({ verb: 'Extend' })).kind, 'skip')
    for (const putSequence of [7, 8]) assert.equal(decided(adjusted, { externalId: 'x', putSequence }).kind, 'skip')
    assert.equal(decided(adjusted, { externalId: 'x', putSequence: 6 }).kind, 'call')
    assert.equal(decided(anEvent(), { putSequence: 8 }).kind, 'call')
  })

  it('after a dead letter a POST dies and a PUT goes on; the dead one itself may come again', () => {
    const after = decided(anEvent({ sequence: 8 }), { blockedFrom: 7 })
    assert.equal(after.kind === 'refuse' && after.cause, 'AfterDeadLetter')
    assert.equal(decided(anEvent({ sequence: 7 }), { blockedFrom: 7, status: 'FAILED' }).kind, 'call')
    assert.equal(decided(anEvent({ sequence: 6 }), { blockedFrom: 7 }).kind, 'call')
    assert.equal(decided(adjusted, { externalId: 'x', blockedFrom: 5 }).kind, 'call')
  })

  it('dies where their id of the stock is needed and not known', () => {
    const delivery = decided(adjusted)
    assert.equal(delivery.kind === 'refuse' && delivery.cause, 'NoExternalId')
  })
})
