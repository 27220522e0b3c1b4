import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Engine } from '../../../../operator/application/engine/engine.ts'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import { type NetworkWorkParts, networkWork } from '../../../../operator/programs/operator/networks.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const claimIn = (namespace: string) => ({
  ...{ namespace, name: 'blue', uid: `uid-${namespace}`, vlan: 120, cidr: '10.20.0.0/24', provider: 'Simulated' },
})

/** The networks of `namespaces`, of which `there` are there; of those in `unlisted` nobody knows yet. `book`: whose claims are held. */
function someWork(
  namespaces: readonly (string | undefined)[],
  unlisted: Map<string, string>,
  book: Set<string>,
  there: readonly object[] = [],
) {
  const clock = fakeClock()
  const enqueued: string[] = []
  const cache = {
    ...{ get: () => undefined, list: () => there, unlisted, start: () => undefined, stop: async () => undefined },
    follow: async () => true,
  }
  const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} }
  const bookNow = () => ({
    metadata: { namespace: 'own', name: 'default' },
    spec: { install: 'own/kbnt', claims: [...book].map(claimIn) },
  })
  const fabrics = {
    get: async () => ({ body: bookNow() }),
    list: async () => ({ items: [bookNow()] }),
    async replace({ spec }: { readonly spec: { readonly claims: readonly { readonly namespace: string }[] } }) {
      book.clear()
      for (const { namespace } of spec.claims) book.add(namespace)
    },
  }
  const networks = {
    async get() {
      throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
    },
  }
  const parts = {
    ...{
      clock,
      skew: clockSkew(clock),
      logger,
      outlet: {},
      gauges: {},
      gone: [],
      enqueue: (key: string) => enqueued.push(key),
    },
    settings: { provider: 'Simulated', fabrics: {}, maxTries: 5 },
    machines: {
      named: () => [],
      on: () => [],
      unseen: () => undefined,
      areOn: () => false,
      isSeen: () => true,
      find: () => undefined,
    },
    api: {
      ...{ namespaces, ownNamespace: 'own', install: 'own/kbnt', client: {}, recordNetwork: () => undefined },
      ...{ networkCache: () => cache, cacheOf: () => cache, clients: { fabrics, networks } },
    },
  }
  const work = networkWork(parts as unknown as NetworkWorkParts)
  const engine = { relay: { send() {} }, term: 1, world: { observer: { retried() {}, trouble() {} } } }
  return { clock, work, enqueued, start: (some: readonly string[]) => work.start(engine as unknown as Engine, some) }
}

describe('the networks that a leader looks after', () => {
  it('give claims back in a namespace that could only be listed later, too', async () => {
    const book = new Set(['a', 'b'])
    const unlisted = new Map([['b', 'forbidden']])
    const { work, start } = someWork(['a', 'b'], unlisted, book)
    start(['a'])
    await work.sweep()
    assert.deepEqual([...book], ['b'], 'of what is not seen nobody knows that it is gone')
    unlisted.delete('b')
    work.follow('b', undefined)
    await work.sweep()
    assert.deepEqual([...book], [])
  })

  it('give no claim back in a namespace that is not watched any more', async () => {
    const book = new Set(['a', 'left'])
    const { work, start } = someWork(['a'], new Map(), book)
    start(['a'])
    await work.sweep()
    assert.deepEqual([...book], ['left'])
  })

  it('are looked at again where they are deleted, once all machines of one more namespace were seen', () => {
    const named = (name: string, deletionTimestamp?: string) => ({
      metadata: { namespace: 'a', name, ...(deletionTimestamp && { deletionTimestamp }) },
      spec: {},
    })
    const { work, enqueued } = someWork(['a'], new Map(), new Set(), [
      named('blue', '2026-11-02T10:00:00Z'),
      named('red'),
    ])
    work.machinesListed()
    assert.deepEqual(enqueued, ['a/blue'])
  })

  it('give claims back everywhere where all namespaces are watched', async () => {
    const book = new Set(['a', 'b'])
    const { work, start } = someWork([undefined], new Map(), book)
    start([])
    await work.sweep()
    assert.deepEqual([...book], [])
  })
})
