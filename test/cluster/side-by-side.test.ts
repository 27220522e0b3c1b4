import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { judgedVersions } from '../fixtures/judged-versions.ts'
import { type Load, load } from '../fixtures/load.ts'
import { type ObservedNamespaces, observedNamespaces } from '../fixtures/observed-namespaces.ts'
import { randomFrom } from '../simulation/world/random.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, installKinds } from './install.ts'
import {
  assertBooksClose,
  finalizersIn,
  goesWithin,
  leaderIn,
  makeRestricted,
  ofTheCluster,
  podsOf,
} from './namespaces.ts'
import { sharedSite } from './shared-site.ts'

const names = ['east', 'west'] as const
const stocks = ['bean', 'cup'] as const

describe('Two installs on one cluster, each for its own namespace', function () {
  this.timeout(120_000)
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  const shops = new Map<string, ObservedNamespaces>()
  const loads: Load[] = []

  before(async () => {
    site = sharedSite()
    await installKinds(site)
    for (const name of names) await makeRestricted(site, name)
    for (const name of names) shops.set(name, await observedNamespaces(site.cluster.kubeconfig, [name]))
  })
  after(async () => {
    await Promise.all(loads.map((one) => one.stop()))
    await Promise.all([...shops.values()].map((shop) => shop.close()))
  })

  const shopOf = (name: string) => shops.get(name) as ObservedNamespaces
  function loadOn(name: string, prefix: string): Load {
    const begun = load(shopOf(name), { stocks, perSecond: 10, random: randomFrom(7), prefix })
    loads.push(begun)
    return begun
  }
  async function assertInOrder(name: string): Promise<void> {
    await assertBooksClose(site, name)
    judgedVersions(shopOf(name))
  }
  const leaders = () => Promise.all(names.map((name) => leaderIn(site, name)))

  it('are ready at the same time, and each leads', async () => {
    for (const name of names) await install(site, name, 'watchNamespaces=own')
    const pods = (await Promise.all(names.map((name) => podsOf(site, name)))).map((all) =>
      all.map(({ metadata }) => metadata.name),
    )
    assert.deepEqual(
      pods.map(({ length }) => length),
      [2, 2],
    )
    const [east = '', west = ''] = await leaders()
    assert.ok(pods[0]?.includes(east) && pods[1]?.includes(west), `${east} and ${west} lead`)
  })

  it('serve their own stocks under load, and no others', async () => {
    for (const name of names)
      for (const stock of stocks)
        await shopOf(name).createStock(stock, { quantity: 200, reclaimPolicy: 'Return', hold: { ttl: '20s' } })
    const begun = names.map((name) => loadOn(name, 'first'))
    await pause(8_000)
    await Promise.all(begun.map((one) => one.stop()))
    for (const name of names) {
      await assertInOrder(name)
      const servers = shopOf(name)
        .stocks.all()
        .map(({ status }) => status?.servedBy)
      assert.deepEqual(
        servers,
        stocks.map(() => `${name}/kbnt-operator`),
      )
    }
  })

  it('do not notice when the other is rolled out', async () => {
    const [before] = await leaders()
    const east = loadOn('east', 'second')
    await site.kubectl('rollout', 'restart', 'deployment/kbnt-operator', '-n', 'west')
    await site.kubectl('rollout', 'status', 'deployment/kbnt-operator', '-n', 'west', '--timeout=60s')
    await east.stop()
    assert.deepEqual(east.faults, [])
    assert.equal((await leaders())[0], before)
    await assertInOrder('east')
  })

  it('go on when the other is uninstalled, which takes along what is its own', async () => {
    const west = loadOn('west', 'third')
    assert.equal((await finalizersIn(site, 'east')).length, stocks.length)
    await helmIn(site, 'east')('uninstall', '--wait', '--timeout=90s')
    assert.deepEqual(await finalizersIn(site, 'east'), [])
    await shopOf('west').reserve('afterwards', { bean: 1 }, { ttl: '1h' })
    await shopOf('west').untilPhase('afterwards', 'Reserved')
    await west.stop()
    assert.deepEqual(west.faults, [])
    assert.equal((await finalizersIn(site, 'west')).length, stocks.length)
    await assertInOrder('west')
  })

  it('leave nothing of themselves', async () => {
    await helmIn(site, 'west')('uninstall', '--wait', '--timeout=90s')
    assert.deepEqual(await ofTheCluster(site), [])
    for (const name of names) await goesWithin(site, name)
  })
})
