import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aSite, denied, type Site } from '../engine/a-site.ts'

describe('a set that finds others waiting for their turn at one of its stocks', () => {
  /** Milk takes a second to store what it decided last. */
  async function slowMilk(holderOf: number): Promise<Site> {
    const site = aSite()
    site.stock('beans', { quantity: 100 })
    site.stock('milk', { quantity: 5 })
    await leadAt(site)
    site.apply('holder', { milk: holderOf })
    await site.pass(1_000)
    let refusals = 1
    site.answers.append = ({ name }) => (name === 'milk' && refusals-- > 0 ? { before: denied } : undefined)
    site.apply('under-way', { milk: 1 })
    await site.pass(100)
    return site
  }

  it('does not overtake who asked for the same units before', async () => {
    const site = await slowMilk(1)
    site.apply('first', { milk: 3 })
    await site.pass(100)
    site.apply('set', { beans: 1, milk: 3 })
    await site.pass(100)
    site.apply('last', { milk: 3 })
    await site.pass(3_000)
    assert.deepEqual(site.phasesOf(['under-way', 'first', 'set', 'last']), [
      ...['Reserved', 'Reserved', 'Rejected', 'Rejected'],
    ])
    assert.equal(site.out('beans'), 0)
  })

  it('has what they give back', async () => {
    const site = await slowMilk(4)
    site.server.deleteReservation('shop/holder')
    await site.pass(100)
    site.apply('set', { beans: 1, milk: 4 })
    await site.pass(3_000)
    assert.deepEqual([site.phaseOf('set'), site.out('beans'), site.out('milk')], ['Reserved', 1, 5])
  })

  it('waits for nobody where there is enough for all', async () => {
    const site = await slowMilk(1)
    const writes: string[] = []
    site.answers.append = ({ name }, { ledger }) => {
      if (name === 'milk') writes.push(ledger.pending.map(({ reservation }) => reservation).join(' '))
      return undefined
    }
    site.apply('first', { milk: 1 })
    await site.pass(100)
    site.apply('set', { beans: 1, milk: 2 })
    await site.pass(3_000)
    assert.deepEqual(site.phasesOf(['first', 'set']), ['Reserved', 'Reserved'])
    assert.ok(
      writes.some((write) => write.startsWith('under-way first set')),
      `all three are decided in one write, not in ${writes.join(', ')}`,
    )
  })
})
