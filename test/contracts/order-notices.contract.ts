import assert from 'node:assert/strict'
import type { Behaviour } from '../../hack/quickstart/order-services/behaviour.ts'
import type { OrderNotice, OrderNotices } from '../../operator/application/order/order-notices.ts'

export interface OrderNoticesUnderTest {
  readonly notices: OrderNotices
  /** What the customers got; absent where nobody tells them. */
  readonly sent?: () => readonly Readonly<Record<string, unknown>>[]
  readonly behave?: (behaviour: Behaviour) => void
  close(): Promise<void>
}

const aNotice: OrderNotice = {
  ...{ namespace: 'shop', order: 'order-1', uid: 'uid-1', orderId: 'ORD-0909A693', customer: 'ana' },
  ...{ amount: { minor: 69_800, currency: 'EUR' }, summary: 'espresso-machine×2' },
}

/** What OrderNotices promise. */
export function orderNoticesContract(name: string, open: () => Promise<OrderNoticesUnderTest>): void {
  describe(`${name} as OrderNotices`, () => {
    let subject: OrderNoticesUnderTest
    beforeEach(async () => {
      subject = await open()
    })
    afterEach(() => subject.close())
    const send = (notice: OrderNotice = aNotice, maySend = true) =>
      subject.notices.send(notice, { key: 'k-1', maySend: () => maySend, signal: new AbortController().signal })
    /** Only where there is a service that can be had behave so. */
    const whileIt = async (behaviour: Behaviour, want: string) => {
      if (!subject.behave) return
      subject.behave(behaviour)
      assert.equal((await send()).kind, want, JSON.stringify(behaviour))
      subject.behave({ kind: 'serve' })
    }

    it('takes a notice, once for each key, also where its answer was lost', async () => {
      await whileIt({ kind: 'lose' }, 'unknown')
      assert.deepEqual([await send(), await send()], [{ kind: 'accepted' }, { kind: 'accepted' }])
      const { amount, ...texts } = aNotice
      if (subject.sent)
        assert.deepEqual(subject.sent(), [{ ...texts, amount: amount.minor, currency: amount.currency }])
    })

    it('takes nobody’s word for it but the service’s, neither that it has it nor that it will not', async () => {
      await whileIt({ kind: 'answer', status: 200, text: '<html>log in</html>' }, 'unknown')
      await whileIt({ kind: 'answer', status: 202, text: '{"uid":"uid-2"}' }, 'unknown')
      await whileIt({ kind: 'answer', status: 404, text: '<html>not found</html>' }, 'notSent')
      await whileIt({ kind: 'answer', status: 400, text: '{"reason":"Odd"}' }, 'notSent')
      await whileIt({ kind: 'answer', status: 409, text: '{"reason":"InProgress"}' }, 'unknown')
      await whileIt({ kind: 'answer', status: 422, text: '{"reason":"NoAddress","detail":"nowhere to"}' }, 'refused')
      assert.deepEqual(subject.sent?.() ?? [], [])
    })

    it('is not asked where nothing may be sent', async () => {
      if (subject.sent) assert.equal((await send(aNotice, false)).kind, 'notSent')
    })
  })
}
