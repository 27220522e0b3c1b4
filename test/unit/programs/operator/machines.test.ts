import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Engine } from '../../../../operator/application/engine/engine.ts'
import { recheckAfter, settled } from '../../../../operator/application/outcome.ts'
import { dropVanished } from '../../../../operator/programs/operator/cache-handlers.ts'
import { type MachineWorkParts, machineWork } from '../../../../operator/programs/operator/machines.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const never = new Promise<boolean>(() => undefined)

const machine = { metadata: { namespace: 'a', name: 'm', uid: 'uid-m' }, spec: {} }

interface UsedByMachines {
  /** Those that name it. */
  readonly named?: readonly object[]
  readonly network?: object
  readonly storage?: object
  readonly enqueue?: (key: string) => void
  readonly onListed?: (namespace: string | undefined) => void
}

/** The machines of namespaces a and b, led; of those in `hidden` no list comes before it is taken out. `seen`: by their keys. */
function someWork(
  hidden: Set<string> = new Set(),
  seen: Readonly<Record<string, object>> = {},
  { named = [], network, storage, enqueue = () => undefined, onListed = () => undefined }: UsedByMachines = {},
) {
  const clock = fakeClock()
  const skew = clockSkew(clock)
  const cache = {
    ...{ get: (key: string) => seen[key], list: () => [], byIndex: () => named, start: () => undefined, ready: true },
    synced: Promise.resolve(true),
    unlisted: new Map<string, string>(),
    follow: (namespace: string) => (hidden.has(namespace) ? never : Promise.resolve(true)),
    stop: async () => undefined,
  }
  const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} }
  const parts = {
    ...{ clock, skew, logger, outlet: {}, gauges: {}, enqueue, onSeen: () => undefined, onListed },
    settings: { provider: 'Simulated', policies: {}, maxTries: 5, simulated: {}, kubevirt: {} },
    api: {
      machineCache: () => cache,
      cacheOf: () => cache,
      clients: { machines: { get: async () => ({ body: machine, date: clock.now() - 60_000 }) } },
      client: {},
    },
    caches: { reservations: cache, stocks: cache },
    networks: { resources: { find: () => network } },
    storages: { resources: { find: () => storage } },
    withStorages: {},
  }
  const work = machineWork(parts as unknown as MachineWorkParts)
  const engine = { relay: { send() {} }, term: 1, world: { observer: { retried() {}, trouble() {} } } }
  return {
    clock,
    skew,
    work,
    start: () => work.start(engine as unknown as Engine, [Promise.resolve(true)], ['a', 'b']),
  }
}

describe('the machines that a leader looks after', () => {
  it('are begun as soon as all of them were seen', async () => {
    const { clock, work, start } = someWork()
    assert.deepEqual(await work.reconcile('a/m'), recheckAfter(100))
    start()
    await clock.settle()
    assert.deepEqual(await work.reconcile('a/m'), settled)
    assert.deepEqual([...work.lost()], [])
    assert.deepEqual(await work.sweep(), recheckAfter(60_000))
  })

  it('wait seconds, and no longer, for a namespace whose machines can not be listed', async () => {
    const { clock, work, start } = someWork(new Set(['b']))
    start()
    await clock.advance(9_999)
    assert.deepEqual(await work.reconcile('a/m'), recheckAfter(100))
    await clock.advance(1)
    assert.deepEqual(await work.reconcile('a/m'), settled)
  })

  it('tell when all of a namespace were seen, also of one that could only be listed later', async () => {
    const hidden = new Set(['b'])
    const listed: (string | undefined)[] = []
    const { clock, work, start } = someWork(hidden, {}, { onListed: (namespace) => listed.push(namespace) })
    start()
    await clock.settle()
    assert.deepEqual(listed, ['a'])
    hidden.clear()
    work.follow('b', undefined)
    await clock.settle()
    assert.deepEqual(listed, ['a', 'b'])
  })

  it('wait while the clock is wrong, of which the store is asked', async () => {
    const { clock, skew, work, start } = someWork(new Set(), { 'a/m': machine })
    start()
    await clock.settle()
    clock.jump(3_600_000)
    assert.deepEqual(await work.reconcile('a/m'), recheckAfter(2_000))
    assert.equal(skew.excessMs(), 60_000)
  })

  it('are not begun when all has ended meanwhile', async () => {
    const { clock, work, start } = someWork(new Set(['b']))
    start()
    await work.stop()
    await clock.advance(20_000)
    assert.deepEqual(await work.reconcile('a/m'), recheckAfter(100))
  })

  it('are looked at where their network has forgotten them, where they have failed and it has not, and while they wait only where it has something new', () => {
    const enqueued: string[] = []
    const named = (name: string, status?: object) => ({
      metadata: { namespace: 'a', name, uid: name },
      spec: {},
      status,
    })
    const machines = [
      named('new'),
      named('waiting', { phase: 'Pending' }),
      named('listed', { phase: 'Running', network: { uid: 'blue', address: '10.20.0.2' } }),
      named('forgotten', { phase: 'Running', network: { uid: 'blue', address: '10.20.0.3' } }),
      named('of-an-older-one', { phase: 'Running', network: { uid: 'older', address: '10.20.0.3' } }),
      named('failed', { phase: 'Failed' }),
      named('failed-with-one', { phase: 'Failed' }),
      named('kept-with-one', { phase: 'Failed', reason: 'CapacityLost' }),
    ]
    const withOne = ['listed', 'failed-with-one', 'kept-with-one'].map((uid) => ({ uid }))
    const { work } = someWork(
      new Set(),
      {},
      {
        named: machines,
        network: { uid: 'blue', status: { allocations: withOne } },
        enqueue: (key) => void enqueued.push(key),
      },
    )
    work.networkSeen('a/blue', false)
    assert.deepEqual(enqueued.splice(0), ['a/forgotten', 'a/failed-with-one'])
    work.networkSeen('a/blue')
    assert.deepEqual(enqueued, ['a/new', 'a/waiting', 'a/forgotten', 'a/failed-with-one'])
  })

  it('are looked at where they wait for a storage, where it has forgotten them, and where they have it in vain', () => {
    const enqueued: string[] = []
    const on = (uid: string) => ({ storages: [{ name: 'data', uid }] })
    const named = (name: string, status?: object) => ({
      metadata: { namespace: 'a', name, uid: name },
      spec: {},
      status,
    })
    const machines = [
      named('new'),
      named('waiting', { phase: 'Pending' }),
      named('made', { phase: 'Running', ...on('data') }),
      named('made-with-an-older-one', { phase: 'Running', ...on('older') }),
      named('failed', { phase: 'Failed' }),
      named('kept', { phase: 'Failed', reason: 'CapacityLost' }),
    ]
    const seenWith = (attachedTo?: object) => {
      const storage = { uid: 'data', status: { attachedTo } }
      const { work } = someWork(new Set(), {}, { named: machines, storage, enqueue: (key) => void enqueued.push(key) })
      work.storageSeen('a/data')
      return enqueued.splice(0)
    }
    assert.deepEqual(seenWith(), ['a/new', 'a/waiting', 'a/made'])
    assert.deepEqual(seenWith({ uid: 'failed' }), ['a/new', 'a/waiting', 'a/failed'])
    for (const uid of ['made', 'kept']) assert.deepEqual(seenWith({ uid }), ['a/new', 'a/waiting'])
  })
})

describe('dropVanished', () => {
  it('lets go of what is gone in a namespace that was seen, and of nothing in others', () => {
    const stopped: string[] = []
    const anActor = (namespace: string) => ({
      stock: { namespace, name: 'beans', uid: `uid-${namespace}` },
      stop: () => void stopped.push(namespace),
    })
    const actors = new Map(['a', 'b'].map((namespace) => [`uid-${namespace}`, anActor(namespace)]))
    const engine = { actors, stocks: { findByUid: (uid: string) => actors.get(uid) } } as unknown as Engine
    dropVanished(engine, { get: () => undefined }, 'a')
    assert.deepEqual(stopped, ['a'])
    dropVanished(engine, { get: () => undefined }, undefined)
    assert.deepEqual(stopped, ['a', 'a', 'b'])
  })
})
