import assert from 'node:assert/strict'
import { operations } from '../../../../operator/domain/order/order.ts'
import { aHold, orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, no, said, unsent, voided, yes } from '../../../fixtures/order-saga.ts'

const twice = { terms: { ...someTerms, moves: 'twice' } } as const
const untilHeld = { check: [yes] } as const
const minute = 60_000

describe('the way of an order that goes well', () => {
  it('charges what is held, sells it, is made, tells its customer and is complete', () => {
    const saga = aSaga()
    assert.deepEqual(saga.play({ check: [yes], charge: [said('taken')], notify: [yes] }), [
      ...['check', 'open', 'hold', 'charge', 'confirm', 'notify'],
    ])
    assert.equal(saga.phase(), 'Completed/Completed')
    assert.deepEqual(saga.steps(), ['ValidateUser', 'HoldStock', 'Pay', 'SellStock', 'Create', 'Notify', 'Complete'])
    assert.deepEqual(
      saga.order.status?.conditions.map(({ status }) => status),
      ['True', 'True', 'True', 'True', 'True'],
    )
  })

  it('authorises what is held, sells it and only then takes the money, where the provider can', () => {
    const saga = aSaga({}, twice)
    const answers = { check: [yes], authorise: [said('authorised')], capture: [said('taken')], notify: [yes] }
    assert.deepEqual(saga.play(answers), ['check', 'open', 'hold', 'authorise', 'confirm', 'capture', 'notify'])
    assert.equal(saga.phase(), 'Completed/Completed')
    assert.deepEqual(saga.steps().slice(2, 6), ['Authorise', 'SellStock', 'Pay', 'Create'])
  })

  it('stores what it is about to pay, with its key, before it is paid', () => {
    const saga = aSaga()
    saga.play(untilHeld)
    const { payment } = saga.order.status ?? {}
    assert.equal(payment?.state, 'Intended')
    assert.equal(payment?.intent?.key, `${orderUid}/charge/1`)
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'charge' })
  })

  it('has room in its history for everything that can happen to it', () => assert.ok(operations.length <= 16))
})

describe('an order that is refused', () => {
  it('by the user check touches neither stock nor money', () => {
    const saga = aSaga()
    assert.deepEqual(saga.play({ check: [no('ana is blocked')] }), ['check'])
    assert.equal(saga.phase(), 'Cancelled/UserRefused')
    assert.deepEqual(saga.steps(), ['ValidateUser!', 'Cancel'])
  })

  it('for want of stock is not paid', () => {
    const saga = aSaga()
    saga.promise(aHold({ phase: 'Rejected', reason: 'InsufficientStock', message: 'needs 2' }))
    assert.deepEqual(saga.play(untilHeld), ['check', 'open', 'hold'])
    assert.equal(saga.phase(), 'Cancelled/InsufficientStock')
  })

  it('waits for stock as long as its reservation does', () => {
    const saga = aSaga()
    saga.promise(aHold({ phase: 'Waiting', reason: 'WaitingForStock', message: '2nd in line' }))
    saga.play(untilHeld)
    assert.equal(saga.phase(), 'Reserving/WaitingForStock')
    assert.match(saga.order.status?.message ?? '', /reservation order-1-0909a693 says .* at first: 2nd in line$/)
    saga.hold(aHold())
    assert.deepEqual(saga.play({ charge: [said('taken')], notify: [yes] }), ['charge', 'confirm', 'notify'])
  })

  it('by the provider gives its stock back', () => {
    const saga = aSaga()
    assert.deepEqual(saga.play({ ...untilHeld, charge: [declined] }), ['check', 'open', 'hold', 'charge', 'release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
    assert.deepEqual(saga.steps().slice(2), ['Pay!', 'ReleaseStock', 'Cancel'])
  })

  it('at the capture has what was authorised voided, and gives what was sold back after that', () => {
    const saga = aSaga({}, twice)
    const answers = { ...untilHeld, authorise: [said('authorised')], capture: [declined], void: [voided] }
    assert.deepEqual(saga.play(answers).slice(3), ['authorise', 'confirm', 'capture', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CaptureRefused')
    assert.deepEqual(saga.steps().slice(4), ['Pay!', 'Void', 'ReleaseStock', 'Cancel'])
  })

  it('when nobody can be asked about its customer for five minutes', () => {
    const saga = aSaga()
    saga.play({ check: [unsent] })
    assert.equal(saga.phase(), 'Validating/UserCheckUnavailable')
    saga.later(4 * minute)
    saga.play({ check: [lost] })
    assert.equal(saga.phase(), 'Validating/UserCheckUnavailable')
    saga.later(2 * minute)
    saga.play({ check: [lost] })
    assert.equal(saga.phase(), 'Cancelled/UserCheckUnavailable')
  })

  it('when the settings have no provider of its name', () => {
    const saga = aSaga({}, { terms: undefined })
    saga.play({ check: [yes] })
    assert.equal(saga.phase(), 'Cancelled/ProviderUnknown')
  })

  it('when something else has the name of its reservation', () => {
    const saga = aSaga({}, { ours: false })
    saga.hold(aHold())
    assert.deepEqual(saga.play(untilHeld), [])
    assert.equal(saga.phase(), 'Cancelled/NameTaken')
  })
})

describe('what an order must cost', () => {
  const price = (amount: string, currency = 'EUR') => ({ amount, currency })
  const cases = [
    { what: 'no price', hold: { totalPrice: [] }, want: 'NotPayable' },
    { what: 'nothing', hold: { totalPrice: [price('0.00')] }, want: 'NotPayable' },
    { what: 'part of a coin', hold: { totalPrice: [price('698.001')] }, want: 'NotPayable' },
    { what: 'two currencies', hold: { totalPrice: [price('1.00'), price('2.00', 'USD')] }, want: 'SeveralCurrencies' },
    { what: 'more than it says', hold: { totalPrice: [price('700.00')] }, want: 'PriceChanged' },
    { what: 'the same in another currency', hold: { totalPrice: [price('698.00', 'USD')] }, want: 'PriceChanged' },
  ] as const
  for (const { what, hold, want } of cases)
    it(`is refused with ${want} for ${what}, and its stock is given back`, () => {
      const saga = aSaga()
      saga.promise(aHold(hold))
      assert.deepEqual(saga.play(untilHeld).slice(-1), ['release'])
      assert.equal(saga.phase(), `Cancelled/${want}`)
      assert.equal(saga.order.status?.payment, undefined)
    })

  it('is told apart by its sentence from more coins than can be counted', () => {
    const saga = aSaga()
    saga.promise(aHold({ totalPrice: [price('99999999999999999.00')] }))
    saga.play(untilHeld)
    assert.equal(saga.phase(), 'Cancelled/NotPayable')
    assert.match(saga.order.status?.message ?? '', /or more than 9007199254740991 of them$/)
  })

  it('is refused for units that come back', () => {
    const saga = aSaga({}, { lends: true })
    saga.play(untilHeld)
    assert.equal(saga.phase(), 'Cancelled/NotPayable')
  })

  it('may be written with fewer zeros', () => {
    const saga = aSaga({ spec: { payment: { method: 'card-1', provider: 'acme', amount: price('698') } } })
    saga.play({ ...untilHeld, charge: [said('taken')], notify: [yes] })
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('is given back whole when the provider took another amount', () => {
    const saga = aSaga()
    const other = price('689.00')
    const done = saga.play({ ...untilHeld, charge: [said('taken', other)], refund: [said('refunded', other)] })
    assert.deepEqual(done.slice(3), ['charge', 'refund', 'release'])
    assert.equal(saga.phase(), 'Cancelled/AmountDiffers')
  })
})

describe('an order whose capture took another amount than it says', () => {
  it('is not made: the money goes back, and the stock', () => {
    const saga = aSaga({}, twice)
    const other = { amount: '1.00', currency: 'EUR' }
    const answers = { ...untilHeld, authorise: [said('authorised')], capture: [said('taken', other)] }
    assert.deepEqual(saga.play({ ...answers, refund: [said('refunded', other)] }).slice(4), [
      ...['confirm', 'capture', 'refund', 'release'],
    ])
    assert.equal(saga.phase(), 'Cancelled/AmountDiffers')
  })
})

describe('an order whose reservation was deleted when it may have been sold', () => {
  it('is not undone because its client asks for that: somebody has to look', () => {
    const saga = aSaga({}, twice)
    saga.play(untilHeld)
    const { status } = saga.order
    assert.ok(status?.payment)
    const { intent: _, ...payment } = status.payment
    saga.write({ status: { ...status, phase: 'Confirming', payment: { ...payment, state: 'Authorised' } } })
    saga.hold(undefined)
    saga.write({ spec: { ...saga.order.spec, cancel: true } })
    assert.deepEqual(saga.play(), [])
    assert.equal(saga.phase(), 'NeedsAttention/StockUnclear')
  })

  it('goes on to be paid where it is known that it was sold', () => {
    const saga = aSaga({}, twice)
    saga.play({ ...untilHeld, authorise: [said('authorised')] })
    saga.play()
    saga.hold(undefined)
    saga.write({ deleting: true })
    assert.deepEqual(saga.play({ capture: [said('taken')], notify: [yes] }).slice(0, 1), ['capture'])
    assert.equal(saga.order.status?.phase, 'Completed')
  })
})

describe('a customer who can not be told', () => {
  it('has an order that is complete nevertheless', () => {
    const saga = aSaga()
    saga.play({ ...untilHeld, charge: [said('taken')], notify: [no('no address')] })
    assert.equal(saga.phase(), 'Completed/NoticeRefused')
    assert.equal(saga.order.status?.conditions.at(-1)?.status, 'False')
    assert.deepEqual(saga.steps().slice(-2), ['Notify!', 'Complete'])
  })

  it('is tried to be told for a day', () => {
    const saga = aSaga()
    saga.play({ ...untilHeld, charge: [said('taken')], notify: [lost] })
    assert.equal(saga.phase(), 'Notifying/NoticeUnavailable')
    saga.later(24 * 60 * minute + 1)
    saga.play({ notify: [lost] })
    assert.equal(saga.phase(), 'Completed/NoticeUnavailable')
  })
})
