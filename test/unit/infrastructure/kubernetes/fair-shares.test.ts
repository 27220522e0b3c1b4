import assert from 'node:assert/strict'
import { fairShares } from '../../../../operator/infrastructure/kubernetes/fair-shares.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('fair shares', () => {
  const someShares = () => {
    const clock = fakeClock()
    const begun: string[] = []
    const gates = new Map<string, () => void>()
    const shares = fairShares({ inAll: 4, each: 3, longMs: 500 }, clock)
    const run = (party: string, ...names: number[]): void => {
      for (const name of names.map((number) => `${party}${number}`))
        void shares.run(party, () => {
          begun.push(name)
          return new Promise<void>((resolve) => gates.set(name, resolve))
        })
    }
    const end = async (name: string): Promise<void> => {
      gates.get(name)?.()
      await clock.settle()
    }
    return { clock, shares, begun, run, end }
  }

  it('begin no more at once than there is room, and parties in turn', async () => {
    const { clock, begun, run, end } = someShares()
    run('a', 1, 2, 3, 4)
    run('b', 1, 2, 3)
    run('c', 1)
    await clock.settle()
    assert.deepEqual(begun, ['a1', 'a2', 'a3', 'b1'])
    await end('a1')
    assert.deepEqual(begun.slice(4), ['b2'])
    await end('b1')
    await end('b2')
    await end('a2')
    assert.deepEqual(begun.slice(5).toSorted(), ['a4', 'b3', 'c1'])
  })

  it('give a party whose work hangs its own share and no more, and let the others go on', async () => {
    const { clock, begun, run } = someShares()
    run('sick', 1, 2, 3, 4, 5)
    run('well', 1, 2, 3)
    await clock.settle()
    assert.deepEqual(begun, ['sick1', 'sick2', 'sick3', 'well1'])
    await clock.advance(499)
    assert.equal(begun.length, 4)
    await clock.advance(1)
    assert.deepEqual(begun.slice(4), ['well2', 'well3'])
    await clock.advance(60_000)
    assert.equal(begun.length, 6)
  })

  it('give the room of what took long back only once', async () => {
    const { clock, begun, run, end } = someShares()
    run('a', 1)
    await clock.advance(500)
    await end('a1')
    for (const party of ['b', 'c', 'd', 'e', 'f', 'g']) run(party, 1)
    await clock.settle()
    assert.equal(begun.length, 1 + 4)
  })

  it('hand on what the work answers, and what it throws, at once or later', async () => {
    const { shares } = someShares()
    assert.equal(await shares.run('a', async () => 7), 7)
    await assert.rejects(
      shares.run('a', () => Promise.reject(new Error('later'))),
      /later/,
    )
    const atOnce = (): Promise<void> => {
      throw new Error('at once')
    }
    await assert.rejects(shares.run('a', atOnce), /at once/)
    assert.equal(await shares.run('a', async () => 8), 8)
  })
})
