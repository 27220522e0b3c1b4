import assert from 'node:assert/strict'
import { orderCalls } from '../../../../operator/application/order/order-calls.ts'
import type { OrderAnswer } from '../../../../operator/domain/order/decision.ts'
import type { Order } from '../../../../operator/domain/order/order.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { anOrder, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, yes } from '../../../fixtures/order-saga.ts'

const authorised = {
  of: 'find',
  answer: { kind: 'authorised', reference: 'pay-1', amount: { amount: '698.00', currency: 'EUR' } },
} as const satisfies OrderAnswer

function paying(): Order {
  const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
  saga.play({ check: [yes] })
  return saga.order
}

/** The same order after another process has voided what was authorised. */
function voidedMeanwhile(order: Order): Order {
  const { status } = order
  assert.ok(status?.payment)
  const { intent: _, ...payment } = status.payment
  return { ...order, status: { ...status, payment: { ...payment, state: 'Voided' } } }
}

const nothing = { of: 'find', answer: { kind: 'none' } } as const satisfies OrderAnswer

describe('orderCalls', () => {
  function asking(answer: OrderAnswer = authorised) {
    const clock = fakeClock()
    const calls = orderCalls({
      ...{
        clock,
        make: async () => ({ answer }),
        serviceOf: () => ({ name: 'acme', atOnce: 2 }),
        onNews: () => undefined,
      },
    })
    return { clock, calls }
  }

  it('knows what a call was answered with until that is used up', async () => {
    const { clock, calls } = asking()
    const order = paying()
    calls.begin(order, 'find', () => true)
    assert.equal(calls.known(order).busy, true)
    await clock.settle()
    assert.deepEqual(calls.known(order).answer, authorised)
    calls.usedUp(order.uid)
    assert.equal(calls.known(order).answer, undefined)
  })

  it('comes again each minute at first, and ever more seldom once somebody is called for its money', async () => {
    const { clock, calls } = asking({ of: 'capture', answer: { kind: 'notSent', reason: 'POST is answered 429' } })
    const order = paying()
    async function restsOf(one: Order, times: number): Promise<number[]> {
      const rests: number[] = []
      while (rests.length < times) {
        calls.begin(one, 'capture', () => true)
        await clock.settle()
        rests.push(calls.known(one).restMs)
        await clock.advance(rests.at(-1) ?? 0)
      }
      return rests
    }
    assert.deepEqual((await restsOf(order, 10)).slice(-4), [60_000, 60_000, 60_000, 60_000])
    assert.ok(order.status)
    const called = { ...order, status: { ...order.status, phase: 'NeedsAttention' as const } }
    const rests = await restsOf(called, 10)
    assert.deepEqual([rests[0], rests.at(-1)], [64_000, 3_600_000])
  })

  it('has no answer to what was asked before another process has moved the money', async () => {
    const { clock, calls } = asking()
    const order = paying()
    calls.begin(order, 'find', () => true)
    await clock.settle()
    assert.equal(calls.known(voidedMeanwhile(order)).answer, undefined)
  })

  for (const [name, when, want] of [
    ['does not believe for the time after a payment may come what it was told before', -1, undefined],
    ['believes what it was told when none could come any more', 0, nothing],
  ] as const)
    it(name, async () => {
      const { clock, calls } = asking(nothing)
      const order = paying()
      const untilMs = Date.parse(order.status?.payment?.openUntil ?? '') - clock.now()
      await clock.advance(untilMs + when)
      calls.begin(order, 'find', () => true)
      await clock.settle()
      assert.deepEqual(calls.known(order).answer, nothing)
      await clock.advance(10)
      assert.deepEqual(calls.known(order).answer, want)
    })

  it('keeps an answer while what moves is not the money', async () => {
    const { clock, calls } = asking()
    const order = paying()
    calls.begin(order, 'find', () => true)
    await clock.settle()
    const { spec } = anOrder({ spec: { cancel: true } })
    assert.deepEqual(calls.known({ ...order, resourceVersion: '9', spec }).answer, authorised)
  })
})
