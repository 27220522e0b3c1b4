import assert from 'node:assert/strict'
import { type Leader, leadAt } from '../engine/a-leader.ts'
import { aSite } from '../engine/a-site.ts'
import { aWriter } from './a-writer.ts'

/** Nothing of beans is delivered or spooled, and 200 are asked of it. */
async function aFullStock() {
  const { site, actor } = await aWriter()
  const { uid } = actor.stock
  site.kafka.refused.add('beans')
  site.answers.spool = (stockUid) => (stockUid === uid ? Promise.reject(new Error('no room')) : undefined)
  for (let index = 0; index < 200; index += 1) site.apply(`r${index}`, { beans: 1 }, { ttlMs: 9_000_000 })
  await site.pass(12_000)
  return { site, actor }
}

describe('a stock whose journal has room for less than a hold', () => {
  it('says within seconds that it takes none, and keeps nobody waiting inside', async () => {
    const { site, actor } = await aFullStock()
    assert.deepEqual([actor.journal.entries.length, actor.queue.length, actor.parked], [175, 0, 25])
    assert.equal(site.notReady('beans'), 'JournalFull')
    await site.pass(10_000)
    assert.match(site.told('r199')?.message ?? '', /^beans: 175 entries are not finished yet/)
  })

  it('still hears that somebody who waits for it asks for nothing more', async () => {
    const { site } = await aFullStock()
    site.server.changeReservation('shop/r199', { state: 'Released' })
    await site.pass(1_000)
    assert.equal(site.phaseOf('r199'), 'Released')
  })

  it('sends away, and calls back, also those who give back when it has no room even for them', async () => {
    const { site, actor } = await aFullStock()
    for (let index = 0; index < 150; index += 1) site.server.changeReservation(`shop/r${index}`, { state: 'Released' })
    await site.pass(20_000)
    assert.deepEqual([actor.journal.entries.length, actor.queue.length], [240, 0])
    site.kafka.refused.delete('beans')
    site.answers.spool = () => undefined
    await site.pass(60_000)
    const ended = Array.from({ length: 150 }, (_, index) => site.phaseOf(`r${index}`))
    assert.ok(ended.every((phase) => phase === 'Released'))
    assert.deepEqual([site.notReady('beans'), actor.journal.entries.length, actor.parked], [undefined, 0, 0])
  })

  it('is none that has been idle for long, however many confirm at once', async () => {
    const { site, actor } = await aWriter()
    for (let index = 0; index < 400; index += 1) site.apply(`r${index}`, { beans: 1 }, { ttlMs: 9_000_000 })
    await site.pass(600_000)
    const said: unknown[] = []
    site.watch(() => said.push(actor.closedBecause))
    for (let index = 0; index < 400; index += 1) site.server.changeReservation(`shop/r${index}`, { state: 'Confirmed' })
    await site.pass(5_000)
    assert.deepEqual([...new Set(said)], [undefined])
    assert.equal(site.phaseOf('r399'), 'Confirmed')
  })

  it('lets sets in whose places are promised, and keeps nobody coming again and again who finds none', async () => {
    const site = aSite()
    for (const name of ['apples', 'beans']) site.stock(name, { quantity: 1_000 })
    const leader = await leadAt(site)
    site.kafka.refused.add('audit')
    site.answers.spool = () => Promise.reject(new Error('no room'))
    for (let index = 0; index < 100; index += 1) site.apply(`single-${index}`, { beans: 1 })
    await site.pass(7_000)
    const looks = countLooks(leader)
    for (let index = 0; index < 100; index += 1) site.apply(`set-${index}`, { apples: 1, beans: 1 })
    await site.pass(10_000)
    const { journal, parked } = leader.actorOf('beans')
    assert.deepEqual([journal.entries.length, parked], [175, 25])
    assert.ok(looks() < 2_000, `${looks()} looks at 100 reservations in ten seconds`)
  })
})

/** How often reservations were looked for; one that never ends is ended. */
function countLooks({ engine }: Leader): () => number {
  const { reservations } = engine.world
  const { find } = reservations
  let looks = 0
  Object.assign(reservations, {
    find(key: string) {
      looks += 1
      if (looks > 10_000) throw new Error('far too many looks')
      return find(key)
    },
  })
  return () => looks
}
