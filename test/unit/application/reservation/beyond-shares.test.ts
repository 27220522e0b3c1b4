import assert from 'node:assert/strict'
import { inPieces } from '../../../../operator/application/in-pieces.ts'
import { beyondShares } from '../../../../operator/application/reservation/beyond-shares.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

/** `a b a` = three things, of the namespaces a, b and a; each is told by its place among those of its namespace. */
function things(text: string) {
  const counts = new Map<string, number>()
  return text.split(' ').map((namespace) => {
    const count = (counts.get(namespace) ?? 0) + 1
    counts.set(namespace, count)
    return { namespace, name: `${namespace}${count}` }
  })
}
const goingOf = <T extends { readonly namespace: string }>(all: readonly T[], most: number) =>
  inPieces(fakeClock(), beyondShares(all, most))
const leaving = async (text: string, most: number) =>
  (await goingOf(things(text), most)).map(({ name }) => name).join(' ')

describe('beyondShares', () => {
  it('takes the first of the namespace that has the most, and none of one within its share', async () => {
    assert.equal(await leaving('quiet quiet noisy noisy noisy noisy noisy noisy', 5), 'noisy1 noisy2 noisy3')
  })

  it('gives what some leave of their share to the others, evenly', async () => {
    assert.equal(await leaving('c b b b b b a a a a a a a a a', 8), 'a1 a2 a3 a4 b1 a5 b2')
  })

  it('takes none when there is room for all', async () => {
    assert.equal(await leaving('a a b', 3), '')
    assert.deepEqual(await goingOf([], 3), [])
  })

  it('does for any number what taking one by one from the largest would', async () => {
    const all = things('a b c c b d d d d a d d b b b d c d d d')
    for (let most = 1; most <= all.length; most += 1) {
      const left = [...all]
      while (left.length > most) {
        const sizes = Map.groupBy(left, ({ namespace }) => namespace)
        const largest = Math.max(...[...sizes.values()].map((ones) => ones.length))
        left.splice(
          left.findIndex(({ namespace }) => sizes.get(namespace)?.length === largest),
          1,
        )
      }
      const gone = new Set(await goingOf(all, most))
      assert.deepEqual(
        all.filter((one) => !gone.has(one)),
        left,
        `of ${most}`,
      )
    }
  })
})
