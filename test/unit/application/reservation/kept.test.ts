import assert from 'node:assert/strict'
import { aReservation, hourMs, hoursAgo, retired } from './retirements.ts'

describe('retirement of orders that may come again', () => {
  const keyed = (name: string, minutes: number, namespace = 'shop') => ({
    ...aReservation(name, 'Released', hoursAgo(minutes / 60)),
    ...{ namespace, keyed: true as const },
  })
  const keeping = { forMs: hourMs, most: 100 }

  it('keeps them for their time, however many others there may be, and whatever the age at which others go', async () => {
    const all = [keyed('old', 61), keyed('late', 59), aReservation('other', 'Released', hoursAgo(0.5))]
    const byCount = await retired(all, { finishedMax: 1 }, { keeping })
    assert.deepEqual([byCount.removed, byCount.told, byCount.early], [['old'], [[1, 1]], 0])
    const byAge = await retired(all, { finishedAfterMs: 60_000 }, { keeping })
    assert.deepEqual([byAge.removed, byAge.told, byAge.early], [['old', 'other'], [[1, 1]], 0])
  })

  it('keeps no more than are granted, first those of namespaces that have few, and says from when on nothing is kept', async () => {
    const all = [keyed('a', 50), keyed('b', 40), keyed('c', 30), keyed('quiet', 55, 'quiet')]
    const { removed, told, early } = await retired(
      all,
      { finishedAfterMs: 60_000 },
      { keeping: { forMs: hourMs, most: 2 } },
    )
    assert.deepEqual([removed, early], [['a', 'b'], 2])
    assert.deepEqual(told, [[2, 40 / 60]])
  })

  it('counts only what retention would delete: what it leaves takes nobody a place', async () => {
    const all = [keyed('a', 50), keyed('b', 40), keyed('c', 30), keyed('d', 20)]
    const { removed, told } = await retired(all, { finishedMax: 2 }, { keeping: { forMs: hourMs, most: 2 } })
    assert.deepEqual([removed, told], [[], [[2, 1]]])
  })

  it('keeps them no longer than others with 0', async () => {
    const { removed, early } = await retired([keyed('a', 50)], { finishedAfterMs: 60_000 })
    assert.deepEqual([removed, early], [['a'], 0])
  })

  it('deletes the same ones after a takeover, which knows nothing but the objects', async () => {
    const all = Array.from({ length: 20 }, (_, index) => keyed(`n${index}`, index + 1, `team-${index % 3}`))
    const bounded = { keeping: { forMs: hourMs, most: 7 } }
    const first = await retired(all, { finishedAfterMs: 60_000 }, bounded)
    const left = all.filter(({ name }) => !first.removed.includes(name))
    const second = await retired(left.toReversed(), { finishedAfterMs: 60_000 }, bounded)
    assert.deepEqual([first.removed.length, second.removed], [13, []])
  })
})
