import assert from 'node:assert/strict'
import { leadAt } from '../engine/a-leader.ts'
import { aWriter } from './a-writer.ts'

describe('a wrong clock', () => {
  it('of an hour for twenty seconds delays the next write by seconds only', async () => {
    const { site, actor } = await aWriter()
    site.apply('before', { beans: 1 }, { ttlMs: 40_000 })
    await site.pass(1_000)
    site.setAhead(3_600_000)
    site.apply('meanwhile', { beans: 1 })
    await site.pass(20_000)
    assert.deepEqual(
      [site.phaseOf('meanwhile'), site.notReady('beans'), actor.mode],
      ['Pending', 'ClockSkew', 'halted'],
    )
    assert.equal(site.phaseOf('before'), 'Reserved', 'a deadline is not judged by a clock that is wrong')
    site.setAhead(0)
    site.apply('after', { beans: 1 })
    await site.pass(4_000)
    assert.deepEqual(site.phasesOf(['meanwhile', 'after', 'before']), ['Reserved', 'Reserved', 'Reserved'])
    assert.equal(site.notReady('beans'), undefined)
    await site.pass(20_000)
    assert.equal(site.phaseOf('before'), 'Expired')
  })

  it('an hour behind at a takeover, by which a deadline looked far away, does not delay its end by an hour', async () => {
    const { site, leader } = await aWriter()
    site.apply('held', { beans: 1 }, { ttlMs: 10_000 })
    await site.pass(1_000)
    leader.kill()
    site.setAhead(-3_600_000)
    await leadAt(site, 'writer-2')
    site.setAhead(0)
    await site.pass(60_000)
    assert.equal(site.phaseOf('held'), 'Expired')
  })
})

describe('changed terms of which nobody asks', () => {
  it('are taken over though the first write that tells of them meets another one', async () => {
    const { site } = await aWriter()
    let conflicts = 0
    site.answers.append = ({ name }, { quantity }) => {
      if (name !== 'beans' || quantity !== 7 || conflicts > 0) return undefined
      conflicts += 1
      return { before: { kind: 'conflict' } }
    }
    site.server.changeTerms('shop/beans', { quantity: 7 })
    await site.pass(5_000)
    assert.deepEqual([conflicts, site.stored('beans')?.status?.quantity], [1, 7])
  })
})

describe('a journal that does not drain', () => {
  it('keeps at most 256 entries however often terms change, and takes the newest over when there is room', async () => {
    const { site, leader, actor } = await aWriter()
    const { uid } = actor.stock
    site.kafka.refused.add('beans')
    site.answers.spool = (stockUid) => (stockUid === uid ? Promise.reject(new Error('no room')) : undefined)
    for (let index = 0; index < 400; index += 1) site.apply(`r${index}`, { beans: 1 }, { ttlMs: 9_000_000 })
    await site.pass(10_000)
    for (let index = 0; index < 200; index += 1) site.server.changeReservation(`shop/r${index}`, { state: 'Released' })
    await site.pass(10_000)
    const before = actor.journal.entries.length
    for (let change = 1; change <= 20; change += 1) {
      site.server.changeTerms('shop/beans', { quantity: 1_000 + change })
      await site.pass(500)
    }
    const full = site.stored('beans')?.status?.ledger.pending.length ?? 0
    assert.ok(before >= 236 && full > before && full <= 256, `${before} entries, then ${full}`)
    assert.deepEqual([leader.fatals, leader.halted], [[], []])
    assert.ok((site.stored('beans')?.status?.quantity ?? 0) < 1_020)
    site.kafka.refused.delete('beans')
    site.answers.spool = () => undefined
    await site.pass(60_000)
    assert.equal(site.stored('beans')?.status?.quantity, 1_020)
    assert.equal(actor.journal.entries.length, 0)
  })
})

describe('more asks at one moment than a stock takes in', () => {
  it('are all decided: those in line first, then who was called back', async function () {
    this.timeout(20_000)
    const { site, actor } = await aWriter()
    site.server.changeTerms('shop/beans', { quantity: 5_000 })
    await site.pass(1_000)
    const names = Array.from({ length: 4_500 }, (_, index) => `r${index}`)
    for (const name of names) site.apply(name, { beans: 1 })
    await site.pass(60_000)
    assert.equal(site.out('beans'), 4_500)
    assert.deepEqual([actor.queue.length, actor.parked], [0, 0])
  })
})
