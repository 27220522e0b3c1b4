import assert from 'node:assert/strict'
import type { Resources } from '../../../../../operator/application/resource/resources.ts'
import type { Machine } from '../../../../../operator/domain/machine/machine.ts'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { ResourceClient } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualMachine } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { storedResources } from '../../../../../operator/infrastructure/kubernetes/resources/stored-resources.ts'
import {
  BY_STORAGE,
  machineFromResource,
  storageIndexers,
  storedMachines,
} from '../../../../../operator/infrastructure/kubernetes/resources/virtual-machines.ts'
import { aMachine, aRunningMachine, machineUid } from '../../../../fixtures/machine-builders.ts'

type Metadata = VirtualMachine['metadata']

function aResource(metadata: Metadata = {}, spec: Partial<VirtualMachine['spec']> = {}): VirtualMachine {
  return {
    metadata: {
      ...{ namespace: 'team', name: 'web-1', uid: machineUid, resourceVersion: '1', generation: 1 },
      ...{ creationTimestamp: '2026-11-22T10:00:00Z', finalizers: ['kbnt.io/machine'] },
      ...metadata,
    },
    spec: {
      ...{ cpu: 2, memory: '4Gi', disk: '20Gi', pool: 'east', poolNamespace: '' },
      ...{ runStrategy: 'Always', waitFor: '24h', priority: 0 },
      ...spec,
    },
  }
}

interface Place {
  readonly machines: Resources<Machine>
  /** What the watch shows; undefined = nothing. */
  seen: VirtualMachine | undefined
  /** What the API server answers. */
  answer: VirtualMachine | Error
  readonly sent: unknown[][]
  /** The server's dates, as they were told: the number of the request. */
  readonly dates: (number | undefined)[]
}

function aPlace(): Place {
  const answer = async (verb: string, ...given: unknown[]) => {
    place.sent.push([verb, ...given])
    if (place.answer instanceof Error) throw place.answer
    return { body: place.answer, date: place.sent.length }
  }
  const client = {
    get: (...given: unknown[]) => answer('get', ...given),
    replaceStatus: (...given: unknown[]) => answer('replaceStatus', ...given),
    mergePatch: (...given: unknown[]) => answer('mergePatch', ...given),
  } as unknown as ResourceClient<VirtualMachine>
  const cache = {
    get: (key: string) => (key === 'team/web-1' ? place.seen : undefined),
    list: () => (place.seen ? [place.seen] : []),
  }
  const place: Place = {
    machines: storedResources<VirtualMachine, Machine>({
      kind: storedMachines,
      client,
      cache,
      onServerDate: (date) => void place.dates.push(date),
    }),
    seen: aResource(),
    answer: aResource({ resourceVersion: '2' }),
    ...{ sent: [], dates: [] },
  }
  return place
}

describe('machineFromResource', () => {
  it('knows a machine as it was applied, its pool being in its own namespace where nothing else is said', () => {
    assert.deepEqual(machineFromResource(aResource()), aMachine())
  })

  it('takes over the pool, the network, the deletion and what the annotations say', () => {
    const annotations = { 'kbnt.io/abandon': 'true', 'kbnt.io/simulate': 'crash:2' }
    const deletionTimestamp = '2026-11-22T11:00:00Z'
    const metadata = { annotations, deletionTimestamp, finalizers: ['example.com/other'] }
    const machine = machineFromResource(
      aResource(metadata, { poolNamespace: 'capacity', network: { name: 'bridged' } }),
    )
    assert.deepEqual(
      machine,
      aMachine({
        ...{ abandoned: true, simulatedFaults: 'crash:2', deletingSince: deletionTimestamp },
        ...{ held: false, finalizers: ['example.com/other'] },
        spec: { poolNamespace: 'capacity', network: 'bridged' },
      }),
    )
  })

  it('knows its storages by their names, and is found by them in its own namespace', () => {
    const { disk: _, ...spec } = aResource().spec
    const resource = { ...aResource(), spec: { ...spec, storages: [{ name: 'root' }, { name: 'data' }] } }
    const { storages, disk } = machineFromResource(resource).spec
    assert.deepEqual([storages, disk], [['root', 'data'], undefined])
    assert.deepEqual(storageIndexers[BY_STORAGE](resource), ['team/root', 'team/data'])
    assert.deepEqual(storageIndexers[BY_STORAGE](aResource()), [])
  })

  it('gives nothing up by an annotation that says anything but true', () => {
    assert.equal(machineFromResource(aResource({ annotations: { 'kbnt.io/abandon': 'false' } })).abandoned, false)
  })
})

describe('stored machines', () => {
  const { status } = aRunningMachine()

  it('shows what the watch has brought', () => {
    const place = aPlace()
    assert.deepEqual(place.machines.find('team/web-1'), aMachine())
    assert.deepEqual([...place.machines.all()], [aMachine()])
    assert.equal(place.machines.find('team/web-2'), undefined)
  })

  it('reads from the store, where there may be none', async () => {
    const place = aPlace()
    assert.equal((await place.machines.read('team', 'web-1'))?.resourceVersion, '2')
    place.answer = new ApiError(404, { kind: 'Status', reason: 'NotFound' })
    assert.equal(await place.machines.read('team', 'web-1'), undefined)
    place.answer = new ApiError(500, {})
    await assert.rejects(place.machines.read('team', 'web-1'), ApiError)
  })

  it('tells what the clock of the server says in its answers', async () => {
    const place = aPlace()
    await place.machines.read('team', 'web-1')
    await place.machines.report(aMachine(), status)
    place.answer = new ApiError(409, {})
    await place.machines.hold(aMachine())
    assert.deepEqual(place.dates, [1, 2])
  })

  it('replaces the status of exactly the version that it was made for', async () => {
    const place = aPlace()
    const result = await place.machines.report(aMachine(), status)
    assert.equal(result.kind === 'written' && result.resource.resourceVersion, '2')
    const metadata = { namespace: 'team', name: 'web-1', uid: machineUid, resourceVersion: '1' }
    assert.deepEqual(place.sent, [
      ['replaceStatus', { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualMachine', metadata, status }],
    ])
  })

  it('holds and lets go with its own finalizer, and leaves those of others', async () => {
    const place = aPlace()
    const version = { uid: machineUid, resourceVersion: '1' }
    await place.machines.hold(aMachine({ finalizers: ['example.com/other'] }))
    await place.machines.letGo(aMachine({ finalizers: ['kbnt.io/machine', 'example.com/other'] }))
    const patch = (finalizers: string[]) => ['mergePatch', 'team', 'web-1', { metadata: { ...version, finalizers } }]
    assert.deepEqual(place.sent, [patch(['example.com/other', 'kbnt.io/machine']), patch(['example.com/other'])])
  })

  it('goes on from its own write while the watch shows an older version', async () => {
    const place = aPlace()
    await place.machines.report(aMachine(), status)
    assert.equal(place.machines.find('team/web-1')?.resourceVersion, '2')
    place.seen = aResource({ resourceVersion: '10' })
    assert.equal(place.machines.find('team/web-1')?.resourceVersion, '10')
    place.seen = aResource()
    assert.equal(place.machines.find('team/web-1')?.resourceVersion, '1', 'what the watch has overtaken is forgotten')
  })

  it('shows no write to a machine that is gone, or after which another one of its name came', async () => {
    const place = aPlace()
    await place.machines.report(aMachine(), status)
    place.seen = aResource({ uid: 'the-next-one' })
    assert.equal(place.machines.find('team/web-1')?.uid, 'the-next-one')
    await place.machines.report(aMachine(), status)
    place.seen = undefined
    assert.equal(place.machines.find('team/web-1'), undefined)
  })

  const failures: readonly (readonly [fault: Error, want: object])[] = [
    [new ApiError(409, {}), { kind: 'conflict' }],
    [new ApiError(404, { kind: 'Status', reason: 'NotFound' }), { kind: 'gone' }],
    [
      new ApiError(404, '404 page not found'),
      { kind: 'notApplied', reason: 'HTTP 404: 404 page not found', cause: 'Unknown', retryAfterMs: 1_000 },
    ],
    [new ApiError(413, {}), { kind: 'refused', reason: 'the object is too large' }],
    [new ApiError(429, {}, '3'), { kind: 'notApplied', reason: 'HTTP 429', cause: 'Unknown', retryAfterMs: 3_000 }],
    [new ApiError(403, {}), { kind: 'notApplied', reason: 'HTTP 403', cause: 'Unknown', retryAfterMs: 1_000 }],
    [new ApiError(401, {}), { kind: 'notApplied', reason: 'HTTP 401', cause: 'Unknown', retryAfterMs: 1_000 }],
    [new ApiError(500, {}), { kind: 'unknown', reason: 'HTTP 500', cause: 'InternalError' }],
    [new ApiError(503, {}), { kind: 'unknown', reason: 'HTTP 503', cause: 'InternalError' }],
    [new ApiError(422, {}), { kind: 'notApplied', reason: 'HTTP 422', cause: 'Unknown', retryAfterMs: 1_000 }],
    [new UnknownOutcomeError('reset', true), { kind: 'unknown', reason: 'reset', cause: 'NoAnswer' }],
    [
      new UnknownOutcomeError('refused', false),
      { kind: 'notApplied', reason: 'refused', cause: 'NoAnswer', retryAfterMs: 250 },
    ],
    [new Error('broken'), { kind: 'unknown', reason: 'broken', cause: 'NoAnswer' }],
  ]
  for (const [fault, want] of failures) {
    it(`answers ${JSON.stringify(want)} for ${fault.name} ${fault.message}`, async () => {
      const place = aPlace()
      place.answer = fault
      assert.deepEqual(await place.machines.report(aMachine(), status), want)
      assert.deepEqual(await place.machines.hold(aMachine()), want)
      assert.deepEqual(await place.machines.letGo(aMachine()), want)
      assert.equal(place.machines.find('team/web-1')?.resourceVersion, '1')
    })
  }
})
