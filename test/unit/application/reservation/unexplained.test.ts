import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import type { Reservations } from '../../../../operator/application/reservation/reservations.ts'
import { unexplained } from '../../../../operator/application/reservation/unexplained.ts'
import type { ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { afterTen, aReservation } from '../../../fixtures/builders.ts'

interface Seen {
  readonly name: string
  readonly queued?: number
  readonly closed?: string
}

function aStock({ name, queued = 0, closed }: Seen): StockActor {
  const closedBecause = closed && { reason: 'StatusLost', message: closed }
  return { stock: { namespace: 'shop', name, uid: `uid-${name}` }, queued, closedBecause } as unknown as StockActor
}

function explainer() {
  const clock = fakeClock()
  const told: ReservationStatus[] = []
  const report: Reservations['report'] = async (reservation, status) => {
    told.push(status)
    return { kind: 'reported', reservation }
  }
  const reservations = { report } as unknown as Reservations
  return { clock, told, ...unexplained({ reservations, clock, onEnded: async () => {} }) }
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
      const { told, explainIfSlow, clock } = explainer()
      explainIfSlow(aReservation(), stocks.map(aStock))
      await clock.advance(10_000)
      assert.deepEqual(
        told.map((status) => [status.phase, status.reason, status.message]),
        [['Pending', 'StockBusy', message]],
      )
    })
  }

  it('is told after 2 s when a stock of it hands nothing out, after 10 s when they have much to do', async () => {
    const { clock, told, explainIfSlow } = explainer()
    explainIfSlow(aReservation(), [aStock({ name: 'cpu' }), aStock({ name: 'disk', closed: 'paused' })])
    explainIfSlow(aReservation(), [aStock({ name: 'cpu', queued: 9 })])
    const messages = () => told.map(({ message }) => message)
    await clock.advance(1_999)
    assert.deepEqual(messages(), [])
    await clock.advance(1)
    assert.deepEqual(messages(), ['disk: paused'])
    await clock.advance(7_999)
    assert.equal(told.length, 1)
    await clock.advance(1)
    assert.equal(told.length, 2)
    assert.equal(Date.parse(told.at(-1)?.conditions[0]?.lastTransitionTime ?? ''), Date.parse(afterTen(10)))
  })

  it('is told nothing once it is decided, or when it was told before', async () => {
    const { clock, told, explainIfSlow } = explainer()
    const busy = [aStock({ name: 'cpu', queued: 9 })]
    const early = explainIfSlow(aReservation(), busy)
    const late = explainIfSlow(aReservation(), busy)
    const before = { phase: 'Waiting' } as ReservationStatus
    explainIfSlow(aReservation({ status: before }), busy)
    early()
    await clock.advance(2_000)
    late()
    await clock.advance(60_000)
    assert.deepEqual(told, [])
  })
})
