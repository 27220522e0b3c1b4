import assert from 'node:assert/strict'
import {
  auditOrderStock,
  auditOrders,
  type OrderReservation,
} from '../../../../operator/application/audit/audit-orders.ts'
import type { ProviderPayment } from '../../../../operator/application/order/payment-provider.ts'
import type { Order } from '../../../../operator/domain/order/order.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { cancelled, completed, hold, provided } from '../../../fixtures/order-audit.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'

function factsOf(
  order: Order,
  reservations: readonly OrderReservation[],
  payments?: readonly ProviderPayment[],
): Parameters<typeof auditOrders>[0] {
  return {
    orders: [order],
    orderUids: new Set([order.uid]),
    orderReservations: reservations,
    paymentLists: new Map(payments && [['acme', Map.groupBy(payments, ({ reference }) => reference)]]),
    now: tenOClock + 3_600_000,
  }
}

function saidOf(...given: Parameters<typeof factsOf>): string[] {
  return auditOrders(factsOf(...given)).flatMap(({ findings }) => findings.map(({ message }) => message))
}

describe('the audit of what was given back', () => {
  const sales = [
    ['voided', ['voided'], true],
    ['taken', ['voided', 'taken'], false],
    ['not known', [], false],
  ] as const
  for (const [what, states, isFound] of sales)
    it(`${isFound ? 'names' : 'leaves'} what is sold for an order that is gone, where its payment is ${what}`, () => {
      const payments = states.map((state) => provided(state))
      const found = auditOrderStock({ ...factsOf(anOrder(), [hold('Confirmed')], payments), orderUids: new Set() })
      assert.deepEqual(
        found.map(({ message }) => message),
        isFound
          ? [
              `is Confirmed for an order (uid ${orderUid}) that does not exist, and what was to be paid for it was not taken`,
            ]
          : [],
      )
    })

  it('names what is sold for an order that was cancelled', () => {
    const said = saidOf(cancelled(), [hold('Confirmed')], [provided('refunded')])
    assert.deepEqual(said, ['is Cancelled, and its reservation order-1-0909a693 is still Confirmed'])
  })

  it('names what others confirmed before it was paid: that was to be given back', () => {
    const said = saidOf(cancelled({ reason: 'StockSoldByOthers' }), [hold('Confirmed')])
    assert.deepEqual(said, ['is Cancelled, and its reservation order-1-0909a693 is still Confirmed'])
  })

  const tooLate = completed({ reason: 'CancelledTooLate' })
  const byHand: readonly (readonly [what: string, want: number, ...Parameters<typeof factsOf>])[] = [
    ['nothing was given back', 0, tooLate, [hold('Confirmed')], [provided('taken')]],
    ['both were', 0, tooLate, [hold('Released')], [provided('refunded')]],
    ['both were, and the provider was not asked', 0, tooLate, [hold('Released')]],
    ['the money was not', 1, tooLate, [hold('Released')], [provided('taken')]],
    ['the stock was not', 1, tooLate, [hold('Confirmed')], [provided('refunded')]],
  ]
  for (const [what, want, ...given] of byHand)
    it(`finds ${want} at what was cancelled too late, where ${what}`, () => {
      assert.equal(saidOf(...given).length, want)
    })
})
