import assert from 'node:assert/strict'
import {
  auditOrderStock,
  auditOrders,
  type OrderFacts,
  type OrderReservation,
} from '../../../../operator/application/audit/audit-orders.ts'
import type { ProviderPayment } from '../../../../operator/application/order/payment-provider.ts'
import type { Order } from '../../../../operator/domain/order/order.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import { cancelled, completed, hold, orderIn, paymentIn, provided } from '../../../fixtures/order-audit.ts'
import { anOrder, orderUid } from '../../../fixtures/order-builders.ts'

const hour = tenOClock + 3_600_000

function factsOf(
  order: Order,
  reservations: readonly OrderReservation[],
  payments?: readonly ProviderPayment[],
): OrderFacts {
  return {
    orders: [order],
    orderUids: new Set([order.uid]),
    orderReservations: reservations,
    paymentLists: new Map(payments && [['acme', Map.groupBy(payments, ({ reference }) => reference)]]),
    now: hour,
  }
}

function saidOf(...given: Parameters<typeof factsOf>): string[] {
  return auditOrders(factsOf(...given)).flatMap(({ findings }) => findings.map(({ message }) => message))
}

describe('the audit of orders', () => {
  const sound: readonly (readonly [what: string, ...Parameters<typeof factsOf>])[] = [
    ['paid and sold', completed(), [hold('Confirmed')], [provided('taken')]],
    ['paid and sold, and its reservation gone by now', completed(), [], [provided('taken')]],
    [
      'paid and sold, and its name given back by another one',
      completed({ reservationUid: 'uid-sold' }),
      [hold('Released')],
      [provided('taken')],
    ],
    ['refunded and given back', cancelled(), [hold('Released')], [provided('refunded')]],
    ['voided', cancelled({ payment: paymentIn('Voided') }), [hold('Released')], [provided('voided')]],
    ['declined', cancelled({ payment: paymentIn('Declined') }), [hold('Released')], [provided('declined')]],
    ['never heard of', cancelled({ payment: paymentIn('Declined') }), [hold('Expired')], []],
    ['refused before it was paid', orderIn('Cancelled'), [], []],
    ['just cancelled', cancelled({ finishedAt: afterTen(3_590) }), [hold('Reserved')], [provided('refunded')]],
    [
      'charged, though nobody knows yet',
      orderIn('Paying', { payment: paymentIn('Unknown') }),
      [hold('Reserved')],
      [provided('taken')],
    ],
    ['new', anOrder(), [], []],
    ['refunded after a first charge was voided', cancelled(), [], [provided('voided'), provided('refunded')]],
    [
      'restored, and paid under its first uid',
      { ...completed(), opened: 'uid-old' },
      [],
      [provided('taken', { reference: 'uid-old' })],
    ],
  ]
  for (const [what, ...given] of sound)
    it(`has nothing to say of one that is ${what}`, () => {
      assert.deepEqual(saidOf(...given), [])
    })

  const wrong: readonly (readonly [what: string, want: RegExp, ...Parameters<typeof factsOf>])[] = [
    [
      'sold and not paid',
      /is Completed, its stock is sold, and acme knows no payment of it: it is not paid/,
      completed(),
      [hold('Confirmed')],
      [],
    ],
    [
      'sold and given back',
      /acme has 698\.00 EUR refunded for it \(pay-1\): it is not paid/,
      completed(),
      [],
      [provided('refunded')],
    ],
    [
      'only authorised',
      /698\.00 EUR authorised for it \(pay-1\): it is not paid/,
      completed(),
      [],
      [provided('authorised')],
    ],
    [
      'paid and not sold',
      /paid, but its reservation order-1-0909a693 is Released: its stock is not sold/,
      completed(),
      [hold('Released')],
      [provided('taken')],
    ],
    [
      'sold, while another one of its name is held',
      /Completed, and order-1-0909a693, which is Reserved, is another reservation than was sold/,
      completed({ reservationUid: 'uid-sold' }),
      [hold('Reserved')],
      [provided('taken')],
    ],
    [
      'completed without its stock',
      /does not say that its stock was sold/,
      completed({ conditions: [] }),
      [],
      [provided('taken')],
    ],
    [
      'cancelled and paid',
      /is Cancelled, and acme has 698\.00 EUR taken for it \(pay-1\): it is to be refunded/,
      cancelled(),
      [],
      [provided('taken')],
    ],
    [
      'cancelled and authorised',
      /is Cancelled, .* authorised for it \(pay-1\): it is to be voided/,
      cancelled(),
      [],
      [provided('authorised')],
    ],
    [
      'cancelled and held',
      /is Cancelled, and its reservation order-1-0909a693 is still Reserved/,
      cancelled(),
      [hold('Reserved')],
      [provided('refunded')],
    ],
    [
      'cancelled and sold',
      /its reservation order-1-0909a693 is still Confirmed/,
      cancelled(),
      [hold('Confirmed')],
      [provided('refunded')],
    ],
    [
      'charged twice',
      /is charged 2 times: acme has 698\.00 EUR \(pay-1, taken\) and 698\.00 EUR \(pay-2, taken\)/,
      completed(),
      [],
      [provided('taken'), provided('taken', { providerReference: 'pay-2' })],
    ],
    [
      'charged something else',
      /is of 698\.00 EUR, and the provider has 6\.98 EUR \(pay-1\)/,
      completed(),
      [],
      [provided('taken', { amount: { minor: 698, currency: 'EUR' } })],
    ],
    [
      'charged in another currency',
      /is of 698\.00 EUR, and the provider has 698\.00 USD/,
      completed(),
      [],
      [provided('taken', { amount: { minor: 69_800, currency: 'USD' } })],
    ],
    [
      'under way and wrong about its money',
      /says that its payment is Taken, and acme knows no payment of it/,
      orderIn('Confirming', { payment: paymentIn('Taken') }),
      [hold('Reserved')],
      [],
    ],
    [
      'paid before it began',
      /says nothing of a payment, and acme has 698\.00 EUR taken for it/,
      orderIn('Validating'),
      [],
      [provided('taken')],
    ],
    [
      'for somebody to see to',
      /needs attention since 2026-.*: PaymentUnknown: nobody knows/,
      orderIn('NeedsAttention', { reason: 'PaymentUnknown', message: 'nobody knows', payment: paymentIn('Unknown') }),
      [],
      [],
    ],
    [
      'held for twice',
      /has 2 reservations: order-1-0909a693, other; it needs one/,
      orderIn('Paying'),
      [hold('Reserved'), hold('Reserved', { name: 'other' })],
      undefined,
    ],
  ]
  for (const [what, want, ...given] of wrong)
    it(`finds one that is ${what}`, () => {
      const said = saidOf(...given)
      assert.equal(said.length, 1, said.join('; '))
      assert.match(said[0] ?? '', want)
    })

  it('says nothing of money where the provider was not asked', () => {
    const [books] = auditOrders(factsOf(completed(), []))
    assert.deepEqual([books?.compared, books?.findings], [false, []])
  })

  it('says nothing of money that one from a backup may have paid before the list begins', () => {
    const [books] = auditOrders(factsOf({ ...completed(), opened: 'uid-old' }, [], []))
    assert.deepEqual([books?.compared, books?.findings], [false, []])
  })

  it('counts what is not over and what is not told as unfinished', () => {
    const unfinished = (order: Order) => auditOrders(factsOf(order, []))[0]?.unfinished
    assert.deepEqual([unfinished(anOrder()), unfinished(orderIn('Paying')), unfinished(completed())], [1, 1, 0])
    assert.equal(unfinished(completed({ published: 0 })), 2)
  })

  it('finds stock that is held for an order that is not there; sold stock stays sold', () => {
    const orderReservations = [
      hold('Reserved'),
      hold('Confirmed'),
      hold('Released'),
      hold('Waiting', { orderUid: 'there' }),
    ]
    const found = auditOrderStock({ orderReservations, orderUids: new Set(['there']), paymentLists: new Map() })
    assert.deepEqual(
      found.map(({ about, message }) => `${about} ${message}`),
      [`shop/order-1-0909a693 is Reserved for an order (uid ${orderUid}) that does not exist`],
    )
  })
})
