import assert from 'node:assert/strict'
import { networkAddresses } from '../../../../operator/application/network/addresses.ts'
import { networkTurns } from '../../../../operator/application/network/network-turns.ts'
import { NotItsTurn } from '../../../../operator/application/not-its-turn.ts'
import type { Network } from '../../../../operator/domain/network/network.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

/** Work that ends when it is told to. */
function held() {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const work = {
    ...{ isBegun: false, resolve, reject },
    run() {
      work.isBegun = true
      return promise
    },
  }
  return work
}

const refused = async (answer: Promise<unknown>) => {
  const error: unknown = await answer.catch((reason: unknown) => reason)
  assert.ok(error instanceof NotItsTurn, String(error))
  return [error.message, error.recheckAfterMs]
}

describe('turns of networks', () => {
  it('come one after the other, those of another network beside', async () => {
    const turns = networkTurns(fakeClock())
    const first = held()
    const ended: string[] = []
    const one = turns.take('a', first.run).then(() => ended.push('one'))
    const two = turns.take('a', async () => ended.push('two'))
    await turns.take('b', async () => ended.push('other'))
    assert.deepEqual(ended, ['other'])
    first.resolve('done')
    await Promise.all([one, two])
    assert.deepEqual(ended, ['other', 'one', 'two'])
  })

  it('are waited for only so long, and what was given up is not begun later', async () => {
    const clock = fakeClock()
    const turns = networkTurns(clock)
    const [slow, late] = [held(), held()]
    const one = turns.take('a', slow.run)
    const given = Array.from({ length: 3 }, () => refused(turns.take('a', late.run)))
    await clock.advance(2_000)
    const want = ['others are before it, and it answers slowly', 2_000]
    assert.deepEqual(await Promise.all(given), [want, want, want])
    await clock.advance(1)
    assert.deepEqual(await refused(turns.take('a', late.run)), want)
    slow.resolve('done')
    assert.equal(await one, 'done')
    assert.equal(await turns.take('a', async () => 'well'), 'well')
    assert.deepEqual([late.isBegun, clock.timers], [false, 0])
  })

  it('do not come where it has just failed, with its words, for ever longer', async () => {
    const clock = fakeClock()
    const turns = networkTurns(clock)
    const fail = () => turns.take('a', () => Promise.reject(new Error('no answer')))
    for (const pauseMs of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000]) {
      const [first, behind] = [fail(), refused(fail())]
      await assert.rejects(first, /^Error: no answer$/)
      assert.deepEqual(await behind, ['no answer', pauseMs])
      await clock.advance(pauseMs - 1)
      assert.deepEqual(await refused(fail()), ['no answer', 1])
      await clock.advance(1)
    }
    assert.equal(await turns.take('a', async () => 'well'), 'well')
    await assert.rejects(fail(), /^Error: no answer$/)
    assert.deepEqual(await refused(fail()), ['no answer', 5_000])
  })
})

describe('addresses of a network that does not answer', () => {
  it('are asked for later, and given back later', async () => {
    const clock = fakeClock()
    const networks = inMemoryResources<Network>('kbnt.io/network')
    const blue = networks.put(anActiveNetwork())
    const slow = held()
    const hanging = { ...networks, read: () => slow.run().then(() => undefined) }
    const addresses = networkAddresses({ networks: hanging, known: () => [], clock })
    const machine = (uid: string) => ({ uid, namespace: 'team', name: uid })
    const first = assert.rejects(addresses.claim(blue, machine('a')), /no answer/)
    const second = addresses.claim(blue, machine('b'))
    await clock.advance(2_001)
    assert.equal((await second).kind, 'later')
    await assert.rejects(addresses.release(blue, 'c'), /slowly/)
    slow.reject(new Error('no answer'))
    await first
    const third = await addresses.claim(blue, machine('b'))
    assert.deepEqual(third, { kind: 'later', message: 'no answer', recheckAfterMs: 5_000 })
    await assert.rejects(addresses.release(blue, 'c'), /^Error: no answer$/)
  })
})
