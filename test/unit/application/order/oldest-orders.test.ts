import assert from 'node:assert/strict'
import { oldestIn } from '../../../../operator/application/order/oldest-orders.ts'
import type { OrderPhase, OrderStatus } from '../../../../operator/domain/order/order.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import { anOrder } from '../../../fixtures/order-builders.ts'

const since = (phase: OrderPhase, phaseSince: string) => anOrder({ status: { phase, phaseSince } as OrderStatus })

describe('the order that is in its phase for longest', () => {
  it('is looked for in each phase that is to be short, and in no other', () => {
    const orders = [
      ...[since('Paying', afterTen(50)), since('Paying', afterTen(10)), since('Completed', afterTen(0))],
      ...[since('Cancelling', afterTen(100)), anOrder()],
    ]
    assert.deepEqual(oldestIn(['Paying', 'Confirming', 'Cancelling'], orders, tenOClock + 110_000), {
      ...{ Paying: 100, Confirming: 0, Cancelling: 10 },
    })
  })
})
