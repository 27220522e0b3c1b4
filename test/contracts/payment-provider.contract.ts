import assert from 'node:assert/strict'
import type { NewPayment, ProviderPayment } from '../../operator/application/order/payment-provider.ts'
import {
  aCall,
  aPayment,
  calm,
  declinedMethod,
  foundOf,
  keyWindowMs,
  type PaymentProviderUnderTest,
  statesOf,
} from './payments-under-test.ts'

/** What every PaymentProvider promises that has a provider behind it. */
export function paymentProviderContract(name: string, open: () => Promise<PaymentProviderUnderTest>): void {
  describe(`${name} as a PaymentProvider`, () => {
    let subject: PaymentProviderUnderTest
    let made = 0
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())

    const fresh = (particular: Partial<NewPayment> = {}) => aPayment(`uid-${++made}`, particular)
    const states = (payment: NewPayment) => statesOf(subject, payment)
    const found = (payment: NewPayment) => foundOf(subject, payment)
    const listed = async (from: number, to: number) => {
      const all: ProviderPayment[] = []
      for await (const one of subject.provider.list(from, to, calm())) all.push(one)
      return all
    }

    it('authorises, takes, and gives back, and says of which amount', async () => {
      const payment = fresh()
      const authorised = await subject.provider.authorise(payment, aCall('k-1'))
      assert.equal(await found(payment), 'authorised')
      const taken = await subject.provider.capture(payment, aCall('k-2'))
      assert.equal(await found(payment), 'taken')
      const refunded = await subject.provider.refund(payment, aCall('k-3'))
      assert.equal(await found(payment), 'refunded')
      assert.deepEqual([authorised.kind, taken.kind, refunded.kind], ['authorised', 'taken', 'refunded'])
      for (const one of [authorised, taken, refunded])
        assert.deepEqual('amount' in one && one.amount, payment.amount, one.kind)
    })

    it('takes once what is asked for twice under one key, one after the other or at once', async () => {
      const payment = fresh()
      const asked = [1, 2].map(() => subject.provider.charge(payment, aCall('k-1')))
      const answers = [...(await Promise.all(asked)), await subject.provider.charge(payment, aCall('k-1'))]
      for (const answer of answers) assert.deepEqual(answer, answers[0])
      assert.equal(answers[0]?.kind, 'taken')
      assert.deepEqual(states(payment), ['taken'])
    })

    it('knows nothing for certain of something else under a key that was used', async () => {
      const payment = fresh()
      await subject.provider.charge(payment, aCall('k-1'))
      const other = fresh({ reference: payment.reference, amount: { minor: 1, currency: 'EUR' } })
      const answer = await subject.provider.charge(other, aCall('k-1'))
      assert.deepEqual([answer.kind, answer.kind === 'unknown' && answer.cause], ['unknown', 'KeyReused'])
      assert.deepEqual(states(payment), ['taken'])
    })

    it('takes no second time under one reference, whatever the key, and calls that no refusal', async () => {
      const payment = fresh()
      await subject.provider.charge(payment, aCall('k-1'))
      await subject.pass(keyWindowMs)
      for (const key of ['k-1', 'k-2']) {
        const answer = await subject.provider.charge(payment, aCall(key))
        assert.deepEqual([answer.kind, answer.kind === 'unknown' && answer.cause], ['unknown', 'PaymentExists'])
      }
      assert.deepEqual(states(payment), ['taken'])
    })

    it('declines with a word and a sentence, takes nothing, and then takes another method under another key', async () => {
      const payment = fresh({ method: declinedMethod })
      const answer = await subject.provider.authorise(payment, aCall('k-1'))
      assert.ok(answer.kind === 'declined', answer.kind)
      assert.match(answer.reason, /^\w+$/)
      assert.ok(answer.message.length > 0)
      assert.equal(await found(payment), 'declined')
      const again = await subject.provider.authorise({ ...payment, method: 'card-2' }, aCall('k-2'))
      assert.equal(again.kind, 'authorised')
    })

    it('voids what was authorised, and never takes it afterwards', async () => {
      const payment = fresh()
      await subject.provider.authorise(payment, aCall('k-1'))
      assert.equal((await subject.provider.void(payment, aCall('k-2'))).kind, 'voided')
      assert.equal((await subject.provider.capture(payment, aCall('k-3'))).kind, 'declined')
      assert.deepEqual(states(payment), ['voided'])
    })

    it('voids what it has never heard of, and takes nothing under that reference that comes later', async () => {
      const payment = fresh()
      assert.equal((await subject.provider.void(payment, aCall('k-1'))).kind, 'voided')
      assert.equal((await subject.provider.charge(payment, aCall('k-2'))).kind, 'declined')
      assert.deepEqual(states(payment), ['voided'])
    })

    it('voids nothing that was taken, and gives back nothing that was not', async () => {
      const [taken, authorised] = [fresh(), fresh()]
      await subject.provider.charge(taken, aCall('k-1'))
      await subject.provider.authorise(authorised, aCall('k-2'))
      assert.equal((await subject.provider.void(taken, aCall('k-3'))).kind, 'declined')
      assert.equal((await subject.provider.refund(authorised, aCall('k-4'))).kind, 'declined')
      assert.deepEqual([...states(taken), ...states(authorised)], ['taken', 'authorised'])
    })

    it('lists all that was begun in a time, however much that is', async () => {
      const payments = Array.from({ length: 130 }, () => fresh())
      for (const one of payments) await subject.provider.charge(one, aCall(one.reference))
      const times = subject.payments().map(({ createdAt }) => Date.parse(createdAt))
      const [from, to] = [Math.min(...times), Math.max(...times)]
      const all = await listed(from, to)
      assert.deepEqual(
        all.map(({ reference, state, amount }) => [reference, state, amount.minor]),
        payments.map(({ reference }) => [reference, 'taken', 69_800]),
      )
      assert.deepEqual(await listed(0, from - 1), [])
      assert.deepEqual(await listed(to + 1, to + 2), [])
    })

    it('says so where it can not list them all', async () => {
      await subject.provider.charge(fresh(), aCall('k-1'))
      for (const text of ['{"payments":{}}', '{"payments":[{}]}', 'nothing']) {
        subject.behave({ kind: 'answer', status: 200, text })
        await assert.rejects(listed(0, Date.UTC(2100, 0)), /payments/)
      }
      subject.behave({ kind: 'answer', status: 503 })
      await assert.rejects(listed(0, Date.UTC(2100, 0)), /503/)
    })
  })
}
