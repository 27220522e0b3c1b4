import assert from 'node:assert/strict'
import fc from 'fast-check'
import { byRank, type Ticket, WaitingList } from '../../../../operator/domain/stock/waiting-list.ts'

const aTicket = (uid: string, particular: Partial<Ticket> = {}): Ticket => ({
  uid,
  priority: 0,
  createdAt: 100,
  quantity: 1,
  ...particular,
})

const uidsOf = (line: Iterable<Ticket>) => [...line].map(({ uid }) => uid)

describe('byRank', () => {
  const pairs: readonly [first: Ticket, second: Ticket, why: string][] = [
    [aTicket('b', { priority: 1, createdAt: 200 }), aTicket('a'), 'the higher priority, however late'],
    [aTicket('b', { priority: -1 }), aTicket('a', { priority: -2 }), 'the less negative priority'],
    [aTicket('b', { createdAt: 99 }), aTicket('a'), 'the earlier creation'],
    [aTicket('a'), aTicket('b'), 'the lesser uid of two created at the same time'],
  ]
  for (const [first, second, why] of pairs) {
    it(`puts first ${why}`, () => {
      assert.ok(byRank(first, second) < 0)
      assert.ok(byRank(second, first) > 0)
    })
  }

  it('takes a ticket for equal to itself', () => assert.equal(byRank(aTicket('a'), aTicket('a')), 0))

  it('does not look at quantities: nobody is overtaken for asking for more', () => {
    assert.equal(byRank(aTicket('a', { quantity: 9 }), aTicket('a')), 0)
  })
})

describe('WaitingList', () => {
  it('is empty at first', () => {
    const line = new WaitingList()
    assert.equal(line.length, 0)
    assert.deepEqual([...line], [])
    assert.equal(line.has('a'), false)
    assert.equal(line.position('a'), 0)
    assert.equal(line.remove('a'), undefined)
  })

  it('stands in rank order, whatever the order of arrival', () => {
    const line = new WaitingList()
    for (const ticket of [
      aTicket('c', { createdAt: 3 }),
      aTicket('a', { createdAt: 1 }),
      aTicket('b', { priority: 5 }),
    ])
      line.add(ticket)
    assert.deepEqual(uidsOf(line), ['b', 'a', 'c'])
    assert.deepEqual(
      ['b', 'a', 'c', 'd'].map((uid) => line.position(uid)),
      [1, 2, 3, 0],
    )
    assert.equal(line.get('b')?.priority, 5)
    assert.equal(line.length, 3)
  })

  it('gives the ticket back that it removes, and closes the gap', () => {
    const line = new WaitingList()
    const ticket = aTicket('a')
    line.add(ticket)
    line.add(aTicket('b'))
    assert.equal(line.remove('a'), ticket)
    assert.equal(line.has('a'), false)
    assert.equal(line.has('b'), true)
    assert.equal(line.position('b'), 1)
    assert.equal(line.remove('a'), undefined)
  })

  it('has a reservation once: its new ticket takes the place of the old one', () => {
    const line = new WaitingList()
    line.add(aTicket('a', { createdAt: 1 }))
    line.add(aTicket('b', { createdAt: 2 }))
    line.add(aTicket('a', { createdAt: 3, quantity: 7 }))
    assert.deepEqual(
      [...line].map(({ uid, quantity }) => [uid, quantity]),
      [
        ['b', 1],
        ['a', 7],
      ],
    )
    assert.equal(line.length, 2)
  })

  it('is what sorting all that came and did not go would give', () => {
    const tickets = fc.record({
      uid: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'),
      priority: fc.integer({ min: -2, max: 2 }),
      createdAt: fc.integer({ min: 0, max: 3 }),
      quantity: fc.integer({ min: 1, max: 9 }),
    })
    const steps = fc.array(fc.record({ kind: fc.constantFrom('add', 'add', 'remove'), ticket: tickets }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(steps, (all) => {
        const line = new WaitingList()
        const model = new Map<string, Ticket>()
        for (const { kind, ticket } of all) {
          if (kind === 'add') {
            line.add(ticket)
            model.set(ticket.uid, ticket)
          } else {
            assert.equal(line.remove(ticket.uid), model.get(ticket.uid))
            model.delete(ticket.uid)
          }
          const want = [...model.values()].sort(byRank)
          assert.deepEqual([...line], want)
          assert.equal(line.length, want.length)
          assert.equal(line.get(ticket.uid), model.get(ticket.uid))
          assert.equal(line.position(ticket.uid), want.findIndex(({ uid }) => uid === ticket.uid) + 1)
          assert.equal(line.has(ticket.uid), model.has(ticket.uid))
        }
      }),
    )
  })
})
