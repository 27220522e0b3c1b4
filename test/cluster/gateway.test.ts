import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Counter, type Ordered, orderUntil, readUntil } from '../fixtures/kept-connections.ts'
import { note } from '../fixtures/note.ts'
import { until } from '../fixtures/until.ts'
import { makeAccount } from './account.ts'
import { caller } from './caller-pod.ts'
import type { ClusterSite } from './cluster-site.ts'
import { helmIn, install, installKinds } from './install.ts'
import { assertBooksClose, goesWithin, type Listed, makeRestricted, podsOf } from './namespaces.ts'
import { sharedSite } from './shared-site.ts'

const front = 'front'
const counterSpace = 'counter'
const name = 'kbnt-operator-gateway'
const deployment = `deployment/${name}`
const ORDERING = 4
const READING = 4
const GATEWAYS = 2
/** It looks every 15 s. */
const AUTOSCALER_MS = 45_000
/** However it was answered. */
const DECIDED_WITHIN_MS = 30_000

interface StoredOrder {
  readonly metadata: { readonly name: string }
  readonly status?: { readonly phase?: string }
}

describe('The gateway of the chart on a cluster', function () {
  this.timeout(120_000)
  this.bail(true) // each step stands on the one before
  let site: ClusterSite
  let counter: Counter
  let directory: string

  before(async () => {
    site = sharedSite()
    directory = await mkdtemp(join(tmpdir(), 'kbnt-gateway-'))
    await installKinds(site)
    await makeRestricted(site, front)
    await makeRestricted(site, counterSpace)
  })
  after(() => rm(directory, { recursive: true, force: true }))

  const inFront = async <T>(...what: readonly string[]) => site.json<T>('get', ...what, '-n', front)
  const settled = async () => {
    await site.kubectl('rollout', 'status', deployment, '-n', front, '--timeout=90s')
    // those that go are still there for a while, and answer
    await until('the end of the old ones', 60_000, async () => (await names()).length === GATEWAYS || undefined)
  }
  const names = async () => (await podsOf(site, front, name)).map(({ metadata }) => metadata.name)

  it('is ready where only restricted pods may run, and scaled to two without a metrics server', async () => {
    const fast = 'settings.gateway.writesPerSecond=1000'
    await install(site, front, 'gateway.enabled=true', fast, 'settings.gateway.maxEventLoopDelay=0s')
    const two = async () => (await names()).length === GATEWAYS || undefined
    await until('a second gateway', AUTOSCALER_MS, two)
    await settled()
  })

  it('has a budget for disruptions, an autoscaler and a policy that are about its pods', async () => {
    const { status } = await inFront<{ status: { currentHealthy: number; disruptionsAllowed: number } }>('pdb', name)
    assert.deepEqual([status.currentHealthy, status.disruptionsAllowed], [GATEWAYS, 1])
    const scaled = async () => {
      const scaler = await inFront<{ status: { currentReplicas?: number; desiredReplicas: number } }>('hpa', name)
      return (scaler.status.currentReplicas === GATEWAYS && scaler.status.desiredReplicas === GATEWAYS) || undefined
    }
    await until('an autoscaler that has seen both', AUTOSCALER_MS, scaled)
    const policy = await inFront<{ spec: { podSelector: { matchLabels: Record<string, string> } } }>('netpol', name)
    const selector = Object.entries(policy.spec.podSelector.matchLabels).map(([key, value]) => `${key}=${value}`)
    const selected = await inFront<Listed<{ metadata: { name: string } }>>('pods', '-l', selector.join(','))
    assert.deepEqual(selected.items.map(({ metadata }) => metadata.name).sort(), (await names()).sort())
  })

  it('takes a hold of a ServiceAccount through its Service', async () => {
    const { token } = await makeAccount(site, counterSpace, 'till', directory)
    await site.kubectl(
      ...['create', 'rolebinding', 'till', '-n', counterSpace, '--clusterrole=admin'],
      `--serviceaccount=${counterSpace}:till`,
    )
    const { spec } = await inFront<{ spec: { clusterIP: string } }>('service', name)
    counter = { origin: `http://${spec.clusterIP}`, namespace: counterSpace, stock: 'seat', token }
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const post = (path: string, body: object) =>
      fetch(`${counter.origin}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    const made = await post('/virtual-stock/stocks', { productId: 'seat', quantity: 1_000_000 })
    assert.equal(made.status, 201, await made.text())
    const held = await post('/virtual-stock/stocks/seat/reserve', { quantityToReserve: 2 })
    const text = await held.text()
    assert.equal(held.status, 200, text)
    assert.match(text, /"phase":"Reserved"/)
  })

  it('is found by its name from a pod, with the token that is mounted there', async () => {
    const url = `http://${name}.${front}/api/v1/virtual-stock/stocks/seat/reserve`
    await site.apply(caller({ namespace: counterSpace, account: 'till', image: site.image, url }))
    const done = '--for=jsonpath={.status.phase}=Succeeded'
    await site.kubectl('wait', '-n', counterSpace, 'pod/caller', done, '--timeout=30s')
    assert.match(await site.kubectl('logs', '-n', counterSpace, 'caller'), /^200 .*"phase":"Reserved"/)
  })

  /** Clients order and read all the time while something is done; every one of their calls has to be answered well. */
  async function costsNobody(what: string, prefix: string, work: () => Promise<void>): Promise<void> {
    const over = new AbortController()
    const orders = Array.from({ length: ORDERING }, (_, index) =>
      orderUntil(over.signal, counter, `${prefix}-${index}`),
    )
    const reads = Array.from({ length: READING }, () => readUntil(over.signal, counter))
    const startedAt = Date.now()
    await work().finally(() => over.abort())
    const seconds = (Date.now() - startedAt) / 1_000
    const ordered = (await Promise.all(orders)).flat()
    const read = (await Promise.all(reads)).flat()
    note(`${what} took ${seconds.toFixed(0)} s, with ${ordered.length} orders and ${read.length} reads answered`)
    const failed = [
      ...ordered.filter(({ result }) => !/^r-[a-z2-7]+$/.test(result)),
      ...read.filter((answer) => answer !== 'read'),
    ]
    assert.deepEqual(failed, [])
    assert.equal(new Set(ordered.map(({ result }) => result)).size, ordered.length)
    await assertHeld(ordered)
    assert.ok(Math.min(ordered.length, read.length) > 5 * seconds, 'it was not under load')
  }

  /** Also what was answered before the operator had decided it, while that was replaced. */
  async function assertHeld(ordered: readonly Ordered[]): Promise<void> {
    const left = async () => {
      const { items } = await site.json<Listed<StoredOrder>>('get', 'rsv', '-n', counterSpace)
      const phases = new Map(items.map(({ metadata, status }) => [metadata.name, status?.phase]))
      return ordered
        .map(({ result }) => `${result} ${phases.get(result)}`)
        .filter((line) => !line.endsWith(' Reserved'))
    }
    const held = async () => (await left()).length === 0 || undefined
    await until('a hold for each order', DECIDED_WITHIN_MS, held).catch(async () => assert.deepEqual(await left(), []))
  }

  it('is rolled out without a failed call, under load', async () => {
    const before = await names()
    await costsNobody('a rollout', 'rolled', async () => {
      await site.kubectl('rollout', 'restart', deployment, '-n', front)
      await settled()
    })
    const after = await names()
    assert.ok(!after.some((one) => before.includes(one)), 'all pods were replaced')
  })

  it('lets one pod be evicted at a time, without a failed call, under load', async () => {
    const [first = '', second = ''] = await names()
    const evict = async (pod: string) => {
      const file = join(directory, `${pod}.json`)
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod, namespace: front } }
      await writeFile(file, JSON.stringify(eviction))
      return site.tryKubectl('create', '--raw', `/api/v1/namespaces/${front}/pods/${pod}/eviction`, '-f', file)
    }
    await costsNobody('an eviction', 'evicted', async () => {
      assert.equal((await evict(first)).exitCode, 0)
      assert.match((await evict(second)).stderr, /disruption budget/)
      await settled()
    })
    assert.ok((await names()).includes(second))
  })

  it('answers every call while an upgrade replaces it and the operator, under load', async () => {
    const before = [...(await names()), ...(await podsOf(site, front)).map(({ metadata }) => metadata.name)]
    await costsNobody('an upgrade of both', 'upgraded', async () => {
      const changed = ['--reset-then-reuse-values', '--set', 'settings.log.level=debug']
      await helmIn(site, front)('upgrade', 'charts/kbnt-operator', ...changed, '--wait', '--timeout=90s')
      await settled()
    })
    const after = [...(await names()), ...(await podsOf(site, front)).map(({ metadata }) => metadata.name)]
    assert.ok(!after.some((one) => before.includes(one)), 'all pods were replaced')
  })

  it('has all the rights that it asks for', async () => {
    for (const pod of await names())
      assert.doesNotMatch(await site.kubectl('logs', '-n', front, pod), /forbidden|"status":403/)
  })

  it('leaves books that close, and nothing of itself', async () => {
    await assertBooksClose(site, counterSpace)
    await helmIn(site, front)('uninstall', '--wait', '--timeout=90s')
    for (const namespace of [counterSpace, front]) await goesWithin(site, namespace)
  })
})
