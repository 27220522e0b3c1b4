import assert from 'node:assert/strict'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { hasLostLine, isOfFormerStock } from '../../../../operator/application/reservation/lost-line.ts'
import type { Stocks } from '../../../../operator/application/reservation/stocks.ts'
import { keyOf, type Reservation, type ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { aClaim, aReservation, grinder } from '../../../fixtures/builders.ts'

interface Past {
  readonly uid: string
  readonly openedAs?: string
  readonly formerUids?: readonly string[]
}

/** The grinders under another uid than the lines name, or the same. */
function grinders({ uid, openedAs, formerUids = [] }: Past): StockActor {
  const known = { formerUids, ...(openedAs !== undefined && { openedAs }) }
  return { stock: { ...grinder, uid }, known } as unknown as StockActor
}

function stocksWith(...actors: readonly StockActor[]): Stocks {
  return {
    find: (key) => actors.find(({ stock }) => keyOf(stock.namespace, stock.name) === key),
    findByUid: (uid) => actors.find(({ stock }) => stock.uid === uid),
    serves: (namespace) => namespace !== 'unlisted',
    exists: () => Promise.resolve(false),
  }
}

const line = { stockNamespace: 'shop', stock: 'grinder', stockUID: 'uid-grinder', sequence: 1, quantity: 2 }
const held = aClaim({ lines: [line] })

describe('hasLostLine', () => {
  it('misses nothing while the stock of each line is there', () => {
    assert.equal(hasLostLine(stocksWith(grinders({ uid: 'uid-grinder' })), held), false)
  })

  it('misses a line whose stock is gone', () => {
    assert.equal(hasLostLine(stocksWith(), held), true)
  })

  it('misses no line in a namespace of which nobody knows what it has', () => {
    const elsewhere = aClaim({ lines: [{ ...line, stockNamespace: 'unlisted' }] })
    assert.equal(hasLostLine(stocksWith(), elsewhere), false)
  })

  it('misses a line whose stock was created again under the same name', () => {
    assert.equal(hasLostLine(stocksWith(grinders({ uid: 'uid-new', openedAs: 'uid-new' })), held), true)
  })

  it('misses nothing of a stock that was restored, whether or not its books are accepted', () => {
    const restored = grinders({ uid: 'uid-new', openedAs: 'uid-grinder' })
    const accepted = grinders({ uid: 'uid-new', openedAs: 'uid-new', formerUids: ['uid-grinder'] })
    for (const stock of [restored, accepted]) assert.equal(hasLostLine(stocksWith(stock), held), false)
  })

  it('lets what was sold outlive the stocks of its lines', () => {
    assert.equal(hasLostLine(stocksWith(), aClaim({ phase: 'Confirmed', lines: [line] })), false)
  })

  it('asks nothing of a reservation that has one line or none', () => {
    assert.deepEqual([hasLostLine(stocksWith(), aClaim()), hasLostLine(stocksWith(), undefined)], [false, false])
  })
})

describe('isOfFormerStock', () => {
  const told = (phase: 'Reserved' | 'Released'): Reservation =>
    aReservation({ status: { phase, items: [line] } as unknown as ReservationStatus })

  it('says so of a hold whose stock was deleted and created again', () => {
    assert.equal(isOfFormerStock(told('Reserved'), grinders({ uid: 'uid-new' })), true)
  })

  it('does not say so of a hold of the stock itself', () => {
    assert.equal(isOfFormerStock(told('Reserved'), grinders({ uid: 'uid-grinder' })), false)
  })

  it('does not say so while a restored stock waits for somebody to accept its books, nor afterwards', () => {
    const restored = grinders({ uid: 'uid-new', openedAs: 'uid-grinder' })
    const accepted = grinders({ uid: 'uid-new', openedAs: 'uid-new', formerUids: ['uid-grinder'] })
    for (const stock of [restored, accepted]) assert.equal(isOfFormerStock(told('Reserved'), stock), false)
  })

  it('leaves those alone that are over, or were told nothing', () => {
    const stock = grinders({ uid: 'uid-new' })
    assert.deepEqual([isOfFormerStock(told('Released'), stock), isOfFormerStock(aReservation(), stock)], [false, false])
  })
})
