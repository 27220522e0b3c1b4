import assert from 'node:assert/strict'
import { Journal } from '../../../../operator/application/ledger/journal.ts'
import { ParkingLot } from '../../../../operator/application/ledger/parking-lot.ts'
import { takePlaces } from '../../../../operator/application/ledger/places.ts'
import type { StockActor } from '../../../../operator/application/ledger/stock-actor.ts'
import { Undecided } from '../../../../operator/application/ledger/undecided.ts'
import { aBook } from '../../../fixtures/builders.ts'

/** A journal with its stock; nothing else of an actor is asked here. */
const anActor = (name = 'grinder', stopped = false) =>
  ({
    journal: new Journal(),
    book: aBook({ allowedNamespaces: ['*'] }),
    stopped,
    stock: { namespace: 'shop', name },
    review: () => undefined,
    place: () => new ParkingLot().place(),
  }) as unknown as StockActor

const takers = { takesUnits: true, namespace: '' }

/** What a journal has left for verbs that take units. */
const roomOf = ({ journal: kept }: StockActor) => kept.room(kept.entries.length, true)

describe('places', () => {
  it('are taken in every journal at one moment, and given back but for those that were used', () => {
    const [home, follower] = [anActor(), anActor()]
    const room = roomOf(home)
    const wants = [
      { actor: home, places: 1 },
      { actor: follower, places: 2 },
    ]
    const taken = takePlaces(wants, takers)
    assert.deepEqual([roomOf(home), roomOf(follower)], [room - 1, room - 2])
    taken.use(follower)
    taken.giveBack()
    taken.giveBack()
    assert.deepEqual([roomOf(home), roomOf(follower)], [room, room - 1])
  })

  it('are taken in none when one journal has no room, and whoever asks is told which', () => {
    const [home, full] = [anActor('beans'), anActor('milk')]
    const room = roomOf(home)
    full.journal.promise(room)
    const wants = [
      { actor: home, places: 1 },
      { actor: full, places: 1 },
    ]
    assert.throws(
      () => takePlaces(wants, takers),
      (error) => error instanceof Undecided && error.stock.name === 'milk' && error.why.reason === 'Busy',
    )
    assert.equal(roomOf(home), room, 'a set that comes back later keeps nobody from going on')
  })

  it('are shared between namespaces, with those that are promised already', () => {
    const shared = anActor()
    shared.journal.promise(32, 'bakery')
    shared.journal.promise(112)
    const wants = [{ actor: shared, places: 1 }]
    assert.throws(() => takePlaces(wants, { takesUnits: false, namespace: 'bakery' }), Undecided)
    takePlaces(wants, { takesUnits: false, namespace: 'shop' }).giveBack()
    shared.journal.giveBack(1, 'bakery')
    takePlaces(wants, { takesUnits: false, namespace: 'bakery' })
    assert.equal(shared.journal.untoldOf('bakery', 'shop').promised, 32)
  })

  it('leave room for verbs that take no units', () => {
    const full = anActor()
    full.journal.promise(roomOf(full))
    assert.throws(() => takePlaces([{ actor: full, places: 1 }], takers), Undecided)
    takePlaces([{ actor: full, places: 1 }], { ...takers, takesUnits: false })
  })

  it('leave room for reservations of one stock, however many sets are under way', () => {
    const crowded = anActor()
    const takeOne = () => takePlaces([{ actor: crowded, places: 2 }], takers)
    assert.throws(() => {
      for (let set = 0; set < 200; set += 1) takeOne()
    }, Undecided)
    assert.ok(roomOf(crowded) >= 80)
  })

  it('do not depend on the journal of a stock that is gone', () => {
    const gone = anActor('gone', true)
    gone.journal.promise(roomOf(gone))
    takePlaces([{ actor: gone, places: 1 }], takers)
  })
})
