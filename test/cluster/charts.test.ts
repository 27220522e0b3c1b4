import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { judgedVersions } from '../fixtures/judged-versions.ts'
import { type Load, load } from '../fixtures/load.ts'
import { note } from '../fixtures/note.ts'
import { type ObservedNamespaces, observedNamespaces } from '../fixtures/observed-namespaces.ts'
import { until } from '../fixtures/until.ts'
import { randomFrom } from '../simulation/world/random.ts'
import { type ClusterSite, openClusterSite } from './cluster-site.ts'
import { commandsUnder } from './install-page.ts'
import { unmetSamples } from './unmet-samples.ts'

const system = 'kbnt-system'
const busy = 'load'
const stocks = ['bean', 'cup', 'grinder'] as const
/** Building everything takes about 25 minutes on two cores, once for a machine. */
const OPEN_WITHIN_MS = 45 * 60_000
const START_MS = 1_000
const IDLE_MIB = 120
const GONE_WITHIN_MS = 60_000

interface Listed<T> {
  readonly items: readonly T[]
}
interface Pod {
  readonly metadata: { readonly name: string }
  readonly status: { readonly podIP: string }
}

describe('The charts on a cluster of one node', function () {
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let shop: ObservedNamespaces
  let clients: Load
  let settings: string[]

  before(async function () {
    this.timeout(OPEN_WITHIN_MS)
    site = await openClusterSite()
    settings = [
      `kafka.brokers={${site.brokers}}`,
      'settings.kafka.createTopics=true',
      'settings.machines.provider=Simulated',
    ].flatMap((value) => ['--set', value])
  })
  after(async function () {
    this.timeout(60_000)
    await clients?.stop()
    await shop?.close()
    await site?.close()
  })

  const pods = async () =>
    (await site.json<Listed<Pod>>('get', 'pods', '-n', system, '-l', 'app.kubernetes.io/name=kbnt-operator')).items
  const leader = async () => {
    const holder = await site.kubectl(
      'get',
      'lease',
      'kbnt-operator',
      '-n',
      system,
      '-o',
      'jsonpath={.spec.holderIdentity}',
    )
    return holder.split('_')[0] ?? ''
  }
  const makeRestricted = (name: string) =>
    site.apply({
      ...{ apiVersion: 'v1', kind: 'Namespace' },
      metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
    })
  const auditIsClean = async (namespace: string) => {
    const { findings, text } = await site.audit(namespace)
    assert.deepEqual(findings, [], text)
  }
  async function goesWithin(name: string): Promise<void> {
    const startedAt = Date.now()
    await site.kubectl('delete', 'namespace', name, '--wait=false')
    const isGone = async () => (await site.tryKubectl('get', 'namespace', name)).exitCode !== 0 || undefined
    await until(`end of namespace ${name}`, GONE_WITHIN_MS, isGone)
    note(`namespace ${name} was gone after ${Math.round((Date.now() - startedAt) / 1_000)} s`)
  }

  it('are installed within a minute, where only restricted pods may run', async function () {
    this.timeout(150_000)
    await makeRestricted(system)
    const [kinds, operator] = await commandsUnder('Kubernetes')
    await site.run(kinds)
    await site.run(operator, ...settings, '--wait', '--timeout=60s')
    assert.equal((await pods()).length, 2)
  })

  it(`start within ${START_MS} ms and need at most ${IDLE_MIB} MiB while there is nothing to do`, async () => {
    await pause(5_000)
    for (const { metadata, status } of await pods()) {
      const lines = (await site.kubectl('logs', '-n', system, metadata.name)).split('\n')
      const started = JSON.parse(lines.find((line) => line.includes('"message":"started"')) ?? '{}')
      const metrics = await (await fetch(`http://${status.podIP}:8080/metrics`)).text()
      const mebibytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]) / 2 ** 20
      note(`${metadata.name} has started after ${started.sinceBirthMs} ms, and has ${mebibytes.toFixed(0)} MiB`)
      assert.ok(started.sinceBirthMs <= START_MS && mebibytes <= IDLE_MIB)
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
    await auditIsClean('shop')
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
    await auditIsClean(busy)
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
    await auditIsClean(busy)
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
    const { items } = await site.json<Listed<{ metadata: { finalizers?: string[] } }>>('get', 'vstk,rsv,vmach', '-A')
    assert.ok(items.length > 100)
    assert.deepEqual(
      items.flatMap(({ metadata }) => metadata.finalizers ?? []),
      [],
    )
    const cluster = await site.kubectl('get', 'clusterrole,clusterrolebinding', '-o', 'name')
    assert.doesNotMatch(cluster, /kbnt/)
    for (const name of ['shop', 'machines', busy]) await goesWithin(name)
    await goesWithin(system)
  })

  it('leave nothing stuck where the operator lives with its objects', async function () {
    this.timeout(240_000)
    const own = 'together'
    await makeRestricted(own)
    const scope = ['--set', 'watchNamespaces=own', '--wait', '--timeout=60s']
    // the kinds are still there: they are kept
    const repository = ['--set', 'image.repository=kbnt.local/kbnt-operator']
    await site.helm('install', 'kbnt-operator', 'charts/kbnt-operator', '-n', own, ...repository, ...settings, ...scope)
    const stock = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata: { name: 'bean', namespace: own } }
    await site.apply({ ...stock, spec: { quantity: 5 } })
    const items = [{ stock: 'bean', quantity: 2 }]
    await site.apply({ ...stock, kind: 'Reservation', metadata: { name: 'held', namespace: own }, spec: { items } })
    await site.kubectl('wait', '-n', own, 'rsv/held', '--for=jsonpath={.status.phase}=Reserved', '--timeout=30s')
    await site.helm('uninstall', 'kbnt-operator', '-n', own, '--wait', '--timeout=90s')
    await goesWithin(own)
  })

  it('go without a trace when their kinds are deleted too', async () => {
    const [, chart, kinds] = await commandsUnder('Uninstall')
    await site.run(chart)
    await site.run(kinds)
    const names = await site.kubectl('get', 'crd,clusterrole,clusterrolebinding,lease,secret', '-A', '-o', 'name')
    assert.doesNotMatch(names, /kbnt-operator|kbnt\.io/)
  })
})
