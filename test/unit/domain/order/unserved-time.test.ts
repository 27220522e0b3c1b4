import assert from 'node:assert/strict'
import { aHold, someTerms } from '../../../fixtures/order-builders.ts'
import { aSaga, declined, lost, said, unsent, yes } from '../../../fixtures/order-saga.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour
const week = 7 * day

type Saga = ReturnType<typeof aSaga>

interface Wait {
  readonly of: string
  readonly forMs: number
  /** An order that waits for it. */
  begin(): Saga
  /** Goes on in vain. */
  play(saga: Saga): void
  /** What becomes of it in the end. */
  readonly end: string
}

const unheld = (state: 'Reserved' | 'Released', phase: 'Pending' | 'Reserved') => {
  const { spec } = aHold()
  return aHold({ phase, reason: 'StockNotFound', message: 'nobody serves it' }, { spec: { ...spec, state } })
}

/** One whose hold lasts for as long as this takes. */
function longHeld(saga: Saga): Saga {
  saga.hold(aHold({ expiresAt: new Date(saga.now + week).toISOString() }))
  return saga
}

const waits: readonly Wait[] = [
  {
    of: 'the user check',
    forMs: 5 * minute,
    begin() {
      const saga = aSaga()
      saga.play({ check: [unsent] })
      return saga
    },
    play: (saga) => saga.play({ check: [unsent] }),
    end: 'Cancelled/UserCheckUnavailable',
  },
  {
    of: 'a hold that may not be made',
    forMs: hour,
    begin() {
      const saga = aSaga({}, { refused: { hold: 'a quota is used up' } })
      saga.play({ check: [yes] })
      return saga
    },
    play: (saga) => saga.play(),
    end: 'Cancelled/HoldRefused',
  },
  {
    of: 'a stock that decides nothing',
    forMs: hour,
    begin() {
      const saga = aSaga()
      saga.promise(unheld('Reserved', 'Pending'))
      saga.play({ check: [yes] })
      return saga
    },
    play: (saga) => saga.play(),
    end: 'Cancelled/StockUndecided',
  },
  {
    of: 'stock that is to come back',
    forMs: hour,
    begin() {
      const saga = aSaga()
      saga.play({ check: [yes] })
      saga.hold(unheld('Released', 'Reserved'))
      saga.play({ charge: [declined] })
      return saga
    },
    play: (saga) => saga.play(),
    end: 'NeedsAttention/StockUndecided',
  },
  {
    of: 'a call to pay that was not sent',
    forMs: 15 * minute,
    begin() {
      const saga = aSaga()
      saga.play({ check: [yes], charge: [unsent] })
      return longHeld(saga)
    },
    play: (saga) => saga.play({ find: [{ kind: 'none' }], void: [{ kind: 'voided' }] }),
    end: 'Cancelled/PaymentUnavailable',
  },
  {
    of: 'word of a payment',
    forMs: 30 * minute,
    begin() {
      const saga = aSaga()
      saga.play({ check: [yes], charge: [lost] })
      return longHeld(saga)
    },
    play: (saga) => saga.play({ find: [lost] }),
    end: 'NeedsAttention/PaymentUnknown',
  },
  {
    of: 'a notice',
    forMs: day,
    begin() {
      const saga = aSaga()
      saga.play({ check: [yes], charge: [said('taken')], notify: [unsent] })
      return saga
    },
    play: (saga) => saga.play({ notify: [unsent] }),
    end: 'Completed/NoticeUnavailable',
  },
]

describe('an order that waited while nobody served orders', () => {
  for (const { of, forMs, begin, play, end } of waits) {
    it(`goes on waiting for ${of}, as it could not come before`, () => {
      const saga = begin()
      const before = saga.phase()
      saga.later(forMs + 1)
      saga.given({ servedForMs: minute, sendable: false })
      play(saga)
      assert.notEqual(saga.phase(), end)
      assert.equal(saga.phase(), before)
    })

    it(`waits no longer for ${of} when that was waited for in vain`, () => {
      const saga = begin()
      saga.later(forMs + 1)
      saga.given({ servedForMs: Math.min(forMs, hour) + 1 })
      play(saga)
      assert.equal(saga.phase(), end)
    })
  }

  it('is not gone before somebody has looked for its money', () => {
    const terms = { ...someTerms, moves: 'once' } as const
    const saga = aSaga({}, { terms })
    saga.play({ check: [yes], charge: [lost], find: [declined] })
    assert.equal(saga.phase(), 'Cancelled/PaymentDeclined')
    saga.write({ deleting: true })
    saga.later(day + week + hour)
    saga.given({ servedForMs: minute })
    assert.deepEqual(saga.decide(), { kind: 'call', call: 'find' })
    saga.given({ servedForMs: hour + 1 })
    assert.equal(saga.decide().kind, 'letGo')
  })
})
