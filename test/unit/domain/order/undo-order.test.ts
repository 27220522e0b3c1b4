import assert from 'node:assert/strict'
import type { OrderStatus } from '../../../../operator/domain/order/order.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { orderIn } from '../../../fixtures/order-audit.ts'
import { aHold, orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, no, said, voided, yes } from '../../../fixtures/order-saga.ts'

const twice = { terms: { ...someTerms, moves: 'twice' } } as const
const untilHeld = { check: [yes] } as const
const minute = 60_000

describe('stock that is lost', () => {
  it('before it was paid: nothing is charged', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    saga.hold(aHold({ phase: 'Expired', reason: 'HoldExpired', message: 'the hold ran out' }))
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.phase(), 'Cancelled/HoldExpired')
  })

  it('after it was paid: the money goes back first, and is known to be back before it is over', () => {
    const saga = aSaga()
    saga.play({ ...untilHeld, charge: [said('taken', { amount: '1.00', currency: 'EUR' })] })
    assert.equal(saga.phase(), 'Cancelling/AmountDiffers')
    saga.hold(aHold({ phase: 'Expired', reason: 'HoldExpired', message: 'the hold ran out' }))
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'refund' })
  })

  it('to somebody who released it', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    saga.hold(aHold({ phase: 'Released', reason: 'ReleasedByClient', message: 'given back' }))
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/HoldLost')
  })

  it('to somebody who confirmed it before it was paid: it is given back', () => {
    const saga = aSaga()
    saga.promise(aHold({ phase: 'Confirmed', reason: 'Confirmed', message: 'sold' }))
    assert.deepEqual(saga.play(untilHeld).slice(-1), ['release'])
    assert.equal(saga.phase(), 'Cancelled/StockSoldByOthers')
  })

  it('to somebody who deleted its reservation before it was paid', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    saga.hold(undefined)
    saga.play()
    assert.equal(saga.phase(), 'Cancelled/HoldLost')
  })
})

describe('an order that is cancelled', () => {
  const cancel = (saga: ReturnType<typeof aSaga>) => saga.write({ spec: { ...saga.order.spec, cancel: true } })

  it('before anything was done is over at once', () => {
    const saga = aSaga({ spec: { cancel: true } })
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('with an intended payment that was never sent is not paid', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    cancel(saga)
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('when it was authorised has that voided, and its stock given back after it', () => {
    const saga = aSaga({}, twice)
    saga.play(untilHeld)
    cancel(saga)
    saga.given({ sendable: false, neverSent: false })
    assert.deepEqual(saga.play({ find: [said('authorised')] }), ['find'])
    saga.given({ sendable: true })
    assert.deepEqual(saga.play({ void: [voided] }), ['void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('when it is made goes on, and says that it was too late', () => {
    const saga = aSaga()
    saga.play({ ...untilHeld, charge: [said('taken')] })
    cancel(saga)
    assert.deepEqual(saga.play({ notify: [yes] }), ['notify'])
    assert.equal(saga.phase(), 'Completed/CancelledTooLate')
  })

  const notices = { NoticeRefused: no('no address'), Completed: yes } as const
  for (const [reason, notice] of Object.entries(notices))
    it(`when it is complete as ${reason} is told once that it was too late`, () => {
      const saga = aSaga()
      saga.play({ ...untilHeld, charge: [said('taken')], notify: [notice] })
      assert.equal(saga.phase(), `Completed/${reason}`)
      cancel(saga)
      saga.play()
      assert.equal(saga.phase(), 'Completed/CancelledTooLate')
      assert.equal(saga.decide().kind, 'wait')
    })

  it('and deleted is the same, and it is let go when it is over', () => {
    const saga = aSaga()
    saga.play({ ...untilHeld })
    saga.write({ deleting: true })
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/Deleted')
    assert.deepEqual(saga.decide(), { kind: 'letGo' })
  })
})

describe('a hold that ends while it is paid', () => {
  it('is extended', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    saga.later(14 * minute)
    assert.deepEqual(saga.decide(), { kind: 'extend', ttlMs: 30 * minute })
  })

  it('is extended before what is to be paid is stored, which is to be sent soon after', () => {
    const saga = aSaga()
    saga.promise(aHold({ phase: 'Waiting', reason: 'WaitingForStock' }))
    saga.play({ check: [yes] })
    saga.hold(aHold({ expiresAt: afterTen(60) }))
    assert.deepEqual(saga.decide(), { kind: 'extend', ttlMs: 16 * minute })
  })

  it('is not extended before what was stored to be sent is sent', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    saga.given({ now: saga.now + 14 * minute })
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'charge' })
  })

  it('is not extended again when it was cut at the longest hold of its stock', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    const { spec } = aHold()
    saga.hold(aHold({}, { spec: { ...spec, ttlMs: 30 * minute } }))
    saga.later(14 * minute)
    assert.notEqual(saga.decide().kind, 'extend')
  })
})

describe('an order without the status that it had', () => {
  const opened = 'an-earlier-uid'

  it('pays nothing and needs somebody', () => {
    const saga = aSaga({ opened, held: true })
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.phase(), 'NeedsAttention/StatusLost')
    assert.equal(saga.decide().kind, 'wait')
  })

  it('pays nothing either when its own status went', () => {
    const saga = aSaga({ opened: orderUid, held: true })
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StatusLost')
  })

  it('is not ended by what somebody had said before of the order that it was', () => {
    const resolution = { by: 'eve', at: '2026-11-22T09:00:00Z', payment: 'Taken', reference: 'pay-9' } as const
    const before = { ...(orderIn('Paying').status as OrderStatus), orderId: 'ORD-00000000', resolution }
    const saga = aSaga({ opened, held: true, status: before })
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/StatusLost')
    const next = { ...(saga.order.status as OrderStatus), resolution: { ...resolution, at: '2026-11-22T11:00:00Z' } }
    saga.write({ status: next })
    saga.play()
    assert.equal(saga.phase(), 'Completed/Resolved')
  })

  it('pays nothing however its annotation is changed, until somebody has looked', () => {
    const saga = aSaga({ opened, held: true })
    saga.play()
    saga.write({ opened: orderUid })
    assert.deepEqual(saga.play({ check: [yes] }), [])
    assert.equal(saga.phase(), 'NeedsAttention/StatusLost')
  })

  it('is not one of which somebody has only written another uid into the annotation', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.write({ opened })
    assert.deepEqual(saga.play({ charge: [said('taken')], notify: [yes] }), ['open', 'charge', 'confirm', 'notify'])
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('is over as an administrator says', () => {
    const saga = aSaga({ opened, held: true })
    saga.play()
    const status = saga.order.status
    assert.ok(status)
    const resolution = { by: 'eve', at: '2026-11-22T11:00:00Z', payment: 'Taken', reference: 'pay-9' } as const
    saga.write({ status: { ...status, resolution } })
    saga.play()
    assert.equal(saga.phase(), 'Completed/Resolved')
  })
})

describe('an order that is cancelled when it is about to be taken', () => {
  const capturing = () => {
    const saga = aSaga({}, { terms: { ...someTerms, moves: 'twice' } })
    saga.play({ check: [yes], authorise: [said('authorised')] })
    assert.equal(saga.order.status?.payment?.state, 'Capturing')
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    return saga
  }

  it('is voided where nothing was sent', () => {
    const saga = capturing()
    assert.deepEqual(saga.play({ void: [{ kind: 'voided' }] }), ['void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('is voided where another process may have sent it and it is not taken', () => {
    const saga = capturing()
    saga.restart()
    const done = saga.play({ find: [said('authorised')], void: [{ kind: 'voided' }] })
    assert.deepEqual(done, ['find', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })
})

describe('a refund that never came to its provider', () => {
  it('is made when it is reached, also after its key is forgotten', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [said('taken', { amount: '1.00', currency: 'EUR' })] })
    assert.equal(saga.order.status?.payment?.state, 'Refunding')
    saga.later(3_600_000)
    saga.play()
    assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
    assert.match(saga.order.status?.message ?? '', /could not be reached since .* for the call to refund/)
    saga.later(2 * someTerms.keyWindowMs)
    const money = { amount: '1.00', currency: 'EUR' }
    assert.deepEqual(saga.play({ refund: [said('refunded', money)] }), ['refund', 'release'])
    assert.equal(saga.phase(), 'Cancelled/AmountDiffers')
  })

  it('goes on calling for somebody when nobody knows what became of it then', () => {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [said('taken', { amount: '1.00', currency: 'EUR' })] })
    saga.later(3_600_000)
    saga.play()
    saga.play({ refund: [{ kind: 'unknown', reason: 'no answer' }] })
    assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
    assert.match(saga.order.status?.message ?? '', /is not known: no answer$/)
  })
})
