import assert from 'node:assert/strict'
import { Journal, unfinishedFrom } from '../../../../operator/application/ledger/journal.ts'
import type { Entry } from '../../../../operator/domain/stock/entry.ts'
import { anEntry } from '../../../fixtures/builders.ts'

const line = { stockNamespace: 'shop', stock: 'milk', stockUID: 'm', sequence: 2, quantity: 1 }

function aJournal(...entries: readonly Partial<Entry>[]) {
  const kept = new Journal()
  const added = kept.add(entries.map((one, index) => anEntry({ sequence: index + 1, ...one })))
  return { kept, added }
}

const done = { reported: true, delivered: true, followed: true, homeLeft: true }
const sequencesOf = (entries: Iterable<{ entry: Entry }>) => [...entries].map(({ entry }) => entry.sequence)

describe('what an entry owes', () => {
  it('is to be told and delivered, and nothing else where it is of one stock', () => {
    const { reported, delivered, followed, homeLeft } = unfinishedFrom(anEntry())
    assert.deepEqual({ reported, delivered, followed, homeLeft }, { ...done, reported: false, delivered: false })
  })

  it('is not to be told where it is about no reservation, or where its home tells it', () => {
    const { uid: _, ...note } = anEntry({ verb: 'Note', note: 'created' })
    assert.equal(unfinishedFrom(note).reported, true)
    const follower = unfinishedFrom(anEntry({ follows: { uid: 'home', sequence: 0 } }))
    assert.deepEqual([follower.reported, follower.homeLeft], [true, false])
  })

  it('is to be followed where it decides for other stocks, but for the hold, which they have prepared', () => {
    assert.equal(unfinishedFrom(anEntry({ verb: 'Confirm', lines: [line] })).followed, false)
    assert.equal(unfinishedFrom(anEntry({ verb: 'Reserve', lines: [line] })).followed, true)
  })
})

describe('a journal', () => {
  for (const debt of Object.keys(done))
    it(`keeps an entry until the last of what it owes is done: ${debt}`, () => {
      const { kept, added } = aJournal({})
      Object.assign(added[0] ?? {}, done, { [debt]: false })
      assert.equal(kept.droppable().size, 0)
      Object.assign(added[0] ?? {}, done)
      assert.deepEqual(sequencesOf(kept.droppable()), [1])
      kept.drop(kept.droppable())
      assert.deepEqual(kept.entries, [])
    })

  it('lets the entries of one reservation go oldest first, whatever others owe', () => {
    const { kept, added } = aJournal({ uid: 'a' }, { uid: 'a', verb: 'Confirm' }, { uid: 'b' })
    for (const one of added.slice(1)) Object.assign(one, done)
    assert.deepEqual(sequencesOf(kept.droppable()), [3])
    Object.assign(added[0] ?? {}, done)
    assert.deepEqual(sequencesOf(kept.droppable()), [1, 2, 3])
  })

  it('keeps the end of its stock as long as the object waits for it; in a restored one it is that of another', () => {
    const world = { closing: true }
    const kept = new Journal(() => world.closing)
    const [end] = kept.add([anEntry({ sequence: 1, verb: 'Note', note: 'deleted' })])
    assert.deepEqual([kept.ended, kept.isOver], [true, false])
    Object.assign(end ?? {}, done)
    assert.deepEqual([kept.isOver, sequencesOf(kept.droppable())], [true, []])
    world.closing = false
    assert.deepEqual([kept.ended, sequencesOf(kept.droppable())], [false, [1]])
  })

  it('lets notes of the stock go in any order', () => {
    const { kept, added } = aJournal({}, {})
    for (const one of added) Object.assign(one, { entry: { ...one.entry, uid: undefined } })
    Object.assign(added[1] ?? {}, done)
    assert.deepEqual(sequencesOf(kept.droppable()), [2])
  })

  it('has room for 240 entries, 176 of them for such as take units, less what is promised', () => {
    const { kept } = aJournal()
    assert.deepEqual([kept.room(0, false), kept.room(0, true)], [240, 176])
    kept.promise(10)
    assert.deepEqual([kept.room(100, false), kept.room(100, true), kept.promised], [130, 66, 10])
    kept.giveBack(10)
    assert.equal(kept.room(0, false), 240)
  })

  it('takes 256 entries at most, with those that were promised', () => {
    const { kept } = aJournal()
    kept.promise(6)
    assert.deepEqual(
      [kept.hasSlack(249), kept.hasSlack(250), kept.hasSlack(248, 2), kept.hasSlack(249, 2)],
      [...[true, false, true, false]],
    )
    assert.deepEqual([kept.fits(255, 1), kept.fits(255, 2)], [true, false])
  })

  it('counts what is not told by the namespace of the reservation', () => {
    const { kept, added } = aJournal({ reservationNamespace: 'bakery' }, {}, { reservationNamespace: 'bakery' }, {})
    const of = (namespace: string, own = 'shop') => kept.untoldOf(namespace, own)
    assert.deepEqual(
      [of('bakery').all, of('shop').here],
      [
        [1, 3],
        [2, 4],
      ],
    )
    Object.assign(added[0] ?? {}, { reported: true })
    assert.deepEqual([of('bakery').all, of('shop', 'elsewhere').all], [[3], []])
  })

  it('counts what waits for its home to be told elsewhere, and the places promised to a namespace', () => {
    const { kept, added } = aJournal({ follows: { uid: 'home', sequence: 0 } })
    kept.promise(3, 'shop')
    kept.promise(2)
    const { all, here, promised } = kept.untoldOf('shop', 'shop')
    assert.deepEqual([all, here, promised], [[1], [], 3])
    kept.giveBack(3, 'shop')
    Object.assign(added[0] ?? {}, { homeLeft: true })
    assert.deepEqual(
      [kept.untoldOf('shop', 'shop').all, kept.untoldOf('shop', 'shop').promised, kept.promised],
      [[], 0, 2],
    )
  })

  it('begins with what was found, and goes on from there', () => {
    const { kept } = aJournal({})
    kept.resume([unfinishedFrom(anEntry({ sequence: 7 }))])
    kept.add([anEntry({ sequence: 8 })])
    assert.deepEqual(sequencesOf(kept.entries), [7, 8])
  })
})
