import assert from 'node:assert/strict'
import type { VirtualStock } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { poolOf, resourcePools } from '../../../../../operator/infrastructure/kubernetes/resources/resource-pools.ts'

function aStock(namespace: string, name: string, labels?: Record<string, string>): VirtualStock {
  const metadata = { namespace, name, ...(labels && { labels }) }
  return { metadata, spec: { unit: 'vCPU', quantity: 8, reclaimPolicy: 'Return' } } as unknown as VirtualStock
}

const cpu = { 'kbnt.io/pool': 'east', 'kbnt.io/resource': 'cpu' }

describe('resourcePools', () => {
  it('finds the stocks of a pool by their labels, in their namespace only', () => {
    const stocks = [
      aStock('team', 'east-cpu', cpu),
      aStock('team', 'east-other', { 'kbnt.io/pool': 'east' }),
      aStock('team', 'west-cpu', { ...cpu, 'kbnt.io/pool': 'west' }),
      aStock('other', 'east-cpu', cpu),
      aStock('team', 'grinder'),
    ]
    const found = { namespace: 'team', unit: 'vCPU', reclaimPolicy: 'Return' }
    assert.deepEqual(
      resourcePools({ list: () => stocks, unlisted: new Map([['sick', 'forbidden']]) }).stocksOf('team', 'east'),
      [
        { ...found, name: 'east-cpu', resource: 'cpu' },
        { ...found, name: 'east-other', resource: '' },
      ],
    )
  })
})

describe('resourcePools, of a namespace whose stocks are not listed yet', () => {
  const pools = (unlisted: string) => resourcePools({ list: () => [], unlisted: new Map([[unlisted, 'forbidden']]) })

  it('says that it does not know, and knows that there are none where nothing is watched', () => {
    assert.equal(pools('team').stocksOf('team', 'east'), undefined)
    assert.equal(pools('').stocksOf('team', 'east'), undefined)
    assert.deepEqual(pools('team').stocksOf('elsewhere', 'east'), [])
  })
})

describe('poolOf', () => {
  it('names the pool of a stock with its namespace', () => {
    assert.equal(poolOf(aStock('team', 'east-cpu', cpu)), 'team/east')
  })

  it('names none for a stock without the label', () => {
    assert.equal(poolOf(aStock('team', 'grinder')), undefined)
    assert.equal(poolOf(aStock('team', 'grinder', { app: 'shop' })), undefined)
  })
})
