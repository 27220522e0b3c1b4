import assert from 'node:assert/strict'
import fc from 'fast-check'
import { entryOf, entryText } from '../../../../../operator/infrastructure/kubernetes/resources/entry-text.ts'
import { arbitraryEntry } from '../../../../fixtures/arbitrary-entries.ts'
import { anEntry } from '../../../../fixtures/builders.ts'

const uid = '3f0e8a2c-1111-4222-8333-0123456789ab'
const head = '7 Reserve 2026-11-22T10:00:00.000Z 2 0 2 5 Normal'

describe('the line of a journal entry', () => {
  it('says what was decided in words', () => {
    const lines = [{ stockNamespace: 'shop', stock: 'cup', stockUID: 'uid-cup', sequence: 4, quantity: 2 }]
    const unitPrice = { amount: '12.50', currency: 'EUR' }
    const entry = anEntry({ uid, lines, unitPrice })
    assert.equal(
      entryText(entry),
      `3 Reserve 2026-11-22T10:00:00.000Z 2 0 3 5 Normal reservation=order uid=${uid} units=2 until=2026-11-22T10:15:00.000Z price=12.50EUR lines=shop/cup/uid-cup/4/2`,
    )
  })

  it('says since when, where that is not when it was dated', () => {
    const since = '2026-11-22T09:00:00.000Z'
    const entry = anEntry({ uid, since })
    assert.ok(entryText(entry).endsWith(` until=2026-11-22T10:15:00.000Z since=${since}`))
    assert.equal(entryOf(entryText(entry)).since, since)
  })

  it('has the words of whoever changed the stock as one word', () => {
    const text = `${head.replace('Reserve', 'Note')} note=paused why=50%25%20lost=half,%0Aeine%20Woche`
    const entry = entryOf(text)
    assert.equal(entry.changeReason, '50% lost=half,\neine Woche')
    assert.equal(entryText(entry), text)
  })

  it('leaves room in an object for a whole journal of the longest reasons', () => {
    for (const character of [' ', '%', '\u0000', '\u009f', '\u2028', '🫖']) {
      const text = entryText(anEntry({ verb: 'Adjust', changeReason: character.repeat(256) }))
      assert.ok(Buffer.byteLength(text) < 2_048, `${Buffer.byteLength(text)} bytes`) // times 256 entries: a third of what etcd takes
    }
  })

  it('is read as the entry that it was written from', () => {
    fc.assert(fc.property(arbitraryEntry, (entry) => assert.deepEqual(entryOf(entryText(entry)), entry)))
  })

  it('is read though the reservation’s name is forgotten, or its home is gone', () => {
    const entry = anEntry({ verb: 'Release', reason: 'StockGone', reservation: '', follows: { uid: '', sequence: 0 } })
    assert.deepEqual(entryOf(entryText(entry)), entry)
  })

  const unreadable = [
    ['', '"" is no count'],
    ['{"sequence":7}', 'is no count'],
    [head.replace('7 ', '-7 '), '"-7" is no count'],
    [head.replace('Reserve', 'Borrow'), '"Borrow" is none of Reserve, Confirm'],
    [head.replace('2026-11-22T10:00:00.000Z', 'yesterday'), '"yesterday" is no time'],
    [head.replace(' Normal', ''), '"" is none of Normal, Low'],
    [`${head} colour=red`, '"colour=red" is unknown'],
    [`${head} toString=1`, '"toString=1" is unknown'],
    [`${head} units=many`, '"many" is no count'],
    [`${head} lines=shop/cup`, 'a name, a uid or a text is missing'],
    [`${head}  uid=${uid}`, '"" is unknown'],
    [head, 'Reserve without reservation, uid or units'],
    [`${head} reservation=order uid=${uid}`, 'Reserve without reservation, uid or units'],
    [`${head.replace('Reserve', 'Refuse')} reservation=order uid=${uid} units=1`, 'Refuse without a reason'],
    [`${head} reservation=order uid=${uid} units=1 note=paused`, 'Reserve with a note'],
    [head.replace('Reserve', 'Note'), 'Note without a note'],
    [`${head.replace('Reserve', 'Note')} note=sung`, '"sung" is none of created'],
    [`${head} reservation=order uid=${uid} units=1 reason=Whim`, '"Whim" is none of Reserved, Confirmed'],
    [`${head} since=then`, '"then" is no time'],
    [`${head} why=%`, 'URI malformed'],
    [`${head} why=`, 'a name, a uid or a text is missing'],
    [`${head} price=1e9EUR`, '"1e9EUR" is no price'],
    [`${head} lines=shop//uid-cup/1/1`, 'a name, a uid or a text is missing'],
    [head.replace('2026', '9999'), 'is no time before the year 9000'],
  ] as const
  for (const [text, why] of unreadable) {
    it(`is refused whole, with a way out: ${text || 'an empty one'}`, () => {
      assert.throws(
        () => entryOf(text),
        ({ message }: Error) => message.includes(why) && message.endsWith('from a backup'),
      )
    })
  }

  it('is shown in part only when it is long', () => {
    assert.throws(
      () => entryOf('x'.repeat(5_000)),
      ({ message }: Error) => message.length < 500,
    )
  })
})
