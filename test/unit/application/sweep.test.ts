import assert from 'node:assert/strict'
import { type Sweepable, sweeper } from '../../../operator/application/sweep.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

interface Thing extends Sweepable {
  readonly of: string
}

/** `most`: of one sweep. */
function aSweep(most: number, outcome: (thing: Thing) => boolean | 'later' | Error) {
  const tried: string[] = []
  const sweep = sweeper<Thing>({
    ...{ clock: fakeClock(), onRetry: () => undefined, onTrouble: () => undefined },
    ...{ operation: 'sweep things', lanes: 1, most, sharedBy: ({ of }) => of },
    async work(thing) {
      tried.push(thing.uid)
      const end = outcome(thing)
      if (end instanceof Error) throw end
      return end
    },
  })
  return { sweep, triedNow: () => tried.splice(0) }
}

const things = (count: number, of: string): Thing[] =>
  Array.from({ length: count }, (_, at) => ({ namespace: `n${at}`, name: 'it', uid: `${of}-${at}`, of }))

describe('a sweep', () => {
  it('has what takes longer come again behind all others, whoever waits longest first', async () => {
    const all = things(5, 'a')
    const { sweep, triedNow } = aSweep(2, ({ uid }) => (uid === 'a-4' ? true : 'later'))
    assert.deepEqual(await sweep(all), { done: 0, left: true })
    assert.deepEqual(triedNow(), ['a-0', 'a-1'])
    await sweep(all)
    assert.deepEqual(triedNow(), ['a-2', 'a-3'])
    assert.deepEqual(await sweep(all), { done: 1, left: true })
    assert.deepEqual(triedNow(), ['a-4', 'a-0'])
  })

  it('leaves what shares its fault with eight that have failed until the next one, and goes on with others', async () => {
    const { sweep, triedNow } = aSweep(Infinity, ({ of }) => of !== 'sick' || new Error('it hangs'))
    await sweep([...things(20, 'sick'), ...things(2, 'well')])
    assert.deepEqual(triedNow().slice(-3), ['sick-7', 'well-0', 'well-1'])
  })
})
