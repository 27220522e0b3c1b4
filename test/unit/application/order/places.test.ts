import assert from 'node:assert/strict'
import { type Asker, type Line, places } from '../../../../operator/application/order/places.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

function somePlaces(total: number) {
  const clock = fakeClock()
  const pool = places(total, clock)
  const woken: string[] = []
  const givers = new Map<string, () => void>()
  const asker = (id: string): Asker => ({ id, namespace: id.split('-')[0] ?? '', wake: () => woken.push(id) })
  const take = (id: string, line: Line = 'moving'): boolean => {
    const giveBack = pool.take(asker(id), line)
    if (giveBack) givers.set(id, giveBack)
    return giveBack !== undefined
  }
  const give = (id: string) => givers.get(id)?.()
  return { clock, pool, woken, take, give }
}

describe('places for calls of a service', () => {
  it('are no more than there are, and whoever finds none is woken with one of its own', () => {
    const { woken, take, give } = somePlaces(1)
    assert.deepEqual([take('a-1'), take('a-2'), take('a-2')], [true, false, false])
    assert.deepEqual(woken, [])
    give('a-1')
    assert.deepEqual(woken, ['a-2'])
    assert.deepEqual([take('a-3'), take('a-2')], [false, true])
  })

  it('are given back once, however often that is said', () => {
    const { take, give } = somePlaces(1)
    take('a-1')
    give('a-1')
    give('a-1')
    assert.deepEqual([take('a-2'), take('a-3')], [true, false])
  })

  it('go round the namespaces, and in each to who came first', () => {
    const { woken, take, give } = somePlaces(1)
    take('a-0')
    for (const id of ['a-1', 'a-2', 'a-3', 'b-1', 'c-1', 'b-2']) take(id)
    give('a-0')
    for (let turns = 0; turns < 5; turns += 1) {
      const next = woken.at(-1) ?? ''
      take(next)
      give(next)
    }
    assert.deepEqual(woken, ['a-1', 'b-1', 'c-1', 'a-2', 'b-2', 'a-3'])
  })

  it('are kept for money by questions, and by what is over for questions, however many of these there are', () => {
    const { take } = somePlaces(32)
    const got = (line: Line) => Array.from({ length: 100 }, (_, n) => take(`${line}-${n}`, line)).filter(Boolean).length
    assert.deepEqual([got('late'), got('asking'), got('moving')], [2, 8, 22])
  })

  it('go to each line in turn where there is one for all of them', () => {
    const { woken, take, give } = somePlaces(1)
    take('a-0')
    for (const n of [1, 2]) for (const line of ['moving', 'asking', 'late'] as const) take(`${line}-${n}`, line)
    give('a-0')
    for (const line of ['asking', 'late', 'moving', 'asking'] as const) {
      const next = woken.at(-1) ?? ''
      assert.equal(take(next, line), true)
      give(next)
    }
    assert.deepEqual(woken, ['asking-1', 'late-1', 'moving-1', 'asking-2', 'late-2'])
  })

  it('go on to others when who was woken leaves, or does not come', async () => {
    const { clock, pool, woken, take, give } = somePlaces(1)
    take('a-0')
    for (const id of ['a-1', 'a-2', 'a-3']) take(id)
    pool.leave('a-2')
    give('a-0')
    assert.deepEqual(woken, ['a-1'])
    pool.leave('a-1')
    assert.deepEqual(woken, ['a-1', 'a-3'])
    take('a-4')
    await clock.advance(20_000)
    assert.deepEqual(woken, ['a-1', 'a-3', 'a-4'])
  })

  it('keep no process from its end', () => {
    const { clock, pool, woken, take, give } = somePlaces(2)
    for (const id of ['a-1', 'a-2', 'a-3', 'a-4']) take(id)
    give('a-1')
    pool.unreached(60_000, 'nobody is there')
    pool.stop()
    assert.deepEqual([clock.timers, woken], [0, ['a-3']])
  })

  it('are not given to money while the service can not be reached, and then one by one until it was', async () => {
    const { clock, pool, woken, take, give } = somePlaces(8)
    pool.unreached(5_000, 'nobody is there')
    assert.deepEqual(
      [take('a-1'), take('a-2'), take('a-3', 'asking'), pool.trouble],
      [false, false, true, 'nobody is there'],
    )
    await clock.advance(5_000)
    assert.deepEqual(woken, ['a-1'])
    assert.deepEqual([take('a-1'), take('a-2')], [true, false])
    pool.reached()
    assert.deepEqual([woken, pool.trouble], [['a-1', 'a-2'], undefined])
    give('a-1')
  })

  it('are tried after a minute, however long the service asks for', async () => {
    for (const forMs of [86_400_000, Number.POSITIVE_INFINITY]) {
      const { clock, pool, woken, take } = somePlaces(8)
      pool.unreached(forMs, 'come back another day')
      assert.equal(take('a-1'), false)
      await clock.advance(60_000)
      assert.deepEqual([woken, take('a-1')], [['a-1'], true])
    }
  })
})
