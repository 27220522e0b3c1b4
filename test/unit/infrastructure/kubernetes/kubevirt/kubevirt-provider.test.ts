import assert from 'node:assert/strict'
import type { Machine } from '../../../../../operator/domain/machine/machine.ts'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../../operator/infrastructure/kubernetes/client.ts'
import {
  type KubevirtProvider,
  kubevirtProvider,
} from '../../../../../operator/infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import { watchedCache } from '../../../../../operator/infrastructure/kubernetes/watched-cache.ts'
import { type FakeClock, fakeClock } from '../../../../fakes/fake-clock.ts'

interface Asked {
  readonly path: string
  readonly method: string
}

const served = { resources: [{ name: 'virtualmachines' }, { name: 'virtualmachineinstances' }] }
const empty = { items: [], metadata: { resourceVersion: '1' } }

const running = {
  metadata: {
    namespace: 'team-a',
    name: 'web-0909a693',
    uid: 'vm-uid',
    labels: { 'kbnt.io/machine-uid': '0909a693-1111' },
  },
  spec: { runStrategy: 'Always' },
  status: { printableStatus: 'Running' },
}

const absent = new ApiError(404, { kind: 'Status', code: 404, reason: 'NotFound', message: 'not found' })

interface Beside {
  /** What lists of a kind say. */
  readonly lists?: Readonly<Record<string, readonly object[]>>
  readonly instance?: object
}

/** KubeVirt has nothing but `machine`; what `faultOf` answers is thrown. */
function aKubevirt(
  faultOf: (asked: Asked) => Error | undefined,
  machine?: object,
  { lists = {}, instance }: Beside = {},
): { clock: FakeClock; provider: KubevirtProvider } {
  const clock = fakeClock()
  const client = {
    async call(asked: Asked) {
      const fault = faultOf(asked)
      if (fault) throw fault
      const [, kind = ''] = /\/namespaces\/team-a\/(\w+)[?]/.exec(asked.path) ?? []
      if (lists[kind]) return { body: { ...empty, items: lists[kind] } }
      const isOne = /virtualmachine(instance)?s\/[^?/]+$/.test(asked.path)
      const one = asked.path.includes('instances/') ? instance : machine
      if (isOne && !one) throw absent
      return { body: isOne ? one : asked.path === '/apis/kubevirt.io/v1' ? served : empty }
    },
    stream: () => new Promise(() => undefined),
  } as unknown as KubernetesClient
  const namespaces = ['team-a', 'sick']
  const provider = kubevirtProvider({
    ...{ client, clock, storage: {} as never, onChanged: () => undefined },
    cacheOf: (resource, handlers) =>
      watchedCache({ client: resource, namespaces, clock, random: () => 0, observer: {}, handlers }),
  })
  return { clock, provider }
}

async function within<T>(clock: FakeClock, ms: number, asked: Promise<T>): Promise<T | string> {
  const answer = asked.catch((error: unknown) => `throws ${error}`)
  await clock.advance(ms)
  return answer
}

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

  it('knows one by its owner or its annotation, whatever its label says, and an instance that has outlived it', async () => {
    const machine = {
      namespace: 'team-a',
      name: 'web',
      uid: '0909a693-1111',
      status: { conditions: [], providerRef: {} },
    }
    const owner = { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualMachine', name: 'web', uid: machine.uid }
    for (const marks of [
      { labels: { 'kbnt.io/machine-uid': '' }, ownerReferences: [owner] },
      { labels: { 'kbnt.io/machine-uid': 'zzz' }, annotations: { 'kbnt.io/machine': 'web' } },
      { labels: {}, annotations: { 'kbnt.io/machine': 'web' }, ownerReferences: [{ ...owner, uid: 'another' }] },
    ]) {
      const methods: string[] = []
      const { clock, provider } = aKubevirt(
        ({ method }) => {
          methods.push(method)
          return undefined
        },
        { ...running, metadata: { ...running.metadata, ...marks } },
      )
      const removal = await within(clock, 10_000, provider.remove(machine as unknown as Machine))
      assert.deepEqual([typeof removal === 'object' && removal.kind, methods.at(-1)], ['going', 'DELETE'])
    }
    const instance = { metadata: { namespace: 'team-a', name: 'web-0909a693' }, status: { phase: 'Running' } }
    const isOn = aKubevirt(() => undefined, undefined, { instance })
    const left = await within(isOn.clock, 10_000, isOn.provider.remove(machine as unknown as Machine))
    assert.equal(typeof left === 'object' && left.kind, 'going')
  })

  it('does not take one that has lost all its marks for gone, nor for its own, where it had one', async () => {
    const bare = { ...running, metadata: { ...running.metadata, labels: {} } }
    const { clock, provider } = aKubevirt(() => undefined, bare)
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', status: { conditions: [] } }
    const had = { ...machine, status: { conditions: [], providerRef: {} } }
    const message =
      'KubeVirt machine web-0909a693 has lost its label kbnt.io/machine-uid=0909a693-1111; put it back, or delete that object'
    const unclear = { kind: 'going', message, recheckAfterMs: 10_000, isRefused: true }
    assert.deepEqual(await within(clock, 10_000, provider.remove(had as unknown as Machine)), unclear)
    assert.deepEqual(await within(clock, 10_000, provider.removeRest(machine)), unclear)
    assert.deepEqual(await within(clock, 10_000, provider.remove(machine as unknown as Machine)), { kind: 'gone' })
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

  it('neither calls off nor takes for somebody else’s what it may have, nor what went while it was looked at', async () => {
    const bare = { ...running, metadata: { ...running.metadata, labels: {} } }
    const exists = new ApiError(409, { kind: 'Status', code: 409, reason: 'AlreadyExists', message: 'there is one' })
    const status = { providerRef: {}, conditions: [{ type: 'Provisioned', status: 'True' }] }
    const machine = { namespace: 'team-a', name: 'web', uid: '0909a693-1111', status }
    const ask = (particular: object, there: object | undefined) => {
      const { clock, provider } = aKubevirt(({ method }) => (method === 'POST' ? exists : undefined), there)
      return within(clock, 10_000, provider.ensure({ ...machine, ...particular } as unknown as Machine))
    }
    const lacking = { spec: { runStrategy: 'Halted', storages: ['data'] } }
    const whole = { spec: { runStrategy: 'Always', image: 'x', disk: '1Gi', cpu: 1, memory: '1Gi' } }
    for (const particular of [lacking, whole]) {
      const said = await ask(particular, bare)
      assert.equal(typeof said === 'object' && said.kind, 'troubled')
      assert.match(typeof said === 'object' && 'message' in said ? said.message : '', /has lost its label/)
    }
    assert.match(String(await ask(whole, undefined)), /^throws .*there is one/)
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
