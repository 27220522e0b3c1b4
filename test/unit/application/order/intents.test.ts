import assert from 'node:assert/strict'
import { intents } from '../../../../operator/application/order/intents.ts'
import type { Order, OrderStatus } from '../../../../operator/domain/order/order.ts'
import { intended, type PaymentStatus, payIntended } from '../../../../operator/domain/order/payment.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anOrder, someTerms } from '../../../fixtures/order-builders.ts'

function someIntents() {
  const clock = fakeClock()
  let leads = true
  const subject = intents(clock, () => leads)
  const withPayment = (payment: PaymentStatus): Order => anOrder({ status: { payment } as OrderStatus })
  /** As this process stores it. */
  const store = (before: Order, payment: PaymentStatus): Order => {
    subject.about(before, payment)
    return withPayment(payment)
  }
  const first = () => payIntended(anOrder(), someTerms, clock.now())
  const again = ({ status }: Order) =>
    intended(anOrder(), status?.payment as PaymentStatus, { call: 'charge', terms: someTerms, now: clock.now() })
  const lose = () => {
    leads = false
  }
  return { clock, subject, withPayment, store, first, again, lose }
}

describe('intents', () => {
  it('are never sent as long as nobody was told that they may be', async () => {
    const { clock, subject, store, first, again } = someIntents()
    const stored = store(anOrder(), first())
    assert.equal(subject.neverSent(stored), true)
    const late = subject.take(stored)
    await clock.advance(10_001)
    assert.deepEqual([late(), subject.sendable(stored), subject.neverSent(stored)], [false, false, true])
    const anew = store(stored, again(stored))
    assert.deepEqual([subject.sendable(anew), subject.neverSent(anew)], [true, true])
    assert.equal(subject.take(anew)(), true)
    assert.equal(subject.neverSent(anew), false)
  })

  it('may have been sent for good where one try of them was', async () => {
    const { clock, subject, store, first, again } = someIntents()
    const sent = store(anOrder(), first())
    subject.take(sent)()
    await clock.advance(1)
    assert.equal(subject.neverSent(store(sent, again(sent))), false)
  })

  it('may have been sent where another process has stored them, before this one or instead of it', async () => {
    const { clock, subject, withPayment, store, first, again } = someIntents()
    const others = withPayment(first())
    assert.equal(subject.neverSent(others), false)
    await clock.advance(1)
    assert.equal(subject.neverSent(store(others, again(others))), false)
    subject.about(anOrder(), first()) // which could not be stored: it was there already
    assert.deepEqual([subject.neverSent(others), subject.sendable(others)], [false, false])
  })

  it('may have been sent by who leads by now', () => {
    const { subject, store, first, lose } = someIntents()
    const stored = store(anOrder(), first())
    lose()
    assert.equal(subject.neverSent(stored), false)
  })
})
