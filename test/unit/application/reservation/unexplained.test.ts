import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { judgedSpecs } from '../../../../operator/application/reservation/judged-specs.ts'
import type { Reporter } from '../../../../operator/application/reservation/reporter.ts'
import type { Reservations } from '../../../../operator/application/reservation/reservations.ts'
import type { Stocks } from '../../../../operator/application/reservation/stocks.ts'
import { unexplained } from '../../../../operator/application/reservation/unexplained.ts'
import type { Reservation, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { statusWithoutEntry } from '../../../../operator/domain/reservation/tell.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { afterTen, aReservation } from '../../../fixtures/builders.ts'

interface Seen {
  readonly name: string
  readonly queued?: number
  readonly closed?: string
  /** When it last decided something, in ms since 1970; it always has just now where that is not said. */
  readonly decidedAt?: number
}

function aStock({ name, queued = 0, closed, decidedAt = Infinity }: Seen): StockActor {
  const closedBecause = closed && { reason: 'StatusLost', message: closed }
  const stock = { namespace: 'shop', name, uid: `uid-${name}` }
  return {
    stock,
    queue: { length: queued },
    closedBecause,
    book: { balances: { at: decidedAt } },
  } as unknown as StockActor
}

function explainer() {
  const clock = fakeClock()
  const told: ReservationStatus[] = []
  const seen = new Map<string, Reservation>()
  /** Has time for every aside at once. */
  const reporter: Pick<Reporter, 'aside' | 'add'> = {
    add: ({ run }) => void run(),
    aside({ reservation, compose, onEnd }) {
      const status = compose(seen.get(reservation.uid) ?? (reservation as Reservation))
      if (status) {
        told.push(status)
        seen.set(reservation.uid, { ...(reservation as Reservation), status })
      }
      onEnd?.(status ? 'told' : 'moot')
    },
  }
  const nobody = {
    stocks: { find: () => undefined } as unknown as Stocks,
    reservations: {} as Reservations,
    onEnded: async () => {},
    onRefused: () => {},
  }
  return { clock, told, seen, ...unexplained({ clock, reporter, judged: judgedSpecs(), ...nobody }) }
}

describe('a reservation that stays undecided', () => {
  const messages: readonly (readonly [string, string, ...Seen[]])[] = [
    [
      'its home hands nothing out',
      'cpu: its books are lost',
      { name: 'cpu', closed: 'its books are lost' },
      { name: 'disk' },
    ],
    [
      'another of its stocks hands nothing out',
      'disk: its books are lost',
      { name: 'cpu', queued: 3 },
      { name: 'disk', closed: 'its books are lost' },
    ],
    [
      'one of its stocks has much to do',
      'waits for its turn at disk; decisions that wait there: 40',
      { name: 'cpu', queued: 3 },
      { name: 'disk', queued: 40 },
    ],
    [
      'nothing is before it',
      'is being decided; the API server takes long to store it',
      { name: 'cpu' },
      { name: 'disk' },
    ],
  ]
  for (const [when, message, ...stocks] of messages) {
    it(`is told so when ${when}`, async () => {
      const { told, clock, explainIfSlow } = explainer()
      explainIfSlow(aReservation(), stocks.map(aStock))
      await clock.advance(30_000)
      assert.deepEqual(
        told.map((status) => [status.phase, status.reason, status.message]),
        [['Pending', 'StockBusy', message]],
      )
    })
  }

  it('is told after 2 s when a stock of it hands nothing out, after 30 s when they have much to do', async () => {
    const { clock, told, explainIfSlow } = explainer()
    explainIfSlow(aReservation(), [aStock({ name: 'cpu' }), aStock({ name: 'disk', closed: 'paused' })])
    explainIfSlow(aReservation({ uid: 'uid-other' }), [aStock({ name: 'cpu', queued: 9 })])
    const messages = () => told.map(({ message }) => message)
    await clock.advance(1_999)
    assert.deepEqual(messages(), [])
    await clock.advance(1)
    assert.deepEqual(messages(), ['disk: paused'])
    await clock.advance(27_999)
    assert.equal(told.length, 1)
    await clock.advance(1)
    assert.equal(told.length, 2)
    assert.equal(Date.parse(told.at(-1)?.conditions[0]?.lastTransitionTime ?? ''), Date.parse(afterTen(30)))
  })

  it('is told after 10 s when they decide nothing for others either', async () => {
    const { clock, told, explainIfSlow } = explainer()
    explainIfSlow(aReservation(), [aStock({ name: 'cpu', queued: 9, decidedAt: clock.now() + 4_000 })])
    await clock.advance(9_999)
    assert.equal(told.length, 0)
    await clock.advance(1)
    assert.match(told[0]?.message ?? '', /^waits for its turn at cpu/)
  })

  it('is told nothing once it is decided, or when it is over', async () => {
    const { clock, told, explainIfSlow } = explainer()
    const busy = [aStock({ name: 'cpu', queued: 9 })]
    const early = explainIfSlow(aReservation(), busy)
    const late = explainIfSlow(aReservation(), busy)
    const before = { phase: 'Expired', message: 'the hold ran out' } as ReservationStatus
    explainIfSlow(aReservation({ status: before }), busy)
    early()
    await clock.advance(2_000)
    late()
    await clock.advance(60_000)
    assert.deepEqual(told, [])
  })

  it('is told another reason half a minute later at the earliest, the newest one, and the same one once', async () => {
    const { clock, told, explain } = explainer()
    const reservation = aReservation()
    const messages = () => told.map(({ message }) => message)
    for (const message of ['first', 'first', 'second', 'third']) explain(reservation, 'StockBusy', message)
    await clock.advance(29_999)
    assert.deepEqual(messages(), ['first'])
    await clock.advance(1)
    assert.deepEqual(messages(), ['first', 'third'])
    explain(reservation, 'StockBusy', 'third')
    await clock.advance(120_000)
    assert.deepEqual(messages(), ['first', 'third'])
    assert.equal(clock.timers, 0)
  })

  it('is told the reason of now though it was told another one by a process before', () => {
    const { told, explain } = explainer()
    const status = statusWithoutEntry(
      { phase: 'Pending', reason: 'StockBusy', message: 'long ago', at: afterTen(0) },
      aReservation(),
    )
    explain(aReservation({ status }), 'StockBusy', 'now')
    assert.deepEqual([told[0]?.phase, told[0]?.message], ['Pending', 'now'])
  })

  it('is told nothing more when it was decided before there was time', async () => {
    const { clock, told, seen, explain } = explainer()
    explain(aReservation(), 'StockBusy', 'first')
    explain(aReservation(), 'StockBusy', 'second')
    seen.set('uid-order', aReservation({ status: { phase: 'Reserved' } as ReservationStatus }))
    await clock.advance(60_000)
    assert.equal(told.length, 1)
  })
})
