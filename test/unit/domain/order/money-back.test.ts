import assert from 'node:assert/strict'
import type { OrderStatus } from '../../../../operator/domain/order/order.ts'
import type { Resolution } from '../../../../operator/domain/order/payment.ts'
import { aHold, orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, none, said, voided, yes } from '../../../fixtures/order-saga.ts'

const day = 86_400_000
const expired = () => aHold({ phase: 'Expired', reason: 'HoldExpired', message: 'the hold ran out' })

function unknownCharge() {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [lost] })
  return saga
}

function resolve(saga: ReturnType<typeof aSaga>, payment: Resolution['payment']): void {
  const resolution = { by: 'eve', at: '2026-11-22T12:00:00Z', payment, reference: 'pay-9' }
  saga.write({ status: { ...(saga.order.status as OrderStatus), resolution } })
}

describe('a refund', () => {
  function unrefunded() {
    const saga = unknownCharge()
    saga.hold(expired())
    saga.play({ find: [said('taken')] })
    return saga
  }

  it('of which nobody knows is asked for, and made once more with its key', () => {
    const saga = unrefunded()
    const done = saga.play({ refund: [lost, said('refunded')], find: [said('taken')] })
    assert.deepEqual(done, ['refund', 'find', 'refund'])
    assert.equal(saga.phase(), 'Cancelled/HoldExpired')
  })

  it('of which nobody knows is done when the provider says so', () => {
    const saga = unrefunded()
    assert.deepEqual(saga.play({ refund: [lost], find: [said('refunded')] }), ['refund', 'find'])
    assert.equal(saga.phase(), 'Cancelled/HoldExpired')
  })

  it('that is refused for good needs somebody', () => {
    const saga = unrefunded()
    assert.deepEqual(saga.play({ refund: [declined], find: [said('taken')] }), ['refund', 'find'])
    assert.equal(saga.phase(), 'NeedsAttention/RefundRefused')
    assert.equal(saga.order.status?.payment?.state, 'Refunding')
  })

  it('that is refused is over when an administrator has given the money back', () => {
    const saga = unrefunded()
    saga.play({ refund: [declined], find: [said('taken')] })
    resolve(saga, 'Refunded')
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/HoldExpired')
    assert.equal(saga.order.status?.payment?.state, 'Refunded')
  })

  it('of which only a part came back needs somebody', () => {
    const saga = unrefunded()
    saga.play({ refund: [said('refunded', { amount: '10.00', currency: 'EUR' })], find: [said('taken')] })
    assert.equal(saga.phase(), 'NeedsAttention/RefundRefused')
  })

  it('of which its provider says on and on that a part came back needs somebody, and is written of once', () => {
    const saga = unrefunded()
    const part = said('refunded', { amount: '10.00', currency: 'EUR' })
    saga.play({ refund: [part], find: [part, part, part] })
    assert.equal(saga.phase(), 'NeedsAttention/RefundRefused')
  })

  it('is still held by the order when somebody takes its finalizer off', () => {
    const saga = unrefunded()
    saga.play({ refund: [lost] })
    saga.write({ held: false, finalizers: [] })
    assert.equal(saga.decide().kind, 'open')
  })
})

describe('a void that was refused as of a payment that nobody knew', () => {
  const twice = { terms: { ...someTerms, moves: 'twice' } } as const

  it('is made anew when the payment comes after it, also where the process that sent that has ended', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes] })
    saga.restart()
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    const authorised = said('authorised')
    const done = saga.play({ find: [none, authorised], void: [declined, voided] })
    assert.deepEqual(done, ['find', 'void', 'find', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
    assert.equal(saga.order.status?.payment?.intent?.key, `${orderUid}/void/2`)
  })

  it('is not made anew of what was known to be authorised', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')], capture: [declined] })
    saga.play({ void: [declined], find: [said('authorised')] })
    assert.equal(saga.phase(), 'NeedsAttention/VoidRefused')
  })
})

describe('a payment that somebody else has given back', () => {
  const ends = { voided: 'has voided it', refunded: 'has given it back' } as const
  for (const [kind, words] of Object.entries(ends))
    it(`is told as such, and its stock comes back (${kind})`, () => {
      const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
      saga.play({ check: [yes], authorise: [said('authorised')], capture: [lost] })
      const done = saga.play({ find: [kind === 'voided' ? voided : said('refunded')] })
      assert.deepEqual(done, ['find', 'release'])
      assert.match(saga.order.status?.message ?? '', new RegExp(`^provider acme ${words}$`))
      assert.equal(saga.order.status?.phase, 'Cancelled')
    })
})

describe('a charge that comes after the end', () => {
  function ended() {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [declined] })
    return saga
  }

  it('is looked for once, when it can not come any more', () => {
    const saga = ended()
    assert.equal(saga.decide().kind, 'wait')
    saga.later(day + 60_000)
    assert.deepEqual(saga.play({ find: [none] }), ['find'])
    assert.equal(saga.decide().kind, 'wait')
    assert.equal(saga.order.status?.payment?.lookUpAt, undefined)
  })

  it('is given back', () => {
    const saga = ended()
    saga.later(day + 60_000)
    assert.deepEqual(saga.play({ find: [said('taken')], refund: [said('refunded')] }), ['find', 'refund'])
    assert.equal(saga.phase(), 'Cancelled/LateCharge')
    assert.deepEqual(saga.steps().slice(-2), ['FindLateCharge', 'Refund'])
  })
})
