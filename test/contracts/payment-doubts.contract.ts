import assert from 'node:assert/strict'
import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import type { NewPayment } from '../../operator/application/order/payment-provider.ts'
import { aCall, aPayment, foundOf, hastyMs, type PaymentProviderUnderTest, statesOf } from './payments-under-test.ts'

const serve: Behaviour = { kind: 'serve' }

/** What every PaymentProvider says where it can't be certain, and where it can. */
export function paymentDoubtsContract(name: string, open: () => Promise<PaymentProviderUnderTest>): void {
  describe(`${name} as a PaymentProvider that has no proper answer`, () => {
    let subject: PaymentProviderUnderTest
    let made = 0
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())

    const fresh = (particular: Partial<NewPayment> = {}) => aPayment(`uid-${++made}`, particular)
    const states = (payment: NewPayment) => statesOf(subject, payment)
    const found = (payment: NewPayment) => foundOf(subject, payment)
    /** The answer to a call that has none before its time-out. */
    async function timedOut<T>(asking: Promise<T>): Promise<T> {
      await subject.pass(hastyMs)
      return asking
    }

    for (const behaviour of [{ kind: 'lose' }, { kind: 'fail', status: 500 }, { kind: 'fail', status: 503 }] as const)
      it(`does not know of a call that was heeded and ${behaviour.kind === 'lose' ? 'hung up on' : `answered ${behaviour.status}`}; the same key answers it`, async () => {
        const payment = fresh()
        subject.behave(behaviour)
        assert.equal((await subject.provider.charge(payment, aCall('k-1'))).kind, 'unknown')
        subject.behave(serve)
        assert.equal(await found(payment), 'taken')
        assert.equal((await subject.provider.charge(payment, aCall('k-1'))).kind, 'taken')
        assert.deepEqual(states(payment), ['taken'])
      })

    it('does not know of a call that was never heeded either', async () => {
      const payment = fresh()
      subject.behave({ kind: 'reset' })
      assert.equal((await subject.provider.charge(payment, aCall('k-1'))).kind, 'unknown')
      subject.behave({ kind: 'hang' })
      assert.equal((await timedOut(subject.hasty.charge(payment, aCall('k-1')))).kind, 'unknown')
      subject.behave({ kind: 'answer', status: 502 })
      assert.equal((await subject.provider.charge(payment, aCall('k-1'))).kind, 'unknown')
      subject.behave(serve)
      assert.equal(await found(payment), 'none')
    })

    it('takes late what it was asked for, though it knew nothing of it before', async () => {
      const payment = fresh()
      subject.behave({ kind: 'late', afterMs: hastyMs * 2 })
      const answer = await timedOut(subject.hasty.charge(payment, aCall('k-1')))
      assert.deepEqual([answer.kind, answer.kind === 'unknown' && answer.cause], ['unknown', 'TimedOut'])
      subject.behave(serve)
      await subject.pass(hastyMs * 2)
      assert.equal(await found(payment), 'taken')
    })

    it('takes nothing late that was voided before', async () => {
      const payment = fresh()
      subject.behave({ kind: 'late', afterMs: hastyMs * 2 })
      await timedOut(subject.hasty.charge(payment, aCall('k-1')))
      subject.behave(serve)
      await subject.provider.void(payment, aCall('k-2'))
      await subject.pass(hastyMs * 2)
      assert.deepEqual(states(payment), ['voided'])
    })

    it('says for certain that nothing was sent where nothing may be, or where nobody has read it', async () => {
      const payment = fresh()
      const barred = await subject.provider.charge(payment, aCall('k-1', { maySend: () => false }))
      assert.equal(barred.kind, 'notSent')
      for (const status of [301, 401, 403, 404, 405, 429]) {
        subject.behave({ kind: 'answer', status, text: '<html>a proxy</html>' })
        const answer = await subject.provider.charge(payment, aCall('k-1'))
        assert.deepEqual([answer.kind, answer.kind === 'notSent' && answer.cause], ['notSent', `Http${status}`])
      }
      subject.behave(serve)
      assert.equal(await found(payment), 'none')
    })

    it('takes the word of nobody else for it that a payment is not there', async () => {
      for (const text of ['', '<html>not found</html>', '{"reason":"NoSuchCall"}', '{"error":"no route"}']) {
        subject.behave({ kind: 'answer', status: 404, text })
        assert.equal(await found(fresh()), 'notSent')
      }
    })

    const payment = { id: 'pay-1', state: 'taken', amount: 1, currency: 'EUR', createdAt: '2026-11-22T10:00:00Z' }
    for (const [what, text] of [
      ['nothing', ''],
      ['no JSON', '<html>log in, please</html>'],
      ['a payment of somebody else', JSON.stringify({ ...payment, reference: 'another' })],
      ['no amount', JSON.stringify({ ...payment, reference: 'uid-x', amount: undefined })],
      ['a part of a coin', JSON.stringify({ ...payment, reference: 'uid-x', amount: 0.5 })],
      ['no currency', JSON.stringify({ ...payment, reference: 'uid-x', currency: 'euro' })],
      ['a state that nobody knows', JSON.stringify({ ...payment, reference: 'uid-x', state: 'done' })],
      ['a payment that is not decided', JSON.stringify({ ...payment, reference: 'uid-x', state: 'pending' })],
      ['a payment that is only authorised', JSON.stringify({ ...payment, reference: 'uid-x', state: 'authorised' })],
    ] as const)
      it(`does not take ${what} for a payment that was taken`, async () => {
        subject.behave({ kind: 'answer', status: 200, text })
        const answer = await subject.provider.charge(fresh({ reference: 'uid-x' }), aCall('k-1'))
        assert.equal(answer.kind, 'unknown')
      })

    it('says which amount the provider has, whatever was asked for', async () => {
      subject.behave({ kind: 'answer', status: 201, text: JSON.stringify({ ...payment, reference: 'uid-x' }) })
      const answer = await subject.provider.charge(fresh({ reference: 'uid-x' }), aCall('k-1'))
      assert.deepEqual('amount' in answer && answer.amount, { minor: 1, currency: 'EUR' })
    })

    it('ends the waiting, and not the effect, of a call that is given up', async () => {
      const ending = new AbortController()
      const payment = fresh()
      subject.behave({ kind: 'late', afterMs: 1 })
      const asking = subject.provider.charge(payment, aCall('k-1', { signal: ending.signal }))
      while (states(payment).length === 0) await subject.pass(1)
      ending.abort()
      assert.equal((await asking).kind, 'unknown')
      subject.behave(serve)
      assert.equal(await found(payment), 'taken')
    })
  })
}
