import assert from 'node:assert/strict'
import { aHold, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, none, said, yes } from '../../../fixtures/order-saga.ts'

const minute = 60_000
const refused = { kind: 'notSent', reason: 'POST /payments is answered 401: token expired' } as const
const twice = { terms: { ...someTerms, moves: 'twice' } } as const
const told = 'provider acme can not be used just now: POST /payments is answered 401: token expired'

describe('a provider that can not be used', () => {
  it('is told of in the order, once, with the reason', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [refused] })
    assert.deepEqual([saga.phase(), saga.order.status?.message], ['Paying/PaymentUnavailable', told])
    const before = saga.order.resourceVersion
    assert.deepEqual(saga.play({ find: [refused, refused] }), ['find', 'find'])
    assert.equal(saga.order.resourceVersion, before)
    saga.play({ find: [none], charge: [said('taken')], notify: [yes] })
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('is why an order is cancelled, which says so', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [refused] })
    saga.hold(aHold({ expiresAt: new Date(saga.now + 60 * minute).toISOString() }))
    saga.later(16 * minute)
    saga.play({ find: [none] })
    assert.match(
      saga.order.status?.undoing?.message ?? '',
      /401: token expired; nothing went on for a quarter of an hour/,
    )
  })

  it('is told of where it keeps nobody knows what, too', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [{ kind: 'unknown', reason: 'POST /payments is answered 500: oh' }] })
    assert.equal(
      saga.order.status?.message,
      'it is not known whether acme has taken it: POST /payments is answered 500: oh',
    )
    saga.hold(aHold({ expiresAt: new Date(saga.now + 60 * minute).toISOString() }))
    saga.play({ find: [refused] })
    saga.later(31 * minute)
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
    assert.match(saga.order.status?.message ?? '', /call to charge \(POST \/payments is answered 401: token expired\);/)
  })

  it('is told of where money is to go back, beside why', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')], capture: [declined], void: [refused] })
    assert.equal(saga.order.status?.message, `card refused; ${told}`)
    assert.equal(saga.phase(), 'Cancelling/CaptureRefused')
  })
})
