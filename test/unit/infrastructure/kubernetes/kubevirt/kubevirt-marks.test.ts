import assert from 'node:assert/strict'
import type { Machine } from '../../../../../operator/domain/machine/machine.ts'
import { ApiError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { aKubevirt, running, within } from './a-kubevirt.ts'

describe('KubeVirt as a provider, and the marks of what it has', () => {
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
    const named = { namespace: 'team-a', name: 'web-0909a693' }
    for (const [ownerReferences, isRefused] of [
      [[{ apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', name: named.name, uid: 'vm-uid' }], undefined],
      [[], true], // with --cascade=orphan, of which nobody is rid without doing something
    ] as const) {
      const instance = { metadata: { ...named, ownerReferences }, status: { phase: 'Running' } }
      const isOn = aKubevirt(() => undefined, undefined, { instance })
      const left = await within(isOn.clock, 10_000, isOn.provider.remove(machine as unknown as Machine))
      assert.ok(typeof left === 'object' && left.kind === 'going')
      assert.equal(left.isRefused, isRefused)
    }
  })

  it('leaves that of another machine alone whose objects have the same name, whoever is said to be gone', async () => {
    const metadata = { ...running.metadata, annotations: { 'kbnt.io/machine': 'web' } }
    for (const marks of [
      {},
      {
        labels: {},
        ownerReferences: [{ apiVersion: 'v1', kind: 'VirtualMachine', name: 'web', uid: '0909a693-1111' }],
      },
    ]) {
      const methods: string[] = []
      const { clock, provider } = aKubevirt(
        ({ method }) => {
          methods.push(method)
          return undefined
        },
        { ...running, metadata: { ...metadata, ...marks } },
      )
      const forged = { namespace: 'team-a', name: 'web', uid: '0909a693-ffff' }
      assert.deepEqual(await within(clock, 10_000, provider.removeRest(forged)), { kind: 'gone' })
      assert.ok(!methods.includes('DELETE'))
    }
  })

  it('does not take one that has lost all its marks for gone, nor for its own, where it had one', async () => {
    const bare = { ...running, metadata: { ...running.metadata, labels: {}, annotations: {} } }
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

  it('neither calls off nor takes for somebody else’s what it may have, nor what went while it was looked at', async () => {
    const bare = { ...running, metadata: { ...running.metadata, labels: {}, annotations: {} } }
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
})
