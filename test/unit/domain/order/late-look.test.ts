import assert from 'node:assert/strict'
import { orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, none, said, unsent, voided, yes } from '../../../fixtures/order-saga.ts'

const day = 86_400_000

/** One that was declined, and is to be looked for once more by now. */
function due() {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [declined] })
  saga.later(day + 60_000)
  return saga
}

const lookUpAt = (saga: ReturnType<typeof aSaga>) => saga.order.status?.payment?.lookUpAt

describe('a late look for money', () => {
  it('says once that it is not answered, and why, and goes on', () => {
    const saga = due()
    assert.deepEqual(saga.play({ find: [lost] }), ['find'])
    const { message, phase } = saga.order.status ?? {}
    assert.equal(phase, 'Cancelled')
    assert.equal(
      message,
      'card refused; provider acme is asked for a week whether it was taken after all, and does not say: no answer within 10 s',
    )
    const before = saga.order.resourceVersion
    assert.deepEqual(saga.play({ find: [unsent, lost] }), ['find', 'find'])
    assert.equal(saga.order.resourceVersion, before)
    assert.deepEqual(saga.play({ find: [none] }), ['find'])
    assert.deepEqual([lookUpAt(saga), saga.order.status?.message], [undefined, 'card refused'])
  })

  it('says nothing again where its message has no room for that', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [{ kind: 'declined', message: 'no'.repeat(800) }] })
    saga.later(day + 60_000)
    saga.play({ find: [lost] })
    const before = saga.order.resourceVersion
    saga.play({ find: [unsent, lost] })
    assert.equal(saga.order.resourceVersion, before)
  })

  it('finds what was taken also after that', () => {
    const saga = due()
    saga.play({ find: [lost] })
    assert.deepEqual(saga.play({ find: [said('taken')], refund: [said('refunded')] }), ['find', 'refund'])
    assert.equal(saga.phase(), 'Cancelled/LateCharge')
  })

  for (const answer of [lost, unsent, { kind: 'pending' } as const])
    it(`is given up after a week without an answer, but not unasked, and somebody is told: ${answer.kind}`, () => {
      const saga = due()
      saga.later(7 * day)
      assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
      assert.deepEqual(saga.play({ find: [answer] }), ['find'])
      assert.deepEqual([lookUpAt(saga), saga.phase()], [undefined, 'Cancelled/PaymentDeclined'])
      assert.match(
        saga.order.status?.message ?? '',
        new RegExp(`has not said for a week .* look there for ${orderUid}`),
      )
      assert.equal(saga.steps().at(-1), 'NeedAttention')
      assert.deepEqual(saga.play({ find: [answer] }), [])
    })
})

describe('an authorisation that comes after its void', () => {
  const hour = 3_600_000
  const keyOf = (saga: ReturnType<typeof aSaga>) => saga.order.status?.payment?.intent?.key

  /** Not known to be authorised, cancelled and voided; the provider says that it is authorised after all. */
  function charged() {
    const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
    saga.play({ check: [yes], authorise: [lost] })
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    saga.play({ find: [none], void: [voided] })
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
    saga.later(day + 60_000)
    return saga
  }

  it('is voided by another call: the first one would be answered as it was then', () => {
    const saga = charged()
    assert.deepEqual(saga.play({ find: [said('authorised')], void: [voided] }), ['find', 'void'])
    assert.deepEqual([saga.phase(), keyOf(saga)], ['Cancelled/LateCharge', `${orderUid}/void/2`])
    saga.later(hour + 1)
    assert.deepEqual(saga.play({ find: [voided] }), ['find'])
    assert.deepEqual([saga.phase(), lookUpAt(saga)], ['Cancelled/LateCharge', undefined])
  })

  it('and after each that follows needs somebody, with an hour between two looks', () => {
    const saga = charged()
    assert.deepEqual(saga.play({ find: [said('authorised')], void: [voided] }), ['find', 'void'])
    assert.deepEqual(saga.play({ find: [said('authorised')] }), [])
    saga.later(hour + 1)
    assert.deepEqual(saga.play({ find: [said('authorised')], void: [voided] }), ['find', 'void'])
    assert.equal(keyOf(saga), `${orderUid}/void/3`)
    saga.later(hour + 1)
    saga.play({ find: [said('authorised'), said('authorised'), said('authorised')], void: [voided] })
    assert.equal(saga.phase(), 'NeedsAttention/VoidRefused')
    assert.deepEqual(saga.play({ find: [voided] }), ['find'])
    assert.deepEqual([saga.phase(), lookUpAt(saga)], ['Cancelled/LateCharge', undefined])
  })
})

describe('a charge that comes after its refund', () => {
  it('is not refunded twice: it needs somebody', () => {
    const saga = due()
    saga.play({ find: [said('taken'), declined], refund: [lost] })
    assert.equal(saga.phase(), 'Cancelled/LateCharge')
    saga.later(3_600_001)
    assert.deepEqual(saga.play({ find: [said('taken'), said('taken')], refund: [said('refunded')] }), ['find', 'find'])
    assert.equal(saga.phase(), 'NeedsAttention/RefundRefused')
  })
})

describe('a late look that finds what was taken and given back', () => {
  it('stores that', () => {
    const saga = due()
    assert.deepEqual(saga.play({ find: [said('refunded')] }), ['find'])
    assert.deepEqual([saga.phase(), saga.order.status?.payment?.state], ['Cancelled/PaymentDeclined', 'Refunded'])
    assert.deepEqual([lookUpAt(saga), saga.steps().at(-1)], [undefined, 'Refund'])
  })
})
