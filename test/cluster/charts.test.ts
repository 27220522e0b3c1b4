import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { judgedVersions } from '../fixtures/judged-versions.ts'
import { type Load, load } from '../fixtures/load.ts'
import { note } from '../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../fixtures/observed-namespaces.ts'
import { until } from '../fixtures/until.ts'
import { randomFrom } from '../simulation/world/random.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, valuesOf } from './install.ts'
import { commandsUnder } from './install-page.ts'
import {
  assertBooksClose,
  finalizersIn,
  goesWithin,
  type Listed,
  leaderIn,
  makeRestricted,
  ofTheCluster,
  type Pod,
  podsOf,
} from './namespaces.ts'
import { makeHeld } from './objects.ts'
import { sharedSite } from './shared-site.ts'
import { unmetSamples } from './unmet-samples.ts'

const system = 'kbnt-system'
const busy = 'load'
const stocks = ['bean', 'cup', 'grinder'] as const
const START_MS = 1_000
const MOST_STARTS = 5
/** 114 to 118 on a quiet machine; a busy one collects its garbage later. */
const IDLE_MIB = 132

describe('The charts on a cluster of one node', function () {
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let shop: ObservedNamespaces
  let clients: Load
  let settings: string[]

  before(() => {
    site = sharedSite()
    settings = valuesOf(site)
  })
  after(async function () {
    this.timeout(60_000)
    await clients?.stop()
    await shop?.close()
  })

  const pods = () => podsOf(site, system)
  const leader = () => leaderIn(site, system)

  it('are installed within a minute, where only restricted pods may run', async function () {
    this.timeout(150_000)
    await makeRestricted(site, system)
    const [kinds, operator] = await commandsUnder('Kubernetes')
    await site.run(kinds)
    await site.run(operator, ...settings, '--wait', '--timeout=60s')
    assert.equal((await pods()).length, 2)
  })

  const startOf = async ({ metadata }: Pod) => {
    const lines = (await site.kubectl('logs', '-n', system, metadata.name)).split('\n')
    return JSON.parse(lines.find((line) => line.includes('"message":"started"')) ?? '{}').sinceBirthMs as number
  }
  it(`start within ${START_MS} ms`, async function () {
    this.timeout(120_000)
    const starts = await Promise.all((await pods()).map(startOf))
    // whatever else runs on this machine makes a start longer, never shorter
    for (let tries = 0; Math.min(...starts) > START_MS && tries < MOST_STARTS; tries += 1) {
      const before = (await pods()).map(({ metadata }) => metadata.name)
      await site.kubectl('delete', 'pod', '-n', system, ...before.slice(0, 1))
      await site.kubectl('rollout', 'status', 'deployment/kbnt-operator', '-n', system, '--timeout=30s')
      const fresh = (await pods()).filter(({ metadata }) => !before.includes(metadata.name))
      starts.push(...(await Promise.all(fresh.map(startOf))))
    }
    note(`started after ${starts.join(', ')} ms`)
    assert.ok(Math.min(...starts) <= START_MS)
  })

  it(`need at most ${IDLE_MIB} MiB while there is nothing to do`, async () => {
    await pause(5_000)
    for (const { metadata, status } of await pods()) {
      const metrics = await (await fetch(`http://${status.podIP}:8080/metrics`)).text()
      const mebibytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 2 ** 20
      note(`${metadata.name} has ${mebibytes.toFixed(0)} MiB`)
      assert.ok(mebibytes <= IDLE_MIB)
    }
  })

  it('have an image that any user may run', async () => {
    const security = {
      ...{ runAsNonRoot: true, runAsUser: 1_000_990_000, runAsGroup: 0 },
      seccompProfile: { type: 'RuntimeDefault' },
    }
    const limits = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }
    const containers = [{ name: 'help', image: site.image, args: ['--help'], securityContext: limits }]
    const spec = { restartPolicy: 'Never', securityContext: security, containers }
    await site.apply({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'anybody', namespace: system }, spec })
    await site.kubectl('wait', '-n', system, 'pod/anybody', '--for=jsonpath={.status.phase}=Succeeded', '--timeout=30s')
    assert.match(await site.kubectl('logs', '-n', system, 'anybody'), /--config FILE/)
    await site.kubectl('delete', '-n', system, 'pod/anybody')
  })

  it('make a real reservation when helm tests them', async function () {
    this.timeout(60_000)
    const [, , test] = await commandsUnder('Kubernetes')
    assert.match(await site.run(test, '--timeout=50s'), /Phase:\s+Succeeded/)
  })

  it('bring every sample to what it says that it comes to', async function () {
    this.timeout(120_000)
    await site.kubectl('apply', '-f', 'config/samples/shop')
    await site.kubectl(
      'wait',
      '-n',
      'shop',
      'rsv/order-1001',
      '--for=jsonpath={.status.phase}=Reserved',
      '--timeout=30s',
    )
    await site.kubectl('apply', '-f', 'config/samples/shop/later', '-f', 'config/samples/machines')
    let unmet: string | undefined
    const allMet = async () => {
      unmet = await unmetSamples(site)
      return unmet === undefined || undefined
    }
    await until('end of the samples', 60_000, allMet).catch(() => assert.fail(unmet))
    await assertBooksClose(site, 'shop')
  })

  it("sell nothing twice and forget nobody when the leader's pod is deleted under load", async function () {
    this.timeout(180_000)
    shop = await observedNamespaces(site.cluster.kubeconfig, [busy])
    for (const name of stocks)
      await shop.createStock(name, { quantity: 300, reclaimPolicy: 'Return', hold: { ttl: '20s' } })
    clients = load(shop, { stocks, perSecond: 20, random: randomFrom(1) })
    await pause(5_000)
    const former = await leader()
    const startedAt = Date.now()
    await site.kubectl('delete', 'pod', former, '-n', system, '--wait=false')
    await until('new leader', 30_000, async () => ![former, ''].includes(await leader()) || undefined)
    note(`another pod leads after ${Date.now() - startedAt} ms`)
    await pause(5_000)
    await clients.stop()
    await assertBooksClose(site, busy)
    judgedVersions(shop)
  })

  it('keep the books over an upgrade with another setting, and back, under load', async function () {
    this.timeout(240_000)
    clients = load(shop, { stocks, perSecond: 15, random: randomFrom(2), prefix: 'later' })
    const before = (await pods()).map(({ metadata }) => metadata.name)
    const changed = ['--set', 'settings.retention.finishedAfter=2h']
    const wait = ['--wait', '--timeout=90s']
    const [, operator] = await commandsUnder('Upgrade')
    await site.run(operator, ...changed, ...wait)
    assert.match(
      await site.kubectl('get', 'configmap', 'kbnt-operator', '-n', system, '-o', 'yaml'),
      /finishedAfter: 2h/,
    )
    await site.helm('rollback', 'kbnt-operator', '1', '-n', system, ...wait)
    const after = (await pods()).map(({ metadata }) => metadata.name)
    assert.deepEqual(
      after.filter((name) => before.includes(name)),
      [],
      'all pods were replaced',
    )
    await clients.stop()
    await assertBooksClose(site, busy)
    judgedVersions(shop)
  })

  it('keep every object when the kinds are upgraded', async () => {
    const count = async () => (await site.json<Listed<unknown>>('get', 'vstk,rsv,vmach', '-A')).items.length
    const before = await count()
    const [kinds] = await commandsUnder('Upgrade')
    await site.run(kinds)
    assert.equal(await count(), before)
    assert.ok(before > 100)
  })

  it('have all the rights that the operator asks for', async () => {
    for (const { metadata } of await pods())
      assert.doesNotMatch(await site.kubectl('logs', '-n', system, metadata.name), /forbidden|"status":403/)
  })

  it('leave nothing stuck when they are uninstalled, with reservations and machines alive', async function () {
    this.timeout(240_000)
    await shop.reserve('alive', { bean: 1 }, { ttl: '1h' })
    await shop.untilPhase('alive', 'Reserved')
    const [operator] = await commandsUnder('Uninstall')
    await site.run(operator, '--wait', '--timeout=90s')
    assert.deepEqual(await finalizersIn(site), [])
    const { items } = await site.json<Listed<unknown>>('get', 'vstk,rsv,vmach', '-A')
    assert.ok(items.length > 100)
    assert.deepEqual(await ofTheCluster(site), [])
    for (const name of ['shop', 'machines', busy]) await goesWithin(site, name)
    await goesWithin(site, system)
  })

  it('leave nothing stuck where the operator lives with its objects', async function () {
    this.timeout(240_000)
    const own = 'together'
    await makeRestricted(site, own)
    // the kinds are still there: they are kept
    await install(site, own, 'watchNamespaces=own')
    await makeHeld(site, own, 'held')
    await helmIn(site, own)('uninstall', '--wait', '--timeout=90s')
    await goesWithin(site, own)
  })

  it('go without a trace when their kinds are deleted too', async () => {
    const [, chart, kinds] = await commandsUnder('Uninstall')
    await site.run(chart)
    await site.run(kinds)
    const names = await site.kubectl('get', 'crd,clusterrole,clusterrolebinding,lease,secret', '-A', '-o', 'name')
    assert.doesNotMatch(names, /kbnt-operator|kbnt\.io/)
  })
})
