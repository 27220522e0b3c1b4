import assert from 'node:assert/strict'
import { tickOf } from '../../../operator/application/clock.ts'
import type { LaneView } from '../../../operator/application/event/lane-view.ts'
import { Journal } from '../../../operator/application/ledger/journal.ts'
import type { NotReady } from '../../../operator/application/ledger/stock-status.ts'
import { lanesInside, type Shown, stocksInside } from '../../../operator/application/look-inside.ts'
import { StockBook } from '../../../operator/domain/stock/stock-book.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'
import { anEntry, someTerms } from '../../fixtures/builders.ts'

const clock = fakeClock()

function aStock(name: string, particular: Partial<Shown> = {}): Shown {
  const stock = { namespace: 'shop', name, uid: `uid-of-${name}` }
  const nothing = {
    parked: 0,
    mode: 'open' as const,
    queue: { length: 0, units: 0, oldestAt: undefined },
    stopped: false,
    closed: false,
    closedBecause: undefined,
  }
  return { stock, book: new StockBook(stock, someTerms()), journal: new Journal(), ...nothing, ...particular }
}
const actorsOf = (...stocks: readonly Shown[]) => new Map(stocks.map((one) => [one.stock.uid, one]))
const closedFor = (reason: NotReady['reason']) => ({ closedBecause: { reason, message: `it is ${reason}` } })
const askedFor = (ms: number, length = 1) => ({ queue: { length, units: 1, oldestAt: tickOf(clock.now() - ms) } })

describe('A look at the stocks', () => {
  it('shows those first that somebody should look at', () => {
    const actors = actorsOf(
      aStock('calm'),
      aStock('asked', askedFor(2_000)),
      aStock('paused', closedFor('Paused')),
      aStock('lost', closedFor('StatusLost')),
      aStock('ended', { closed: true }),
      aStock('differs', closedFor('BooksDoNotClose')),
      aStock('asked-long', askedFor(9_000)),
    )
    const seen = stocksInside({ actors }, clock).map(({ name, mode }) => `${name} ${mode}`)
    assert.deepEqual(seen, [
      'lost halted',
      'differs noNewHolds',
      'ended closed',
      'paused paused',
      'asked-long open',
      'asked open',
      'calm open',
    ])
  })

  it('says why one is not open and how long it lets people wait', () => {
    const actors = actorsOf(aStock('lost', { ...closedFor('StatusLost'), ...askedFor(61_000, 7) }))
    const [seen] = stocksInside({ actors }, clock)
    assert.deepEqual(
      [seen?.reason, seen?.message, seen?.queued, seen?.oldestAskMs],
      ['StatusLost', 'it is StatusLost', 7, 61_000],
    )
  })

  it('counts why entries stay in the journal', () => {
    const entries = new Journal()
    const added = entries.add([1, 2, 3].map((sequence) => anEntry({ sequence })))
    for (const entry of added) entry.reported = true
    if (added[0]) added[0].delivered = true
    entries.promise(2)
    const [seen] = stocksInside({ actors: actorsOf(aStock('busy', { journal: entries })) }, clock)
    const want = { length: 3, promised: 2, unreported: 0, undelivered: 2, unfollowed: 0, homeNotLeft: 0 }
    assert.deepEqual(seen?.journal, want)
  })
})

describe('A look at the lanes', () => {
  it('shows those with undelivered events, first those that are held back', () => {
    const aLane = (name: string, particular: Partial<LaneView>): LaneView => ({
      ...{
        stockUid: `uid-of-${name}`,
        name,
        state: 'ready',
        queued: 0,
        spooledEvents: 0,
        spooledBytes: 0,
        oldestMs: 0,
      },
      ...particular,
    })
    const relay = {
      lanes: () => [
        aLane('quick', { queued: 3 }),
        aLane('spooled', { state: 'draining', spooledEvents: 9 }),
        aLane('held', { state: 'held', queued: 1, heldBecause: 'orders: no such topic' }),
      ],
    }
    const seen = lanesInside({ relay })
    assert.deepEqual(
      seen.map(({ name }) => name),
      ['held', 'spooled', 'quick'],
    )
    assert.equal(seen[0]?.heldBecause, 'orders: no such topic')
  })
})
