import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { objectStore } from '../../../../../operator/infrastructure/kubernetes/object-store.ts'
import type {
  DeleteOptions,
  ResourceClient,
} from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualMachine } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualNetwork } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-network.ts'
import {
  requestedIndexers,
  requestedResources,
} from '../../../../../operator/infrastructure/kubernetes/resources/requested-resources.ts'
import { machineFromResource } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { storedNetworks } from '../../../../../operator/infrastructure/kubernetes/resources/virtual-networks.ts'
import { aMachine, capacityOf, machineUid } from '../../../../fixtures/machine-builders.ts'
import { aRequest, requestUid } from '../../../../fixtures/request-builders.ts'

const spec = { cpu: 2, memory: '4Gi', disk: '20Gi', pool: 'east', owner: 'ana', priority: 0, requestId: 'm-1' }
const wanted = { kind: 'VirtualMachine', name: 'web-1', spec } as const
const kind = 'VirtualMachine'
const id = { namespace: 'team', name: 'web-1', uid: machineUid }

function aResource(annotations: Record<string, string> = {}, more: object = {}): VirtualMachine {
  const metadata = { namespace: 'team', name: 'web-1', uid: machineUid, resourceVersion: '1', annotations, ...more }
  return { metadata, spec } as unknown as VirtualMachine
}

interface PlaceOptions {
  /** What the API server has; absent = nothing. */
  readonly server?: VirtualMachine
  readonly seen?: readonly VirtualMachine[]
  /** What comes of each write. */
  readonly fault?: Error
  readonly position?: number
}

function aPlace({ server, seen = [], fault, position }: PlaceOptions = {}) {
  const created: VirtualMachine[] = []
  const deleted: [name: string, options: DeleteOptions | undefined][] = []
  const cache = objectStore<VirtualMachine>({}, requestedIndexers)
  for (const one of seen) cache.put(one)
  const client = {
    async get() {
      if (!server) throw new ApiError(404, { kind: 'Status', reason: 'NotFound' })
      return { body: server }
    },
    async create(object: VirtualMachine) {
      created.push(object)
      if (fault) throw fault
      return { body: { ...object, metadata: { ...object.metadata, uid: 'new' } } }
    },
    async delete(_: string, name: string, options?: DeleteOptions) {
      deleted.push([name, options])
      if (fault) throw fault
      return { body: {} }
    },
  } as unknown as ResourceClient<VirtualMachine>
  const waitlist = position === undefined ? {} : { waitlist: { since: '', position, shortages: [] } }
  const capacity = { find: () => capacityOf(aMachine(), { phase: 'Waiting', ...waitlist }) }
  const machines = requestedResources({
    ...{ client, cache, isListed: () => true, capacity },
    fromObject: (object) => ({ ...machineFromResource(object), kind }),
  })
  return { machines, created, deleted }
}

const error = (status: number, message: string, more: object = {}) =>
  new ApiError(status, { kind: 'Status', message, ...more })

describe('requestedResources', () => {
  it('makes one with the mark of its request, and owned by nobody', async () => {
    const { machines, created } = aPlace()
    const making = await machines.make(aRequest(), wanted)
    assert.equal(making.kind === 'made' && making.resource.uid, 'new')
    assert.deepEqual(created[0]?.metadata, {
      ...{ namespace: 'team', name: 'web-1' },
      annotations: { 'kbnt.io/request-uid': requestUid, 'kbnt.io/message-id': 'm-1' },
    })
    assert.deepEqual(created[0]?.spec, spec)
  })

  const exists = error(409, 'already exists', { reason: 'AlreadyExists' })
  it('takes one that is there for its own only by the mark', async () => {
    const own = aPlace({ server: aResource({ 'kbnt.io/request-uid': requestUid }), fault: exists })
    const making = await own.machines.make(aRequest(), wanted)
    assert.equal(making.kind === 'made' && making.resource.uid, machineUid)
    for (const annotations of [{}, { 'kbnt.io/request-uid': 'another', 'kbnt.io/message-id': 'm-1' }]) {
      const { machines } = aPlace({ server: aResource(annotations), fault: exists })
      assert.deepEqual(await machines.make(aRequest(), wanted), { kind: 'taken' })
    }
  })

  it('throws where one that was there is gone meanwhile, so that it is made with the next try', async () => {
    await assert.rejects(aPlace({ fault: exists }).machines.make(aRequest(), wanted), /already exists/)
  })

  const invalid = 'VirtualMachine.kbnt.io "web-1" is invalid: spec.memory: Invalid value: "8GB": write a size'
  const details = { kind: 'VirtualMachine', name: 'web-1', causes: [{ field: 'spec.memory', message: '' }] }
  it('tells what its schema refuses for good from what is refused for now', async () => {
    const refused = aPlace({ fault: error(422, invalid, { reason: 'Invalid', details }) })
    assert.deepEqual(await refused.machines.make(aRequest(), wanted), { kind: 'refused', reason: invalid })
    const quota = aPlace({ fault: error(403, 'exceeded quota: machines', { reason: 'Forbidden' }) })
    assert.deepEqual(await quota.machines.make(aRequest(), wanted), {
      ...{ kind: 'hindered', reason: 'exceeded quota: machines' },
    })
  })

  const webhook = 'Internal error occurred: failed calling webhook "gate.example": connection refused'
  it('says what is against making or deleting one for now, a webhook that is away too', async () => {
    for (const fault of [error(500, webhook, { reason: 'InternalError' }), error(403, 'forbidden: no right')]) {
      const { machines } = aPlace({ fault })
      const hindered = { kind: 'hindered', reason: fault.message }
      assert.deepEqual(await machines.make(aRequest(), wanted), hindered)
      assert.deepEqual(await machines.remove(id), hindered)
    }
  })

  it('takes none for its own that is not what was asked for, whatever its mark says', async () => {
    const other = { ...aResource({ 'kbnt.io/request-uid': requestUid }), spec: { ...spec, cpu: 64 } }
    const { machines } = aPlace({ server: other as unknown as VirtualMachine, fault: exists })
    assert.deepEqual(await machines.make(aRequest(), wanted), { kind: 'taken' })
    const filledIn = { ...aResource({ 'kbnt.io/request-uid': requestUid }), spec: { ...spec, runStrategy: 'Always' } }
    const own = aPlace({ server: filledIn as unknown as VirtualMachine, fault: exists })
    assert.equal((await own.machines.make(aRequest(), wanted)).kind, 'made')
  })

  for (const fault of [error(500, 'broken'), new UnknownOutcomeError('timed out', true)])
    it(`throws after ${fault.message}: nobody knows whether it came through`, async () => {
      const { machines } = aPlace({ fault })
      await assert.rejects(machines.make(aRequest(), wanted), fault)
      await assert.rejects(machines.remove(id), fault)
    })

  it('finds exactly the one that is meant, and no later one of its name', async () => {
    const { machines } = aPlace({ server: aResource(), seen: [aResource()] })
    assert.equal(machines.find(id)?.uid, machineUid)
    assert.equal((await machines.read(id))?.uid, machineUid)
    const later = { ...id, uid: 'another' }
    assert.deepEqual([machines.find(later), await machines.read(later)], [undefined, undefined])
    assert.equal(await aPlace().machines.read(id), undefined)
  })

  it('finds a target by its uid or its message, in its own namespace, and none where several claim to be it', () => {
    const marked = { 'kbnt.io/message-id': 'm-0' }
    const own = aResource(marked)
    const foreign = aResource(marked, { namespace: 'other', uid: 'foreign' })
    const { machines } = aPlace({ seen: [own, foreign] })
    assert.equal(machines.target('team', { kind, messageId: 'm-0' })?.uid, machineUid)
    assert.equal(machines.target('team', { kind, uid: machineUid })?.uid, machineUid)
    assert.equal(machines.target('team', { kind, uid: 'foreign' }), undefined)
    assert.equal(machines.target('team', { kind, messageId: 'm-9' }), undefined)
    const twin = aResource(marked, { name: 'web-2', uid: 'twin' })
    assert.equal(aPlace({ seen: [own, twin] }).machines.target('team', { kind, messageId: 'm-0' }), undefined)
  })

  it('deletes exactly the one that is meant', async () => {
    const { machines, deleted } = aPlace()
    await machines.remove(id)
    assert.deepEqual(deleted, [['web-1', { uid: machineUid }]])
    for (const fault of [error(404, 'gone', { reason: 'NotFound' }), error(409, 'another uid', { reason: 'Conflict' })])
      assert.deepEqual(await aPlace({ fault }).machines.remove(id), { kind: 'begun' })
    const conflict = aPlace({ fault: error(409, 'changed', { reason: 'Conflict' }) })
    assert.deepEqual(await conflict.machines.remove({ ...id, resourceVersion: '7' }), { kind: 'changed' })
    assert.deepEqual(conflict.deleted, [['web-1', { uid: machineUid, resourceVersion: '7' }]])
  })

  it('makes one of another kind as that kind, which waits for nothing where it has no capacity', async () => {
    const network = {
      kind: 'VirtualNetwork',
      name: 'lan',
      spec: { cidr: '10.0.0.0/24', vlan: 7, owner: 'ana' },
    } as const
    const created: { kind?: string }[] = []
    const client = {
      async create(object: { kind?: string }) {
        created.push(object)
        return { body: { ...object, metadata: { namespace: 'team', name: 'lan', uid: 'new' } } }
      },
    } as unknown as ResourceClient<VirtualNetwork>
    const networks = requestedResources({
      ...{ client, cache: objectStore<VirtualNetwork>({}, requestedIndexers), isListed: () => true },
      fromObject: (object) => ({ ...storedNetworks.fromObject(object), kind: 'VirtualNetwork' }),
    })
    const making = await networks.make(aRequest(), { ...network, spec: { ...network.spec, requestId: 'm-1' } })
    assert.deepEqual([created[0]?.kind, making.kind], ['VirtualNetwork', 'made'])
    assert.ok(making.kind === 'made')
    assert.deepEqual([making.resource.kind, networks.positionOf(making.resource)], ['VirtualNetwork', undefined])
  })

  it('knows the place in line of one that waits', () => {
    assert.equal(aPlace({ position: 4 }).machines.positionOf({ ...aMachine(), kind }), 4)
    assert.equal(aPlace().machines.positionOf({ ...aMachine(), kind }), undefined)
  })
})
