import assert from 'node:assert/strict'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import { aHold, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, said, voided, yes } from '../../../fixtures/order-saga.ts'

const hour = 3_600_000
const twice = { terms: { ...someTerms, moves: 'twice' } } as const

/** What nobody has decided about, with this wish in it. */
function undecided(state: 'Reserved' | 'Confirmed' | 'Released', phase: 'Pending' | 'Reserved'): Reservation {
  const { spec } = aHold()
  return aHold({ phase, reason: 'StockNotFound', message: 'nobody serves it' }, { spec: { ...spec, state } })
}

describe('an order whose stock decides nothing', () => {
  function waiting(waitFor = '0s') {
    const saga = aSaga({ spec: { waitFor } })
    saga.promise(undecided('Reserved', 'Pending'))
    saga.play({ check: [yes] })
    return saga
  }

  it('waits for its hold for an hour, and is cancelled then, its reservation given back', () => {
    const saga = waiting()
    saga.later(hour)
    assert.equal(saga.decide().kind, 'wait')
    saga.later(1)
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/StockUndecided')
    assert.match(saga.order.status?.message ?? '', /StockNotFound/)
  })

  it('waits longer where it may wait in line', () => {
    const saga = waiting('2h')
    saga.later(3 * hour)
    assert.equal(saga.decide().kind, 'wait')
    saga.later(1)
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/StockUndecided')
  })

  it('is over though nobody decides about giving back what was never held', () => {
    const saga = waiting()
    saga.hold(undecided('Released', 'Pending'))
    saga.later(hour + 1)
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/StockUndecided')
  })

  it('is over an hour after it was cancelled, where it was never held', () => {
    const saga = waiting()
    saga.hold(undecided('Released', 'Pending'))
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    saga.play()
    assert.equal(saga.phase(), 'Cancelling/CancelledByClient')
    saga.later(hour + 1)
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('has its money back and is cancelled when its sale is not decided for an hour', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.hold(undecided('Confirmed', 'Reserved'))
    saga.play({ charge: [said('taken')] })
    assert.equal(saga.phase(), 'Confirming/Selling')
    saga.later(hour + 1)
    assert.deepEqual(saga.play({ refund: [said('refunded')] }), ['refund', 'release'])
    assert.equal(saga.phase(), 'Cancelled/StockUndecided')
  })

  it('needs somebody when what it holds is not given back for an hour, and is over when it is', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.hold(undecided('Released', 'Reserved'))
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    saga.play()
    assert.equal(saga.phase(), 'Cancelling/CancelledByClient')
    saga.later(hour + 1)
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StockUndecided')
    assert.equal(saga.decide().kind, 'wait')
    saga.hold(aHold({ phase: 'Released', reason: 'ReleasedByClient' }))
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('waits while it is not known whether its units come back', () => {
    const saga = aSaga({}, { lends: undefined })
    assert.deepEqual(saga.play({ check: [yes] }), ['check', 'open', 'hold'])
    assert.equal(saga.order.status?.payment, undefined)
    saga.given({ lends: false })
    saga.play()
    assert.equal(saga.phase(), 'Paying/Paying')
  })
})

describe('an order whose reservation has lost its mark', () => {
  it('goes on when its stock is sold', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')] })
    saga.given({ ours: false })
    assert.deepEqual(saga.play({ capture: [said('taken')] }), ['capture'])
    assert.equal(saga.phase(), 'Notifying/Telling')
  })

  it('needs somebody when it is paid and may be sold', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.given({ ours: false })
    saga.hold(undecided('Confirmed', 'Reserved'))
    const { status } = saga.order
    assert.ok(status?.payment)
    saga.write({ status: { ...status, phase: 'Confirming', payment: { ...status.payment, state: 'Taken' } } })
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StockUnclear')
  })
})

describe('an order whose provider is gone from the settings', () => {
  it('is not sold when it was authorised: it could not be paid then', () => {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes] })
    saga.hold(undecided('Reserved', 'Reserved'))
    const { status } = saga.order
    assert.ok(status?.payment)
    const { intent: _, ...payment } = status.payment
    saga.write({ status: { ...status, phase: 'Confirming', payment: { ...payment, state: 'Authorised' } } })
    saga.given({ terms: undefined })
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.phase(), 'NeedsAttention/ProviderUnknown')
    saga.given(twice)
    assert.deepEqual(saga.play({ capture: [said('taken')] }).slice(0, 2), ['confirm', 'capture'])
  })

  it('is sold when it was taken', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [said('taken')] })
    saga.given({ terms: undefined })
    saga.play({ notify: [yes] })
    assert.equal(saga.phase(), 'Completed/Completed')
  })
})

describe('an order whose capture is refused and whose void is not answered', () => {
  it('keeps its stock until what was authorised is known to be voided', () => {
    const saga = aSaga({}, twice)
    const no = { kind: 'declined', message: 'not now' } as const
    saga.play({ check: [yes], authorise: [said('authorised')], capture: [no], void: [{ kind: 'unknown', reason: '' }] })
    assert.equal(saga.phase(), 'Cancelling/CaptureRefused')
    assert.equal(saga.order.status?.payment?.state, 'Voiding')
    assert.deepEqual(saga.play({ find: [voided] }), ['find', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CaptureRefused')
  })
})
