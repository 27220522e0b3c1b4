import assert from 'node:assert/strict'
import { tickOf } from '../../../operator/application/clock.ts'
import { journal } from '../../../operator/application/ledger/journal.ts'
import type { NotReady } from '../../../operator/application/ledger/stock-status.ts'
import { lanesInside, type Shown, stocksInside } from '../../../operator/application/look-inside.ts'
import { stockBook } from '../../../operator/domain/stock/stock-book.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'
import { anEntry, someTerms } from '../../fixtures/builders.ts'

const clock = fakeClock()

function aStock(name: string, particular: Partial<Shown> = {}): Shown {
  const stock = { namespace: 'shop', name, uid: `uid-of-${name}` }
  const nothing = { queued: 0, oldestAskAt: undefined, stopped: false, closed: false, closedBecause: undefined }
  return { stock, book: stockBook(stock, someTerms()), journal: journal(), ...nothing, ...particular }
}
const actorsOf = (...stocks: readonly Shown[]) => new Map(stocks.map((one) => [one.stock.uid, one]))
const closedFor = (reason: NotReady['reason']) => ({ closedBecause: { reason, message: `it is ${reason}` } })
const askedFor = (ms: number) => ({ queued: 1, oldestAskAt: tickOf(clock.now() - ms) })

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
    const actors = actorsOf(aStock('lost', { ...closedFor('StatusLost'), ...askedFor(61_000), queued: 7 }))
    const [seen] = stocksInside({ actors }, clock)
    assert.deepEqual(
      [seen?.reason, seen?.message, seen?.queued, seen?.oldestAskMs],
      ['StatusLost', 'it is StatusLost', 7, 61_000],
    )
  })

  it('counts why entries stay in the journal', () => {
    const entries = journal()
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
    const withEvents = (name: string, count: number) => {
      const entries = journal()
      entries.add(Array.from({ length: count }, (_, index) => anEntry({ sequence: index + 1 })))
      return aStock(name, { journal: entries })
    }
    const actors = actorsOf(withEvents('quick', 3), aStock('calm'), withEvents('held', 1), aStock('spooled'))
    const relay = {
      heldBecause: (uid: string) => (uid === 'uid-of-held' ? 'orders: no such topic' : undefined),
      spooled: (uid: string) => (uid === 'uid-of-spooled' ? 9 : 0),
    }
    const seen = lanesInside({ actors, relay })
    assert.deepEqual(
      seen.map(({ name, state, queued, spooledEvents }) => [name, state, queued, spooledEvents]),
      [
        ['held', 'held', 1, 0],
        ['spooled', 'draining', 0, 9],
        ['quick', 'ready', 3, 0],
      ],
    )
    assert.equal(seen[0]?.heldBecause, 'orders: no such topic')
  })
})
