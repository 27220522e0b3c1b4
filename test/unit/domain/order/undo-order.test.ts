import assert from 'node:assert/strict'
import { aHold, orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, said, voided, yes } from '../../../fixtures/order-saga.ts'

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
    saga.given({ sendable: false })
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
