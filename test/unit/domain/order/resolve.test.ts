import assert from 'node:assert/strict'
import type { OrderStatus } from '../../../../operator/domain/order/order.ts'
import type { Resolution } from '../../../../operator/domain/order/payment.ts'
import { someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, said, voided, yes } from '../../../fixtures/order-saga.ts'

const twice = { terms: { ...someTerms, moves: 'twice' } } as const
type Saga = ReturnType<typeof aSaga>

function unknownCharge(): Saga {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [lost] })
  return saga
}

function resolve(saga: Saga, payment: Resolution['payment'], at = '2026-11-22T12:00:00Z'): void {
  const resolution = { by: 'eve', at, payment, reference: 'pay-9' }
  saga.write({ status: { ...(saga.order.status as OrderStatus), resolution } })
}

describe('what an administrator has found out', () => {
  it('sells what is still held', () => {
    const saga = unknownCharge()
    resolve(saga, 'Taken')
    assert.deepEqual(saga.play({ notify: [yes] }), ['confirm', 'notify'])
    assert.equal(saga.phase(), 'Completed/Completed')
    assert.equal(saga.order.status?.payment?.reference, 'pay-9')
  })

  it('gives back what is held', () => {
    const saga = unknownCharge()
    resolve(saga, 'NotTaken')
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
  })

  it('is taken over once', () => {
    const saga = unknownCharge()
    resolve(saga, 'Taken')
    saga.play({ notify: [yes] })
    assert.equal(saga.steps().filter((step) => step === 'Resolve').length, 1)
    assert.equal(saga.decide().kind, 'wait')
  })

  function unclear(): Saga {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')] })
    const status = saga.order.status as OrderStatus
    const conditions = status.conditions.map((one) => (one.type === 'StockSold' ? { ...one, status: 'False' } : one))
    saga.hold(undefined)
    const payment = { ...(status.payment as NonNullable<OrderStatus['payment']>), state: 'Taken' } as const
    saga.write({ status: { ...status, phase: 'Confirming', payment, conditions } as OrderStatus })
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StockUnclear')
    return saga
  }

  it('says whether stock was sold whose reservation was deleted when it may have been', () => {
    const saga = unclear()
    resolve(saga, 'Taken')
    saga.play({ notify: [yes] })
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('does not say that such stock came back where its money did', () => {
    const saga = unclear()
    resolve(saga, 'NotTaken')
    saga.play()
    const { history = [], phase } = saga.order.status ?? {}
    assert.equal(phase, 'Cancelled')
    const back = history.find(({ operation }) => operation === 'ReleaseStock')?.message
    assert.match(back ?? '', /whether its stock came back is not known/)
  })
})

describe('a payment whose call is not in its status, as somebody has written that by hand,', () => {
  const states = ['Intended', 'Unknown', 'Capturing', 'Voiding', 'Refunding'] as const
  for (const state of states)
    it(`needs somebody who says where it is (${state}), and goes on from there`, () => {
      const saga = unknownCharge()
      const status = saga.order.status as OrderStatus
      const { intent: _, unknownSince: __, ...payment } = status.payment as NonNullable<OrderStatus['payment']>
      saga.write({ status: { ...status, payment: { ...payment, state } } })
      saga.play()
      assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
      assert.match(saga.order.status?.message ?? '', new RegExp(`its payment is ${state}, and not by which call`))
      assert.equal(saga.decide().kind, 'wait')
      resolve(saga, 'NotTaken')
      assert.deepEqual(saga.play(), ['release'])
      assert.equal(saga.order.status?.phase, 'Cancelled')
    })
})

describe('what an administrator says where nobody had to', () => {
  it('gives nothing back once more where somebody is called for stock alone', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [said('taken', { amount: '1.00', currency: 'EUR' })] })
    saga.given({ refused: { release: 'a policy' } })
    saga.play({ refund: [said('refunded', { amount: '1.00', currency: 'EUR' })] })
    saga.later(3_600_001)
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StockUndecided')
    resolve(saga, 'Taken')
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.order.status?.payment?.state, 'Refunded')
    assert.equal(saga.steps().at(-1), 'Resolve!')
  })

  const words = ['Taken', 'NotTaken', 'Refunded'] as const
  for (const word of words)
    it(`leaves an order that is made as it is (${word}), and says so`, () => {
      const saga = aSaga()
      saga.play({ check: [yes], charge: [said('taken')], notify: [lost] })
      assert.equal(saga.phase(), 'Notifying/NoticeUnavailable')
      resolve(saga, word)
      saga.play()
      assert.equal(saga.phase(), 'Notifying/NoticeUnavailable')
      const { payment, message, resolvedAt } = saga.order.status ?? {}
      assert.deepEqual([payment?.state, resolvedAt], ['Taken', '2026-11-22T12:00:00Z'])
      assert.match(message ?? '', new RegExp(`^eve says: ${word}, pay-9; nobody had to say that`))
      assert.equal(saga.steps().at(-1), 'Resolve!')
      saga.play({ notify: [yes] })
      assert.equal(saga.phase(), 'Completed/Completed')
    })

  it('leaves one that is over as it is, with the message of its end, and tells of it once', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [declined] })
    const { message } = saga.order.status ?? {}
    resolve(saga, 'Taken')
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
    assert.equal(saga.order.status?.message, message)
    assert.equal(saga.steps().at(-1), 'Resolve!')
    assert.equal(saga.decide().kind, 'wait')
  })

  it('leaves money alone that is known to be authorised, and what is to be voided', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')], capture: [declined] })
    assert.equal(saga.order.status?.payment?.state, 'Voiding')
    resolve(saga, 'NotTaken')
    assert.deepEqual(saga.play({ void: [voided] }), ['void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CaptureRefused')
  })

  it('is heard again when it is written anew for one that needs attention by then', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    resolve(saga, 'NotTaken')
    saga.play({ charge: [lost] })
    assert.equal(saga.phase(), 'Paying/PaymentUnknown')
    resolve(saga, 'NotTaken', '2026-11-22T13:00:00Z')
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
  })
})
