import assert from 'node:assert/strict'
import { orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, said, voided, yes } from '../../../fixtures/order-saga.ts'

const twice = { terms: { ...someTerms, moves: 'twice' } } as const
const day = 86_400_000
const pending = { kind: 'pending' } as const

function pendingPayment() {
  const saga = aSaga({}, twice)
  assert.deepEqual(saga.play({ check: [yes], authorise: [lost], find: [pending] }).slice(-1), ['find'])
  return saga
}

describe('a payment that its provider has not decided', () => {
  it('is waited for, and its stock stays held', () => {
    const saga = pendingPayment()
    assert.equal(saga.phase(), 'Paying/PaymentUnknown')
    assert.deepEqual(saga.play({ find: [pending, said('authorised')] }), ['find', 'find', 'confirm'])
  })

  it('is voided once its order is cancelled', () => {
    const saga = pendingPayment()
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    assert.deepEqual(saga.play({ find: [pending], void: [voided] }), ['find', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
    assert.equal(saga.order.status?.payment?.state, 'Voided')
  })

  it('is voided with the same key as long as nobody knows whether that came', () => {
    const saga = pendingPayment()
    saga.write({ deleting: true })
    assert.deepEqual(saga.play({ find: [pending, pending], void: [lost] }), ['find', 'void', 'find'])
    assert.equal(saga.order.status?.payment?.intent?.key, `${orderUid}/void/1`)
    assert.deepEqual(saga.play({ void: [voided] }), ['void', 'release'])
  })

  it('is voided when its time is over, though nobody has cancelled it', () => {
    const saga = pendingPayment()
    saga.given({ terms: { ...twice.terms, keyWindowMs: day } })
    saga.later(day + 60_000)
    saga.play({ find: [pending] })
    const { undoing, payment } = saga.order.status ?? {}
    assert.deepEqual([undoing?.reason, payment?.state], ['PaymentNotTaken', 'Voiding'])
    assert.deepEqual(saga.play({ void: [voided] }), ['void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentNotTaken')
  })

  it('needs somebody where its void is refused, and is voided anew when it is authorised after that', () => {
    const saga = pendingPayment()
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    saga.play({ find: [pending, pending], void: [declined] })
    saga.later(1_800_001)
    saga.play({ find: [pending] })
    assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
    saga.play({ find: [said('authorised')] })
    assert.equal(saga.order.status?.payment?.intent?.key, `${orderUid}/void/2`)
  })
})
