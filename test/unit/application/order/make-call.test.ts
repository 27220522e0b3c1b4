import assert from 'node:assert/strict'
import { makeCall } from '../../../../operator/application/order/make-call.ts'
import type { BegunPayment } from '../../../../operator/application/order/payment-provider.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { orderBank } from '../../../fakes/order-bank.ts'
import { someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, said, yes } from '../../../fixtures/order-saga.ts'

describe('makeCall', () => {
  it('voids what a provider has authorised of nothing, by the amount that it was asked for', async () => {
    const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
    saga.play({ check: [yes], authorise: [said('authorised', { amount: '0.00', currency: 'EUR' })] })
    assert.equal(saga.order.status?.payment?.state, 'Voiding')
    const asked: BegunPayment[] = []
    const bank = orderBank({ clock: fakeClock(), moves: 'twice', mishap: () => 'none', voidsUnknown: true })
    const provider = {
      ...bank,
      async void(payment: BegunPayment) {
        asked.push(payment)
        return { kind: 'voided' } as const
      },
    }
    const services = {
      users: { name: 'users', check: async () => ({ kind: 'valid' }) as const },
      payments: new Map([['acme', provider]]),
      notices: { name: 'notices', send: async () => ({ kind: 'accepted' }) as const },
    }
    const terms = { maySend: () => true, signal: new AbortController().signal }
    const made = await makeCall(services, saga.order, 'void', terms)
    assert.deepEqual(made.answer.answer, { kind: 'voided' })
    assert.deepEqual(asked[0]?.amount, { minor: 69_800, currency: 'EUR' })
  })
})
