import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { ownerOf } from '../../../../../operator/infrastructure/kubernetes/providers/provided-objects.ts'
import type {
  DeleteOptions,
  ResourceClient,
} from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import {
  machineMarks,
  resourceCapacity,
} from '../../../../../operator/infrastructure/kubernetes/resources/resource-capacity.ts'
import { aMachine, childName, machineUid } from '../../../../fixtures/machine-builders.ts'

const machine = aMachine({ spec: { owner: 'ana', requestId: 'req-1', priority: 7, waitFor: '10m' } })
const lines = [
  { stockNamespace: 'team', stock: 'east-cpu', quantity: 2 },
  { stockNamespace: 'capacity', stock: 'east-disk', quantity: 20 },
]
/** Of one of the same name, whose reservation has the same name, too. */
const another = `${machineUid.slice(0, 8)}-ffff-4fff-8fff-ffffffffffff`
const id = { namespace: 'team', name: 'web-1', uid: machineUid }

function stored(uid = machineUid): Reservation {
  return {
    metadata: {
      ...{ namespace: 'team', name: childName, uid: 'uid-1', creationTimestamp: '2026-11-22T10:00:00Z' },
      ...{
        labels: { 'kbnt.io/machine-uid': uid },
        annotations: { 'kbnt.io/machine': 'web-1' },
      },
    },
    spec: { items: [], state: 'Confirmed', waitFor: '24h', priority: 0 },
  }
}

interface Place {
  readonly capacity: ReturnType<typeof resourceCapacity>
  readonly created: Reservation[]
  readonly patched: object[]
  readonly deleted: [namespace: string, name: string, options?: DeleteOptions][]
}

interface PlaceOptions {
  /** What the API server has, or why it does not say. */
  readonly server?: Reservation | Error
  readonly seen?: Reservation
  /** What comes of each write. */
  readonly fault?: Error
}

function aPlace({
  server = new ApiError(404, { kind: 'Status', reason: 'NotFound' }),
  seen,
  fault,
}: PlaceOptions = {}): Place {
  const created: Reservation[] = []
  const deleted: Place['deleted'] = []
  const patched: object[] = []
  const client = {
    async get() {
      if (server instanceof Error) throw server
      return { body: server }
    },
    async create(object: Reservation) {
      created.push(object)
      if (fault) throw fault
      return { body: object }
    },
    mergePatch: async (_namespace: string, _name: string, patch: object) => void patched.push(patch),
    async delete(...given: Place['deleted'][number]) {
      deleted.push(given)
      if (fault) throw fault
    },
  } as unknown as ResourceClient<Reservation>
  const cache = {
    get: (key: string) => (key === `team/${childName}` ? seen : undefined),
    list: () => (seen ? [seen] : []),
    byIndex: () => [],
  }
  return { capacity: resourceCapacity({ marks: machineMarks, client, cache }), created, deleted, patched }
}

describe('resourceCapacity', () => {
  it('asks with a confirmed reservation that bears the uid of its machine and has no owner', async () => {
    const { capacity, created } = aPlace()
    assert.deepEqual(await capacity.ask(machine, lines, 'KubeVirt'), { kind: 'asked' })
    assert.deepEqual(created, [
      {
        apiVersion: 'kbnt.io/v1beta1',
        kind: 'Reservation',
        metadata: {
          ...{ namespace: 'team', name: childName },
          labels: { 'kbnt.io/machine-uid': machineUid },
          annotations: { 'kbnt.io/machine': 'web-1', 'kbnt.io/provider': 'KubeVirt' },
        },
        spec: {
          items: [
            { stockNamespace: '', stock: 'east-cpu', quantity: 2 },
            { stockNamespace: 'capacity', stock: 'east-disk', quantity: 20 },
          ],
          ...{ state: 'Confirmed', waitFor: '10m', priority: 7, note: 'capacity of VirtualMachine web-1' },
          ...{ consumer: 'ana', requestId: 'req-1' },
        },
      },
    ])
  })

  it('names nobody where the machine names nobody, and cuts a note that is too long', async () => {
    const { capacity, created } = aPlace()
    await capacity.ask(aMachine({ name: 'a'.repeat(253) }), lines, 'KubeVirt')
    const { spec } = created[0]!
    assert.deepEqual(['consumer' in spec, 'requestId' in spec, spec.note?.length], [false, false, 256])
  })

  it('finds that it was asked for already', async () => {
    const { capacity } = aPlace({ server: stored(), fault: new ApiError(409, {}) })
    assert.deepEqual(await capacity.ask(machine, lines, 'KubeVirt'), { kind: 'there' })
  })

  it('knows one that has lost its label by its other mark, and one that has neither is not its own', async () => {
    const { metadata, ...rest } = stored()
    const { labels: _, ...unlabelled } = metadata
    const server = { ...rest, metadata: unlabelled }
    const { capacity } = aPlace({ server, seen: server })
    assert.deepEqual([capacity.find(id)?.uid, (await capacity.read(id))?.uid], ['uid-1', 'uid-1'])
    const bare = { ...rest, metadata: { ...unlabelled, annotations: {} } }
    assert.equal(await aPlace({ server: bare }).capacity.read(id), undefined)
    const overwritten = { ...rest, metadata: { ...metadata, labels: { 'kbnt.io/machine-uid': 'zzz' } } }
    assert.equal((await aPlace({ server: overwritten }).capacity.read(id))?.uid, 'uid-1')
  })

  it('knows one without any marks that its status names, and gives that back', async () => {
    const { metadata, ...rest } = stored()
    const bare = { ...rest, metadata: { ...metadata, labels: {}, annotations: {} } }
    const { capacity, deleted } = aPlace({ server: bare, seen: bare })
    const told = { ...id, status: { reservationUID: 'uid-1' } as never }
    assert.deepEqual([capacity.find(told)?.uid, (await capacity.read(told))?.uid], ['uid-1', 'uid-1'])
    await capacity.giveBack(told)
    assert.deepEqual(deleted, [['team', childName, { uid: 'uid-1' }]])
  })

  it('is marked again where marks are missing, or name another provider, and else is left alone', async () => {
    const { metadata, ...rest } = stored()
    const marks = { 'kbnt.io/machine': 'web-1', 'kbnt.io/provider': 'KubeVirt' }
    const whole = { ...metadata, annotations: marks }
    const told = { ...id, status: { reservationUID: 'uid-1' } as never }
    const label = { labels: { 'kbnt.io/machine-uid': machineUid } }
    for (const [before, change] of [
      [whole, undefined],
      [
        { ...whole, labels: {} },
        { ...label, annotations: marks },
      ],
      [
        { ...whole, annotations: { 'kbnt.io/provider': 'KubeVirt' } },
        { ...label, annotations: marks },
      ],
      [
        { ...whole, annotations: { ...marks, 'kbnt.io/provider': 'Simulated' } },
        { annotations: { 'kbnt.io/provider': 'KubeVirt' } },
      ],
    ] as const) {
      const { capacity, patched } = aPlace({ seen: { ...rest, metadata: before } })
      await capacity.keepMarked(told, 'KubeVirt')
      assert.deepEqual(patched, change ? [{ metadata: { uid: 'uid-1', ...change } }] : [])
    }
  })

  it('says so when somebody else has taken the name', async () => {
    const { capacity } = aPlace({ server: stored(another), fault: new ApiError(409, {}) })
    assert.deepEqual(await capacity.ask(machine, lines, 'KubeVirt'), {
      kind: 'taken',
      reason: `reservation team/${childName} exists and is not its own; delete that reservation`,
    })
  })

  it('says why the API server refuses it for good', async () => {
    const message = 'Reservation.kbnt.io "m" is invalid: spec.items: Too many: 17'
    const details = { kind: 'Reservation', name: 'm', causes: [{ field: 'spec.items', message: 'Too many: 17' }] }
    const fault = new ApiError(422, { kind: 'Status', message, details })
    assert.deepEqual(await aPlace({ fault }).capacity.ask(machine, lines, 'KubeVirt'), {
      kind: 'refused',
      reason: message,
    })
  })

  it('throws what nobody knows the outcome of, or what may come through later', async () => {
    const denied = new ApiError(422, { kind: 'Status', message: 'denied by a policy' })
    for (const fault of [denied, new ApiError(500, {}), new ApiError(429, {}), new UnknownOutcomeError('reset', true)])
      await assert.rejects(aPlace({ fault }).capacity.ask(machine, lines, 'KubeVirt'), fault)
  })

  it('finds and reads only what is its own', async () => {
    const own = aPlace({ seen: stored(), server: stored() }).capacity
    assert.equal(own.find(machine)?.name, childName)
    assert.equal((await own.read(machine))?.name, childName)
    const foreign = aPlace({ seen: stored(another), server: stored(another) }).capacity
    assert.deepEqual([foreign.find(machine), await foreign.read(machine)], [undefined, undefined])
    const empty = aPlace().capacity
    assert.deepEqual([empty.find(machine), await empty.read(machine)], [undefined, undefined])
    await assert.rejects(aPlace({ server: new ApiError(500, {}) }).capacity.read(machine), ApiError)
  })

  it('gives back its own, by uid, and nothing else', async () => {
    const own = aPlace({ server: stored() })
    await own.capacity.giveBack(id)
    assert.deepEqual(own.deleted, [['team', childName, { uid: 'uid-1' }]])
    for (const server of [stored(another), new ApiError(404, { kind: 'Status', reason: 'NotFound' })]) {
      const place = aPlace({ server })
      await place.capacity.giveBack(id)
      assert.deepEqual(place.deleted, [])
    }
  })

  it('takes what is gone meanwhile for given back, and throws what is not known', async () => {
    await aPlace({
      server: stored(),
      fault: new ApiError(404, { kind: 'Status', reason: 'NotFound' }),
    }).capacity.giveBack(id)
    for (const status of [409, 500])
      await assert.rejects(
        aPlace({ server: stored(), fault: new ApiError(status, {}) }).capacity.giveBack(id),
        ApiError,
      )
  })

  it('knows whose reservations there are, and passes over those of clients', () => {
    assert.deepEqual([...aPlace({ seen: stored() }).capacity.owners()], [id])
    const { metadata, spec } = stored()
    for (const part of ['labels', 'annotations'] as const) {
      const client = { metadata: { ...metadata, [part]: {} }, spec }
      assert.equal(ownerOf(client, machineMarks), undefined)
      assert.deepEqual([...aPlace({ seen: client }).capacity.owners()], [])
    }
    assert.equal(ownerOf({ metadata: { name: 'order' } }, machineMarks), undefined)
  })
})
