import assert from 'node:assert/strict'
import type { Claim } from '../../../../operator/domain/network/fabric.ts'
import { type Book, bookWith, needsOthers, type Underlay } from '../../../../operator/domain/network/underlay.ts'

const blue: Claim = { uid: 'blue', namespace: 'team', name: 'blue', vlan: 120, cidr: '10.20.0.0/24' }
const red: Claim = { ...blue, uid: 'red', name: 'red', vlan: 121, cidr: '10.21.0.0/24' }
const bridge = (parent: string): Underlay => ({ kind: 'bridge', parent })

function claimed(book: Book | undefined, claim: Claim, underlay: Underlay) {
  return bookWith('default', book, claim, {
    ...{
      rule: undefined,
      unseen: undefined,
      known: () => [],
      elsewhere: () => [],
      isNew: true,
      others: new Map(),
      underlay,
    },
  })
}

describe('what the networks of a fabric are made on', () => {
  it('is written into a new book', () => {
    assert.deepEqual(claimed(undefined, blue, bridge('br1')).book, { claims: [blue], underlay: bridge('br1') })
  })

  it('is taken from the settings where a book of before does not say it, once', () => {
    const { book } = claimed({ claims: [blue] }, blue, bridge('br1'))
    assert.deepEqual(book, { claims: [blue], underlay: bridge('br1') })
    assert.equal(claimed(book, blue, bridge('br1')).book, undefined, 'nothing else than it says already')
  })

  it('is also the kind of the plugin', () => {
    const book = { claims: [blue], underlay: bridge('br1') }
    const { objection, book: after } = claimed(book, red, { kind: 'vlan', parent: 'br1' })
    assert.deepEqual([objection?.reason, after], ['FabricMoved', undefined])
    assert.equal(
      objection?.message,
      'the networks of fabric default were made on br1 (bridge), and its settings name br1 (vlan): those stay as they are, ' +
        'and no other is made before they are gone; name br1 (bridge) again, delete them, or describe br1 (vlan) as a ' +
        'fabric of another name',
    )
  })

  it('follows the settings while all of its networks are simulated, or none is left', () => {
    const simulated: Claim = { ...blue, provider: 'Simulated' }
    for (const claims of [[simulated], []]) {
      const { objection, book } = claimed({ claims, underlay: bridge('br1') }, red, bridge('br2'))
      assert.deepEqual([objection, book], [undefined, { claims: [...claims, red], underlay: bridge('br2') }])
    }
    const none = claimed({ claims: [simulated], underlay: { kind: 'bridge' } }, red, bridge('br2'))
    assert.deepEqual(none.book?.underlay, bridge('br2'))
  })

  describe('where its book does not say it', () => {
    const lab = new Map([['lab', { claims: [{ ...blue, uid: 'green', name: 'green' }], underlay: bridge('br2') }]])
    const lost = { ...{ rule: undefined, unseen: undefined, isNew: false }, elsewhere: () => [], known: () => [] }

    it('is not taken from the settings where another has there what one of its networks has', () => {
      for (const book of [undefined, { claims: [blue] }]) {
        const { objection, book: after } = bookWith('default', book, blue, {
          ...{ ...lost, others: lab, underlay: bridge('br2') },
        })
        assert.deepEqual([objection?.reason, after], ['FabricUnseen', undefined])
        assert.match(
          objection?.message ?? '',
          /network team\/green of another fabric .* network team\/blue; nothing is moved/,
        )
      }
      const { book } = bookWith('default', undefined, blue, { ...lost, others: lab, underlay: bridge('br1') })
      assert.deepEqual(book, { claims: [blue], underlay: bridge('br1') }, 'they were there')
    })

    it('is not written by a simulated newcomer either, for whose book nobody else would be asked', () => {
      const simulated: Claim = { ...red, provider: 'Simulated' }
      const newcomer = { ...lost, isNew: true, known: () => [blue], underlay: bridge('br2') }
      assert.equal(needsOthers('default', undefined, simulated, newcomer), true)
      const { objection, book } = bookWith('default', undefined, simulated, { ...newcomer, others: lab })
      assert.deepEqual([objection, book], [undefined, { claims: [blue, simulated] }])
    })
  })

  it('stays what the book says where that has lost its networks, as those say themselves', () => {
    const book = { claims: [], underlay: bridge('br1') }
    const others = { others: new Map(), elsewhere: () => [], underlay: bridge('br2') }
    const newcomer = { ...others, rule: undefined, unseen: undefined, known: () => [blue], isNew: true }
    assert.equal(bookWith('default', book, red, newcomer).objection?.reason, 'FabricMoved')
  })

  it('is shared with networks of other fabrics also where their books have lost them', () => {
    const theirs = { ...red, uid: 'green', name: 'green', vlan: blue.vlan }
    const newcomer = {
      ...{ rule: undefined, unseen: undefined, known: () => [], isNew: true, underlay: bridge('br1') },
      elsewhere: () => [{ fabric: 'lab', parent: 'br2', claim: theirs }],
    }
    const beside = (others: ReadonlyMap<string, Book>) =>
      bookWith('default', undefined, blue, { ...newcomer, others }).objection?.reason
    assert.equal(beside(new Map()), undefined, 'its settings name another parent')
    assert.equal(beside(new Map([['lab', { claims: [], underlay: bridge('br1') }]])), 'VlanTaken')
  })
})
