import assert from 'node:assert/strict'
import type { BridgeConsumer } from '../../../../hack/bridge/bridge-consumer.ts'
import { consumerDesk } from '../../../../hack/bridge/consumer-desk.ts'
import { consumerWishes } from '../../../../hack/bridge/consumer-wishes.ts'

const wishes = consumerWishes({})
const UNUSED_MS = 1_000

/** A desk with a clock, and whom it has closed. */
function desk(mostConsumers = 10) {
  const clock = { now: 0 }
  const closed: string[] = []
  const make = (groupId: string) => ({ close: async () => void closed.push(groupId) }) as unknown as BridgeConsumer
  return { clock, closed, ...consumerDesk({ make, mostConsumers, unusedMs: UNUSED_MS, now: () => clock.now }) }
}

describe('The consumers of a bridge', () => {
  it('have a name in their group, which no other one has', () => {
    const { create, find } = desk()
    assert.equal(create('a', 'one', wishes), 'one')
    assert.throws(() => create('a', 'one', wishes), { code: 409 })
    assert.equal(create('b', 'one', wishes), 'one')
    assert.notEqual(find('a', 'one'), find('b', 'one'))
    assert.throws(() => find('a,one', ''), { code: 404 })
  })

  it('are no more than there may be, until one is deleted', async () => {
    const made = desk(1)
    made.create('a', 'one', wishes)
    assert.throws(() => made.create('a', 'two', wishes), { code: 503 })
    await made.delete('a', 'one')
    assert.deepEqual(made.closed, ['a'])
    made.create('a', 'two', wishes)
    await assert.rejects(made.delete('a', 'one'), { code: 404 })
  })

  it('end when nobody has used them for long enough, and no sooner', async () => {
    const { clock, closed, create, find, endUnused } = desk()
    create('a', 'one', wishes)
    create('b', 'one', wishes)
    clock.now = UNUSED_MS
    find('b', 'one')
    await endUnused()
    assert.deepEqual(closed, [])
    clock.now = UNUSED_MS + 1
    await endUnused()
    assert.deepEqual(closed, ['a'])
    assert.throws(() => find('a', 'one'), { code: 404 })
  })

  it('all end with the bridge', async () => {
    const { closed, create, close } = desk()
    for (const group of ['a', 'b']) create(group, undefined, wishes)
    await close()
    assert.deepEqual(closed, ['a', 'b'])
  })
})
