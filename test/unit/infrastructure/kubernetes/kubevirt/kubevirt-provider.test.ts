import assert from 'node:assert/strict'
import type { Machine } from '../../../../../operator/domain/machine/machine.ts'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../../operator/infrastructure/kubernetes/client.ts'
import { kubevirtProvider } from '../../../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import { watchedCache } from '../../../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'

import { type Asked, aKubevirt, empty, running, served, within } from './a-kubevirt.ts'

describe('KubeVirt as a provider', () => {
  const isSick = ({ path }: Asked) => path.includes('/namespaces/sick/')
  const forbidden = new ApiError(403, { kind: 'Status', code: 403, reason: 'Forbidden', message: 'no list there' })

  it('is there for a namespace though it can not be watched in another, where that is said', async () => {
    const { clock, provider } = aKubevirt((asked) => (isSick(asked) ? forbidden : undefined))
    assert.equal(await within(clock, 10_000, provider.unavailable('team-a')), undefined)
    assert.match(String(await within(clock, 10_000, provider.unavailable('sick'))), /can't be watched: .*no list there/)
  })

  it('does not take a machine for gone because somebody on the way knows no such page', async () => {
    const isRead = ({ path, method }: Asked) => method === 'GET' && /virtualmachine(instance)?s\/[^?]+$/.test(path)
    const { clock, provider } = aKubevirt((asked) => (isRead(asked) ? new ApiError(404, 'page not found') : undefined))
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', status: { providerRef: {} } }
    const removal = within(clock, 10_000, provider.remove(machine as unknown as Machine))
    assert.match(String(await removal), /^throws .*page not found/)
  })

  it('has nobody believe that a machine is gone while the kind is not served, as what runs may run on', async () => {
    const gone = { namespace: 'team-a', name: 'web', uid: '0909a693-1111' }
    const kind = { isServed: false }
    const isKind = ({ path }: Asked) => path === '/apis/kubevirt.io/v1'
    const { clock, provider } = aKubevirt((asked) => {
      if (isKind(asked)) return kind.isServed ? undefined : new ApiError(404, 'page not found')
      return /virtualmachine(instance)?s\/[^?]+$/.test(asked.path)
        ? new ApiError(404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' })
        : undefined
    })
    const unknown = {
      ...{ kind: 'going', recheckAfterMs: 10_000, isRefused: true, isUnseen: true },
      message: 'whether KubeVirt has it is not known: the API server does not serve kubevirt.io/v1',
    }
    for (const remove of [provider.removeRest, provider.remove])
      assert.deepEqual(await within(clock, 10_000, remove(gone as unknown as Machine)), unknown)
    kind.isServed = true
    assert.deepEqual(await within(clock, 10_000, provider.removeRest(gone)), { kind: 'gone' })
  })

  const refused = (): never => {
    throw forbidden
  }
  for (const [how, cut, words] of [
    ['is refused', refused, /can't be watched: no list there/],
    ['ends as soon as it has begun', () => undefined, /can't be watched: the watch ends as soon as it has begun/],
  ] as const)
    it(`says that its machines can not be watched any more where that ${how}, and has them looked at, until they can`, () =>
      watchedNoMore(cut, words))

  async function watchedNoMore(cut: () => void, words: RegExp): Promise<void> {
    const state = { isAllowed: true }
    const clock = fakeClock()
    const changed: string[] = []
    const labels = { 'kbnt.io/machine-uid': '0909a693-1111' }
    const one = { ...running, metadata: { ...running.metadata, labels, annotations: { 'kbnt.io/machine': 'web' } } }
    const client = {
      async call({ path }: Asked) {
        if (path === '/apis/kubevirt.io/v1') return { body: served }
        if (!state.isAllowed) refused()
        return { body: { ...empty, items: path.includes('instances') ? [] : [one] } }
      },
      async stream(_: unknown, onDocument: (document: object) => void) {
        if (!state.isAllowed) return cut()
        onDocument({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '2' } } })
        await new Promise((resolve) => clock.schedule(10_000, () => resolve(undefined)))
      },
    } as unknown as KubernetesClient
    const provider = kubevirtProvider({
      ...{ client, clock, storage: {} as never, onChanged: (key) => void changed.push(key) },
      cacheOf: (resource, handlers) =>
        watchedCache({ client: resource, namespaces: ['team-a'], clock, random: () => 0, observer: {}, handlers }),
    })
    assert.equal(await within(clock, 5_000, provider.unavailable('team-a')), undefined)
    state.isAllowed = false
    await clock.advance(30_000)
    assert.equal(await within(clock, 5_000, provider.unavailable('team-a')), undefined)
    changed.length = 0
    await clock.advance(120_000)
    assert.match(String(await within(clock, 5_000, provider.unavailable('team-a'))), words)
    assert.ok(changed.includes('team-a/web'))
    changed.length = 0
    state.isAllowed = true
    await clock.advance(600_000)
    assert.equal(await within(clock, 5_000, provider.unavailable('team-a')), undefined)
    assert.ok(changed.includes('team-a/web'))
  }

  it('halts one that it has, and makes none', async () => {
    const writes: (Asked & { readonly body?: object })[] = []
    const spec = { runStrategy: 'Always', image: 'x', disk: '1Gi', cpu: 1, memory: '1Gi' }
    const status = { conditions: [{ type: 'Provisioned', status: 'True' }] }
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', spec, status }
    const instance = { ...running, status: { phase: 'Running' } }
    for (const [there, beside, isOff] of [
      [running, {}, false],
      [undefined, {}, true],
      [undefined, { instance }, false], // it has lost its machine, and runs on
    ] as const) {
      const { clock, provider } = aKubevirt(
        (asked) => {
          if (asked.method !== 'GET') writes.push(asked)
          return undefined
        },
        there,
        beside,
      )
      assert.equal(await within(clock, 10_000, provider.halt(machine as unknown as Machine)), isOff)
    }
    assert.deepEqual(
      writes.map(({ method, body }) => [method, body]),
      [['PATCH', { metadata: { uid: 'vm-uid' }, spec: { runStrategy: 'Halted' } }]],
    )
  })

  it('knows who is on a network, also of machines that are gone, and where not all are seen', async () => {
    const on = (networkName: string) => ({ networks: [{ name: 'default', multus: { networkName } }] })
    const guests: Record<string, object[]> = { virtualmachines: [], virtualmachineinstances: [] }
    const { clock, provider } = aKubevirt((asked) => (isSick(asked) ? forbidden : undefined), undefined, {
      lists: guests,
    })
    const network = { namespace: 'team-a', name: 'blue', uid: '0909a693-2222' }
    const guestsOn = (sharedWith: string[] = []) => within(clock, 10_000, provider.guestsOn({ ...network, sharedWith }))
    assert.equal(await guestsOn(), undefined)
    assert.match(String(await guestsOn(['sick'])), /can't be watched: .*no list there/)
    for (const [kind, spec] of [
      ['virtualmachines', { template: { spec: on('team-a/blue-0909a693') } }],
      ['virtualmachineinstances', on('blue-0909a693')],
    ] as const) {
      const other = aKubevirt(() => undefined, undefined, { lists: { ...guests, [kind]: [{ ...running, spec }] } })
      const found = await within(other.clock, 10_000, other.provider.guestsOn(network))
      assert.equal(found, 'KubeVirt machine team-a/web-0909a693 is still on it')
    }
  })

  it('makes none on storages without them, whatever image it has', async () => {
    const { clock, provider } = aKubevirt(({ method }) => (method === 'GET' ? undefined : new Error('it was made')))
    const spec = { runStrategy: 'Always', image: 'x', storages: ['data'] }
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', spec, attached: {} }
    const said = await within(clock, 10_000, provider.ensure(machine as unknown as Machine))
    const message = 'KubeVirt has no machine web-0909a693, and without its storages it is not made'
    assert.deepEqual(said, { kind: 'refused', message })
  })

  it('has one stopped that it was not shown yet, also where that came without its storages or its network', async () => {
    const writes: (Asked & { readonly body?: object })[] = []
    const { clock, provider } = aKubevirt((asked) => {
      if (asked.method !== 'GET') writes.push(asked)
      return undefined
    }, running)
    const status = { conditions: [{ type: 'Provisioned', status: 'True' }] }
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', status }
    for (const one of [
      { ...machine, spec: { runStrategy: 'Halted', storages: ['data'] } },
      { ...machine, spec: { runStrategy: 'Halted', network: 'blue' }, status: { ...status, network: {} } },
    ]) {
      const said = await within(clock, 10_000, provider.ensure(one as unknown as Machine))
      assert.equal(typeof said === 'string' ? said : said.kind, 'starting')
      const { method, body } = writes.pop() ?? {}
      assert.deepEqual([method, body], ['PATCH', { metadata: { uid: 'vm-uid' }, spec: { runStrategy: 'Halted' } }])
    }
  })

  it('makes none whose network is in doubt, and says so', async () => {
    const writes: Asked[] = []
    const { clock, provider } = aKubevirt((asked) => {
      if (asked.method !== 'GET') writes.push(asked)
      return undefined
    })
    const on = (provisioned: 'True' | 'False', runStrategy = 'Always') => ({
      ...{ namespace: 'team-a', name: 'web', uid: '0909a693-1111', spec: { runStrategy, image: 'x', network: 'blue' } },
      status: { network: { name: 'blue' }, conditions: [{ type: 'Provisioned', status: provisioned }] },
    })
    for (const [machine, kind] of [
      [on('True'), 'troubled'],
      [on('True', 'Halted'), 'stopped'],
      [on('False'), 'refused'],
    ] as const) {
      const said = await within(clock, 10_000, provider.ensure(machine as unknown as Machine))
      assert.equal(typeof said === 'string' ? said : said.kind, kind)
    }
    assert.deepEqual(writes, [])
  })
})
