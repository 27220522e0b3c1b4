import assert from 'node:assert/strict'
import type { OrderStatus } from '../../../../operator/domain/order/order.ts'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { aHold, holdName, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, yes } from '../../../fixtures/order-saga.ts'

const untilHeld = { check: [yes] } as const
const minute = 60_000
/** What somebody puts in the place of the reservation of `anOrder()`: of the same name, for the same things. */
const another = (): Reservation => aHold({}, { uid: 'uid-of-another' })

/** Its stock is about to be sold. */
function authorised() {
  const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
  saga.play(untilHeld)
  const status = saga.order.status as OrderStatus
  const { intent: _, ...payment } = status.payment as NonNullable<OrderStatus['payment']>
  const step = {
    at: afterTen(1),
    operation: 'Authorise',
    status: 'Succeeded',
    message: '698.00 EUR with acme',
  } as const
  const history = [...status.history, step]
  saga.write({ status: { ...status, phase: 'Confirming', payment: { ...payment, state: 'Authorised' }, history } })
  return saga
}

/** Of another uid, or marked as another's: of each what is done with it while its order is undone. */
const swaps = [
  { what: 'made anew', ours: true, undone: ['release'] },
  { what: 'made for another order', ours: false, undone: [] },
] as const

for (const { what, ours, undone } of swaps)
  describe(`an order whose reservation was deleted and ${what} under the same name`, () => {
    const swap = (saga: ReturnType<typeof aSaga>) => {
      saga.hold(another())
      saga.given({ ours })
    }

    it('before it was paid is cancelled, and told that it is another one', () => {
      const saga = aSaga()
      saga.play(untilHeld)
      swap(saga)
      assert.deepEqual(saga.play(), [...undone])
      assert.equal(saga.phase(), 'Cancelled/HoldLost')
      assert.match(saga.order.status?.message ?? '', new RegExp(`${holdName} now is another one`))
    })

    it('when it may have been sold needs somebody, and the other one is neither sold nor held for longer', () => {
      const saga = authorised()
      saga.later(14 * minute)
      swap(saga)
      assert.deepEqual(saga.play(), [])
      assert.equal(saga.phase(), 'NeedsAttention/StockUnclear')
      assert.match(saga.order.status?.message ?? '', /is another one; it may have been confirmed before/)
    })

    it('and whose money goes back then does not say that its stock came back', () => {
      const saga = authorised()
      swap(saga)
      saga.play()
      const status = saga.order.status as OrderStatus
      const resolution = { by: 'eve', at: afterTen(120), payment: 'NotTaken', reference: 'pay-1' } as const
      saga.write({ status: { ...status, resolution } })
      assert.deepEqual(saga.play(), [...undone])
      assert.equal(saga.order.status?.phase, 'Cancelled')
      const step = saga.order.status?.history.find(({ operation }) => operation === 'ReleaseStock')
      assert.match(step?.message ?? '', /is another one; whether its stock came back is not known$/)
    })
  })
