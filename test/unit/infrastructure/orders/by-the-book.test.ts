import assert from 'node:assert/strict'
import { paymentByTheBook } from '../../../../operator/infrastructure/orders/by-the-book.ts'
import { aCall, aPayment, calm } from '../../../contracts/payments-under-test.ts'

describe('payment by the book', () => {
  const provider = paymentByTheBook('till')
  const payment = aPayment('uid-1')

  it('counts as done what it is asked for, of the amount that was asked for', async () => {
    const settled = { providerReference: 'uid-1', amount: payment.amount }
    assert.deepEqual(await provider.authorise(payment, aCall('k-1')), { kind: 'authorised', ...settled })
    assert.deepEqual(await provider.charge(payment, aCall('k-1')), { kind: 'taken', ...settled })
    assert.deepEqual(await provider.capture(payment, aCall('k-2')), { kind: 'taken', ...settled })
    assert.deepEqual(await provider.refund(payment, aCall('k-3')), { kind: 'refunded', ...settled })
    assert.deepEqual(await provider.void(payment, aCall('k-4')), { kind: 'voided' })
  })

  it('knows of no payment, for it moves no money', async () => {
    await provider.charge(payment, aCall('k-1'))
    assert.deepEqual(await provider.find('uid-1', { key: 'find', signal: calm() }), { kind: 'none' })
    for await (const one of provider.list(0, Date.UTC(2100, 0), calm())) assert.fail(one.reference)
  })

  it('does nothing that may not be done any more', async () => {
    const barred = aCall('k-1', { maySend: () => false })
    const calls = [provider.authorise, provider.charge, provider.capture, provider.void, provider.refund]
    for (const one of calls) assert.equal((await one(payment, barred)).kind, 'notSent')
  })
})
