import assert from 'node:assert/strict'
import { Journal } from '../../../../operator/application/ledger/journal.ts'
import { hasShare, roomOfShare, shares } from '../../../../operator/application/ledger/shares.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aBook, anEntry } from '../../../fixtures/builders.ts'

describe('the share of a namespace', () => {
  const cases: readonly [string, staying: number, untold: number, takes: number, gives: number][] = [
    ['is everything while little of it is untold', 100, 31, 76, 140],
    ['leaves places to others, and more to its own ends, once much is', 100, 32, 12, 44],
    ['has none for its new holds beyond 112 entries', 112, 40, 0, 32],
    ['has none for its ends beyond 144', 144, 40, -32, 0],
    ['is smaller where only places for ends are left', 176, 8, -64, -32],
    ['is the rest for who has next to nothing untold', 176, 7, 0, 64],
  ]
  for (const [sentence, staying, untold, takes, gives] of cases)
    it(sentence, () => {
      const rooms = [true, false].map((takesUnits) => roomOfShare(new Journal(), staying, untold, takesUnits))
      assert.deepEqual(rooms, [takes, gives])
    })
})

describe('a namespace is untold', () => {
  function aShare(entries: number) {
    const clock = fakeClock()
    const kept = new Journal()
    const added = kept.add(
      Array.from({ length: entries }, (_, index) => anEntry({ sequence: index + 1, reservationNamespace: 'bakery' })),
    )
    const world = { mute: '' }
    const judge = shares({
      journal: kept,
      clock,
      book: aBook({ allowedNamespaces: ['bakery'] }),
      cannotTell: (namespace) => namespace === world.mute,
    })
    const whyOf = (namespace: string, takesUnits: boolean) => judge()({ namespace, takesUnits })?.reason
    const tell = (sequence: number) => Object.assign(added[sequence - 1] ?? {}, { reported: true })
    return { clock, tell, world, whyOf }
  }

  it('when its share is used up and the oldest eight have stayed for five seconds, though others are told', async () => {
    const { clock, tell, whyOf } = aShare(120)
    assert.equal(whyOf('bakery', true), undefined)
    await clock.advance(4_999)
    assert.equal(whyOf('bakery', true), undefined)
    await clock.advance(1)
    tell(9)
    assert.deepEqual(
      [whyOf('bakery', true), whyOf('bakery', false), whyOf('shop', true)],
      ['Untold', undefined, undefined],
    )
    tell(8)
    assert.equal(whyOf('bakery', true), undefined, 'it gets on')
  })

  it('not while it has room, however many of it stay while others are told', async () => {
    const { clock, whyOf } = aShare(100)
    for (let seconds = 0; seconds < 60; seconds += 3) {
      assert.equal(whyOf('bakery', true), undefined, `${seconds}`)
      await clock.advance(3_000)
    }
  })

  it('at once where nothing can be told, also what gives back when its share is used up', () => {
    const { world, whyOf } = aShare(144)
    world.mute = 'bakery'
    assert.deepEqual([whyOf('bakery', true), whyOf('bakery', false), whyOf('', true)], ['Untold', 'Untold', undefined])
  })

  it('never where little waits', () => {
    const { world, whyOf } = aShare(31)
    world.mute = 'bakery'
    assert.deepEqual([whyOf('bakery', true), whyOf('bakery', false)], [undefined, undefined])
  })

  it('is no matter where the stock is shared with nobody', () => {
    const book = aBook()
    assert.deepEqual([hasShare(book, book.stock.namespace), hasShare(book, 'bakery')], [false, true])
    assert.equal(hasShare(aBook({ allowedNamespaces: ['bakery'] }), book.stock.namespace), true)
  })
})
