import assert from 'node:assert/strict'
import { later, type Tick } from '../../../operator/application/clock.ts'
import { inPieces, sorting, stepping } from '../../../operator/application/in-pieces.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

describe('what is computed in pieces', () => {
  it('lets others run as soon as it has taken 5 ms, and is found in the end', async () => {
    const waits: number[] = []
    let tick: Tick = fakeClock().tick()
    const clock = {
      tick: () => tick,
      schedule(delayMs: number, run: () => void) {
        waits.push(delayMs)
        setImmediate(run)
        return () => {}
      },
    }
    function* steps() {
      for (let step = 0; step < 12; step += 1) {
        tick = later(tick, 2)
        yield
      }
      return 'found'
    }
    assert.equal(await inPieces(clock, steps()), 'found')
    assert.deepEqual(waits, [0, 0, 0, 0]) // after each 6 ms
  })

  it('works on all, in order, a few hundred at a time', () => {
    const numbers = Array.from({ length: 2_000 }, (_, index) => index)
    const worked: number[] = []
    let pieces = 1
    for (const _ of stepping(numbers, (one) => worked.push(one))) pieces += 1
    assert.deepEqual([worked, pieces], [numbers, 4])
  })

  it('sorts as toSorted does, whatever the number of things', async () => {
    for (const length of [0, 1, 2_047, 2_048, 2_049, 9_001]) {
      const things = Array.from({ length }, (_, index) => ({ rank: (index * 7_919) % 503, index }))
      const byRank = (a: { rank: number }, b: { rank: number }) => a.rank - b.rank
      assert.deepEqual(await inPieces(fakeClock(), sorting(things, byRank)), things.toSorted(byRank), `${length}`)
    }
  })
})
