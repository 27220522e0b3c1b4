import assert from 'node:assert/strict'
import { kindTerms } from '../../../operator/domain/virtualization/request-types.ts'
import { type CrdCluster, crdCluster } from './crd-cluster.ts'
import { type CrdObjects, crdObjects } from './crd-objects.ts'

const kind = 'VirtualizationRequest'
const asked = {
  messageId: 'm-1',
  messageType: 'CREATE_VIRTUAL_MACHINE',
  payload: { userId: 'ana', specification: { cpu: 2, memory: '4Gi', disk: '40Gi', pool: 'east' } },
}
const resource = { kind: 'VirtualMachine', name: 'web-1', id: 'VM-0909A693', uid: 'uid-1' }
const status = {
  ...{ observedGeneration: 1, phase: 'Accepted', reason: 'WaitingForCapacity', message: 'waits', resource },
  ...{ steps: 2, published: 1, history: [], conditions: [] },
}

describe('VirtualizationRequest on a real API server', () => {
  let cluster: CrdCluster
  let objects: CrdObjects

  before(async function () {
    this.timeout(60_000)
    cluster = await crdCluster()
    objects = await crdObjects(cluster, 'crd-request')
  })
  after(async () => cluster?.stop())

  let created = 0
  const request = async (reported?: object): Promise<string> => {
    created += 1
    const name = `r-${created}`
    await objects.create(kind, name, asked)
    if (reported) await objects.patch(kind, name, { status: reported })
    return name
  }

  it('stores a message as it is: nothing is filled in, so that it stays the same number', async () => {
    const { spec } = await objects.tryCreate(kind, asked)
    assert.deepEqual(spec, asked)
  })

  it('accepts all that a message may say', async () => {
    const whole = {
      ...{ messageId: 'заявка № 7', correlationId: 'order-7', timestamp: '2026-11-23T10:00:00.123+01:00' },
      messageType: 'DELETE_VIRTUAL_MACHINE',
      payload: {
        ...{ virtualResourceId: 'VM_7', resourceType: 'VirtualMachine', userId: 'équipe bleue', priority: -1000 },
        ...{ namespace: 'team', specification: { originalMessageId: 'm-1' } },
      },
      processingHistory: [{ service: 'shop', operation: 'Send', status: 'Succeeded', at: '2026-11-23T10:00:00Z' }],
    }
    assert.deepEqual((await objects.tryCreate(kind, whole)).spec, whole)
  })

  it('stores what is said of a storage and of a network, all of it', async () => {
    const disk = { size: '20Gi', class: 'ssd', iops: 100, reclaim: 'Delete', pool: 'east', waitFor: '1h' }
    const wires = { cidr: 'fd00::/64', vlan: 7, fabric: 'lab', namespaces: ['b', 'a'], provider: 'Simulated' }
    for (const [messageType, specification] of [
      ['CREATE_VIRTUAL_STORAGE', disk],
      ['CREATE_VIRTUAL_NETWORK', wires],
    ] as const) {
      const whole = { ...asked, messageType, payload: { userId: 'ana', specification } }
      assert.deepEqual((await objects.tryCreate(kind, whole)).spec, whole)
    }
  })

  const control = 'write an id without control characters such as line breaks or tabs'
  const step = { service: 'a', operation: 'b', status: 'c', at: '2026-11-23T10:00:00Z' }
  const refused: readonly [what: string, spec: object, sentence: string][] = [
    ['a line break in messageId', { messageId: 'a\nb' }, `spec.messageId: Invalid value: "a\\nb": ${control}`],
    [
      'a type in small letters',
      { messageType: 'create' },
      'spec.messageType: Invalid value: "create": write a type in capital letters, digits and _, such as CREATE_VIRTUAL_MACHINE',
    ],
    ['a payload without a user', { payload: { specification: {} } }, 'spec.payload.userId: Required value'],
    ['a payload without a specification', { payload: { userId: 'ana' } }, 'spec.payload.specification: Required value'],
    [
      'a priority out of range',
      { payload: { ...asked.payload, priority: 1001 } },
      'spec.payload.priority: Invalid value: 1001: spec.payload.priority in body should be less than or equal to 1000',
    ],
    [
      'a history that leaves no room',
      { processingHistory: Array.from({ length: 9 }, () => step) },
      'spec.processingHistory: Too many: 9: must have at most 8 items',
    ],
  ]
  for (const [what, spec, sentence] of refused)
    it(`refuses ${what} with one sentence`, async () => {
      const [first] = await objects.refusedCreate(kind, { ...asked, ...spec })
      assert.equal(first, sentence)
    })

  const fixed = "spec: Forbidden: a request can't be changed; send another one with a messageId of its own"
  const changes: readonly [what: string, spec: object][] = [
    ['another type', { messageType: 'DELETE_VIRTUAL_MACHINE' }],
    ['a larger machine', { payload: { specification: { cpu: 3 } } }],
    ['one thing more', { payload: { specification: { image: 'fedora' } } }],
    ['one thing less', { payload: { specification: { disk: null } } }],
    ['another id', { messageId: 'm-2' }],
  ]
  for (const [what, spec] of changes)
    it(`refuses ${what} once it is there`, async () => {
      assert.deepEqual(await objects.refusedPatch(kind, await request(), { spec }), [fixed])
    })

  const told: readonly [what: string, before: object, change: object, sentence: string][] = [
    ['another phase after the end', { phase: 'Failed' }, { phase: 'Working' }, 'this request is over'],
    ['another resource', {}, { resource: { uid: 'uid-2' } }, 'resource never changes'],
    ['no resource any more', {}, { resource: null }, 'resource never changes'],
    ['fewer steps', {}, { steps: 1 }, 'steps never falls'],
    ['less that was published', {}, { published: 0 }, 'published never falls'],
    ['more published than there is', {}, { published: 3 }, 'published must not be above steps'],
    ['a reason that nobody knows', {}, { reason: 'Whim' }, 'Unsupported value: "Whim"'],
  ]
  for (const [what, before, change, sentence] of told)
    it(`refuses a status that says ${what}`, async () => {
      const name = await request({ ...status, ...before })
      const [first = ''] = await objects.refusedPatch(kind, name, { status: change })
      assert.ok(first.includes(sentence), first)
    })

  it('keeps its status once there is one', async () => {
    const name = await request(status)
    const [first = ''] = await objects.refusedPatch(kind, name, { status: null })
    assert.match(first, /status says what became of the request and can't be removed/)
  })

  it('shows in one line what became of it, and is selected by message, user and phase', async () => {
    const name = await request({ ...status, queuePosition: 4 })
    const table = await objects.done(['get', 'vreq', name])
    assert.match(table, /^NAME\s+TYPE\s+RESOURCE\s+PHASE\s+REASON\s+POSITION\s+ESTIMATE\s+AGE/)
    assert.match(table, /CREATE_VIRTUAL_MACHINE\s+web-1\s+Accepted\s+WaitingForCapacity\s+4/)
    for (const selector of ['spec.messageId=m-1', 'spec.payload.userId=ana', 'status.phase=Accepted'])
      assert.match(await objects.done(['get', 'vreq', '-o', 'name', '--field-selector', selector]), new RegExp(name))
  })

  it('says of each kind all that its own schema lets people say', async () => {
    const openApi = JSON.parse(await objects.done(['get', '--raw', '/openapi/v3/apis/kbnt.io/v1beta1']))
    const specOf = (of: string) => openApi.components.schemas[`io.kbnt.v1beta1.${of}`].properties.spec.properties
    const own = ['owner', 'priority', 'requestId', 'storages'] // a message asks for a machine with a disk of its own
    const all = Object.entries(kindTerms).flatMap(([of, { needed, optional }]) => {
      const fields = Object.keys(specOf(of)).filter((field) => !own.includes(field))
      assert.deepEqual([...needed, ...optional].sort(), fields.sort(), of)
      return fields
    })
    const ofRequest = Object.keys(specOf(kind).payload.properties.specification.properties)
    assert.deepEqual(ofRequest.sort(), [...new Set([...all, 'originalMessageId', 'uid'])].sort())
  })
})
