import assert from 'node:assert/strict'
import { aHold, orderUid, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, none, said, voided, yes } from '../../../fixtures/order-saga.ts'

const twice = { terms: { ...someTerms, moves: 'twice' } } as const
const day = 86_400_000
const expired = () => aHold({ phase: 'Expired', reason: 'HoldExpired', message: 'the hold ran out' })

function unknownCharge() {
  const saga = aSaga()
  saga.play({ check: [yes], charge: [lost] })
  return saga
}

function cancel(saga: ReturnType<typeof aSaga>): void {
  saga.write({ spec: { ...saga.order.spec, cancel: true } })
}

describe('a payment of which nobody knows', () => {
  it('is neither paid nor declined, and keeps its stock', () => {
    const saga = unknownCharge()
    assert.equal(saga.phase(), 'Paying/PaymentUnknown')
    assert.equal(saga.order.status?.payment?.state, 'Unknown')
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
  })

  it('goes on when the provider has taken it', () => {
    const saga = unknownCharge()
    assert.deepEqual(saga.play({ find: [lost, said('taken')], notify: [yes] }), ['find', 'find', 'confirm', 'notify'])
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('is over when the provider has declined it', () => {
    const saga = unknownCharge()
    assert.deepEqual(saga.play({ find: [declined] }), ['find', 'release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
  })

  it('is sent once more with its key when the provider knows of none', () => {
    const saga = unknownCharge()
    assert.deepEqual(saga.play({ find: [none], charge: [said('taken')], notify: [yes] }).slice(0, 2), [
      'find',
      'charge',
    ])
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('keeps its key however often it is sent', () => {
    const saga = unknownCharge()
    saga.play({ find: [none, none], charge: [lost] })
    assert.equal(saga.order.status?.payment?.intent?.key, `${orderUid}/charge/1`)
    assert.equal(saga.order.status?.payment?.intent?.tries, 3)
  })

  it('is not sent any more when the provider may have forgotten its key, and not taken when it can not come any more', () => {
    const saga = unknownCharge()
    saga.later(day)
    assert.deepEqual(saga.play({ find: [none] }), ['find'])
    assert.equal(saga.order.status?.payment?.state, 'Unknown')
    saga.later(60_000)
    assert.deepEqual(saga.play({ find: [none] }), ['find', 'release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentNotTaken')
  })

  it('needs somebody after half an hour, and is asked for on and on', () => {
    const saga = unknownCharge()
    saga.hold(aHold({ expiresAt: new Date(saga.now + day).toISOString() }))
    saga.later(1_800_001)
    saga.play({ find: [lost] })
    assert.equal(saga.phase(), 'NeedsAttention/PaymentUnknown')
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
    saga.play({ find: [said('taken')], notify: [yes] })
    assert.equal(saga.phase(), 'Completed/Completed')
  })

  it('is given back when it was taken after the hold had run out', () => {
    const saga = unknownCharge()
    saga.hold(expired())
    assert.deepEqual(saga.play({ find: [said('taken')], refund: [said('refunded')] }), ['find', 'refund'])
    assert.equal(saga.phase(), 'Cancelled/HoldExpired')
    assert.deepEqual(saga.steps().slice(2), ['Pay', 'Refund', 'ReleaseStock', 'Cancel'])
  })

  it('of a cancelled order is voided by its reference, never sent again', () => {
    const saga = unknownCharge()
    cancel(saga)
    assert.deepEqual(saga.play({ find: [none], void: [voided] }), ['find', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('of a cancelled order whose void is refused keeps its stock until it can not be taken any more', () => {
    const saga = unknownCharge()
    cancel(saga)
    assert.deepEqual(saga.play({ find: [none, none], void: [declined] }), ['find', 'void', 'find'])
    assert.equal(saga.order.status?.payment?.state, 'Voiding')
    saga.later(day + 60_000)
    assert.deepEqual(saga.play({ find: [none] }), ['find', 'release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })
})

describe('another process', () => {
  it('asks before it sends what another one was about to send', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.restart()
    assert.deepEqual(saga.play({ find: [said('taken')], notify: [yes] }), ['find', 'confirm', 'notify'])
  })

  it('sends what its provider has never heard of with the same key', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.restart()
    assert.deepEqual(saga.play({ find: [none], charge: [said('taken')] }).slice(0, 2), ['find', 'charge'])
    assert.equal(saga.order.status?.payment?.state, 'Taken')
  })

  it('does not send what has lain there for more than ten seconds', () => {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.restart()
    saga.later(10_001)
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
  })
})

describe('the process that has stored what is to be sent, and has sent nothing,', () => {
  function stored() {
    const saga = aSaga()
    saga.play({ check: [yes] })
    saga.later(10_001)
    return saga
  }

  it('stores it anew and sends it, and asks nobody about what nobody has heard of', () => {
    const saga = stored()
    assert.deepEqual(saga.play({ charge: [said('taken')], notify: [yes] }), ['charge', 'confirm', 'notify'])
    assert.equal(saga.order.status?.phase, 'Completed')
  })

  it('knows that nothing was taken when the order is cancelled', () => {
    const saga = stored()
    cancel(saga)
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/CancelledByClient')
  })

  it('does not rely on that where an answer says that nobody knows', () => {
    const saga = stored()
    saga.play({ charge: [lost] })
    saga.given({ neverSent: true })
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
  })

  it('gives it up when nothing could be sent for a quarter of an hour', () => {
    const saga = stored()
    saga.hold(aHold({ expiresAt: new Date(saga.now + day).toISOString() }))
    saga.later(900_001)
    assert.deepEqual(saga.play(), ['release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentUnavailable')
  })
})

describe('a capture of which nobody knows', () => {
  function unknownCapture() {
    const saga = aSaga({}, twice)
    saga.play({ check: [yes], authorise: [said('authorised')], capture: [lost] })
    return saga
  }

  it('is made once more with its key when nothing was taken', () => {
    const saga = unknownCapture()
    assert.equal(saga.order.status?.payment?.state, 'Capturing')
    assert.deepEqual(saga.play({ find: [said('authorised')], capture: [said('taken')] }), ['find', 'capture'])
    assert.deepEqual(saga.phase(), 'Notifying/Telling')
  })

  it('is done when the provider says so', () => {
    const saga = unknownCapture()
    assert.deepEqual(saga.play({ find: [said('taken')] }), ['find'])
    assert.deepEqual(saga.phase(), 'Notifying/Telling')
  })

  it('is voided when its key may be forgotten', () => {
    const saga = unknownCapture()
    saga.later(day)
    assert.deepEqual(saga.play({ find: [said('authorised')], void: [voided] }), ['find', 'void', 'release'])
    assert.equal(saga.phase(), 'Cancelled/PaymentUnavailable')
  })
})

describe('an order that is deleted and over', () => {
  const afterwards = day + 60_000

  function deleted(charge: typeof lost | typeof declined) {
    const saga = aSaga()
    saga.play({ check: [yes], charge: [charge], find: [declined] })
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
    saga.write({ deleting: true })
    return saga
  }

  it('is let go at once where its provider has said no', () => {
    assert.deepEqual(deleted(declined).decide(), { kind: 'letGo' })
  })

  it('stays until its money was looked for once more, where nobody knew of a call for a while', () => {
    const saga = deleted(lost)
    assert.equal(saga.decide().kind, 'wait')
    saga.later(afterwards)
    assert.deepEqual(saga.play({ find: [none] }), ['find'])
    assert.deepEqual(saga.decide(), { kind: 'letGo' })
  })

  it('gives back what came late, and is let go after that', () => {
    const saga = deleted(lost)
    saga.later(afterwards)
    assert.deepEqual(saga.play({ find: [said('taken')], refund: [said('refunded')] }), ['find', 'refund'])
    assert.equal(saga.phase(), 'Cancelled/LateCharge')
    assert.deepEqual(saga.decide(), { kind: 'letGo' })
  })

  it('waits a week for a provider that says nothing', () => {
    const saga = deleted(lost)
    saga.later(afterwards + 6 * day)
    assert.deepEqual(saga.play({ find: [lost] }), ['find'])
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
    saga.later(day)
    assert.deepEqual(saga.decide(), { kind: 'letGo' })
  })
})
