import assert from 'node:assert/strict'
import { type InstallLease, otherInstalls } from '../../../../operator/application/engine/other-installs.ts'
import type { StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const own = 'team-b/kbnt'

/** A stock that `writer`, a process of `servedBy`, wrote last. */
const aStock = (servedBy: string | undefined, writer = 'w1', namespace = 'shop') =>
  ({ namespace, name: 'cup', status: { servedBy, ledger: { writer } } }) as unknown as StoredStock

/** Leases by install, which tests change; an error stands for one that can't be read. */
function aCluster({ self = own, gone = [] as string[] } = {}) {
  const clock = fakeClock()
  const leases = new Map<string, InstallLease | Error>()
  const installs = {
    async leaseOf(install: string) {
      const lease = leases.get(install)
      if (lease instanceof Error) throw lease
      return lease
    },
  }
  return { clock, leases, ...otherInstalls({ clock, installs, own: self, gone }) }
}

const held = (writer: string, renewal = '1') => ({ holder: `pod_${writer}`, renewal, durationMs: 15_000 })

describe('An install that finds stocks of another', () => {
  it('leaves them alone while a process of that leads, and says who and where', async () => {
    const { clock, leases, serving } = aCluster()
    leases.set('team-a/kbnt', held('w1'))
    const stocks = ['zoo', 'shop', 'a', 'b', 'c', 'd'].map((namespace) => aStock('team-a/kbnt', 'w1', namespace))
    for (let renewal = 1; renewal < 60; renewal += 1) {
      leases.set('team-a/kbnt', held('w1', `${renewal}`))
      assert.equal(await serving(stocks), 'the operator team-a/kbnt serves stocks of a, b, c, d, shop and 1 more')
      await clock.advance(10_000)
    }
  })

  it('leads what is its own, what nobody has, and what an operator before this one wrote', async () => {
    const { serving } = aCluster()
    assert.equal(
      await serving([aStock(own), aStock(undefined), { ...aStock(own), status: undefined } as never]),
      undefined,
    )
  })

  it('leads where somebody has written a name that none can have', async () => {
    const { leases, serving } = aCluster()
    for (const name of ['', 'valueOf', 'a/b/c', 'team a/kbnt', '/', '../kbnt', 'TEAM/kbnt']) {
      leases.set(name, new Error('no such path'))
      assert.equal(await serving([aStock(name)]), undefined, name)
    }
  })

  it('takes over at once from one whose lease is gone, or that is said to be gone', async () => {
    const { serving } = aCluster()
    assert.equal(await serving([aStock('team-a/kbnt')]), undefined)
    const { leases, serving: inheriting } = aCluster({ gone: ['team-a/kbnt'] })
    leases.set('team-a/kbnt', held('w1'))
    assert.equal(await inheriting([aStock('team-a/kbnt')]), undefined)
  })

  for (const [what, lease, afterMs] of [
    ['stands still', held('w1'), 30_000],
    ['stands still, one that it had for long', { ...held('w1'), durationMs: 60_000 }, 120_000],
    ['was given back', { ...held('w1'), holder: '' }, 10_000],
  ] as const) {
    it(`takes over from one whose lease ${what}, not before ${afterMs / 1_000} s`, async () => {
      const { clock, leases, serving } = aCluster()
      leases.set('team-a/kbnt', lease)
      await serving([aStock('team-a/kbnt')])
      await clock.advance(afterMs - 1)
      assert.match((await serving([aStock('team-a/kbnt')])) ?? '', /^the operator team-a\/kbnt serves/)
      await clock.advance(1)
      assert.equal(await serving([aStock('team-a/kbnt')]), undefined)
    })
  }

  it('takes nothing over from one that can not be seen', async () => {
    const { clock, leases, serving } = aCluster()
    leases.set('team-a/kbnt', new Error('leases "kbnt" is forbidden'))
    for (let look = 0; look < 20; look += 1) {
      assert.match((await serving([aStock('team-a/kbnt')])) ?? '', /can't be seen: leases "kbnt" is forbidden$/)
      await clock.advance(10_000)
    }
  })

  it('goes on, of two that wait for one another, where its name comes first, and the other does not', async () => {
    const [a, b] = ['team-a/kbnt', 'team-b/kbnt']
    const cluster = { a: aCluster({ self: a }), b: aCluster({ self: b }) }
    for (let look = 1; look <= 10; look += 1) {
      cluster.a.leases.set(b, held('waits-b', `${look}`))
      cluster.b.leases.set(a, held('waits-a', `${look}`))
      const [saidByA, saidByB] = [
        await cluster.a.serving([aStock(b, 'before')]),
        await cluster.b.serving([aStock(a, 'before')]),
      ]
      assert.equal(saidByA === undefined, look > 3, `look ${look}`)
      assert.notEqual(saidByB, undefined)
      for (const { clock } of [cluster.a, cluster.b]) await clock.advance(10_000)
    }
  })
})
