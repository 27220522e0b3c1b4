import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../operator/application/gateway/call.ts'
import { readOperations } from '../../../../operator/application/gateway/read-objects.ts'
import { callWith, type ScriptedWorld, scriptedWorld, seenStock } from '../../../fixtures/gateway-world.ts'

describe('What is read at the gateway', () => {
  let world: ScriptedWorld
  beforeEach(() => {
    world = scriptedWorld()
    world.seeStock(seenStock({ name: 'cup' }))
    world.reach('50')
  })

  const ask = (operation: 'getStock' | 'listStocks', parameters: Call['parameters'] = {}) =>
    readOperations(world)[operation]!(callWith({ parameters: { stockId: 'cup', limit: 10, ...parameters } })).then(
      ({ status, headers }) => `${status} ${headers?.['X-Kbnt-Position']}`,
      (error: unknown) => (error instanceof Problem ? `${error.status} ${error.reason}` : String(error)),
    )
  const since = (position: string) => ({ 'X-Kbnt-Min-Position': position })

  it('says up to where it is true', async () => {
    assert.equal(await ask('getStock'), '200 vstk:50')
    assert.equal(await ask('listStocks'), '200 vstk:50')
  })

  it('is no older than what the caller has seen before, and waits for that a moment', async () => {
    const answer = ask('getStock', since('rsv:99999,vstk:60'))
    setTimeout(() => world.reach('60'), 5)
    assert.equal(await answer, '200 vstk:60')
  })

  it('of other kinds does not matter', async () => {
    assert.equal(await ask('getStock', since('rsv:99999')), '200 vstk:50')
  })

  it('comes from the API server where memory does not get there in time', async () => {
    assert.equal(await ask('getStock', since('vstk:60')), '200 vstk:1')
    assert.equal(await ask('listStocks', since('vstk:60')), '200 vstk:100')
  })

  it('counts as a write where a position sends it to the API server, and is not read there beyond the limit', async () => {
    let counted = 0
    const countsAsWrite = () => {
      counted += 1
      if (counted > 1) throw new Problem('TooManyRequests', { detail: 'too many' })
    }
    const read = (position: string) => {
      const parameters = { stockId: 'cup', limit: 10, ...since(position) }
      return readOperations(world)['getStock']!(callWith({ parameters, countsAsWrite }))
    }
    await read('vstk:50')
    assert.equal(counted, 0)
    await read('vstk:60')
    assert.equal(counted, 1)
    const before = world.asked.length
    await assert.rejects(read('vstk:60'), { reason: 'TooManyRequests' })
    assert.equal(world.asked.length, before)
  })

  it('comes from the API server where that is asked for, whatever memory is worth', async () => {
    const blind = scriptedWorld({ blind: () => 'the watch has failed' })
    blind.seeStock(seenStock({ name: 'cup' }))
    world = blind
    assert.equal(await ask('getStock', { consistent: true }), '200 vstk:1')
    assert.equal(await ask('getStock'), '503 Stale')
    assert.equal(await ask('listStocks'), '503 Stale')
  })

  it('is told to those who may read it', async () => {
    const forbidden = new Problem('Forbidden', { detail: 'no' })
    const closed = scriptedWorld({ access: { may: () => Promise.reject(forbidden) } })
    world = closed
    assert.equal(await ask('getStock'), '403 Forbidden')
    assert.equal(await ask('listStocks'), '403 Forbidden')
  })

  it('has to be in a namespace that is served', async () => {
    world = scriptedWorld({ serves: () => false })
    assert.equal(await ask('getStock'), '404 NotFound')
  })
})
