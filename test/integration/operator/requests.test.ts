import assert from 'node:assert/strict'
import type { VirtualizationRequest } from '../../../operator/infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { type MachineSite, machineSite } from '../../fixtures/machine-site.ts'
import { createRequest, small, untilRequest } from '../../fixtures/requests.ts'

const namespace = 'operator-requests'

describe('the operator with requests', () => {
  let site: MachineSite

  before(async function () {
    this.timeout(90_000)
    site = await machineSite(namespace, { simulated: { bootDelay: '300ms', network: '10.21.0.0/16' } })
  })
  after(() => site?.close())

  const request = (name: string, payload?: object, spec?: object) =>
    createRequest(site, { namespace, name }, payload, spec)
  const until = (name: string, phase: string, reason?: string): Promise<VirtualizationRequest> =>
    untilRequest(site, site.keyOf(name), [phase, reason])
  const conditionsOf = ({ status }: VirtualizationRequest) =>
    Object.fromEntries((status?.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]))
  const machineNamed = async (name: string) => (await site.clients.machines.get(namespace, name)).body

  it('makes the machine that a message asks for, and says all that became of it', async () => {
    const at = '2026-11-23T10:00:00Z'
    const earlier = { service: 'shop', operation: 'Send', status: 'Succeeded', at }
    await request(
      'web',
      { virtualResourceId: 'WEB_01', priority: 7, specification: { ...small, cpu: 2 } },
      { correlationId: 'order-7', processingHistory: [earlier] },
    )
    const done = await until('web', 'Completed')
    const { status, metadata } = done
    const machine = await machineNamed('web-01')
    const { cpu, owner, priority, requestId } = machine.spec
    assert.deepEqual({ cpu, owner, priority, requestId }, { cpu: 2, owner: 'ana', priority: 7, requestId: 'order-7' })
    assert.deepEqual(status?.resource, {
      ...{ kind: 'VirtualMachine', name: 'web-01', id: machine.status?.machineId, uid: machine.metadata.uid },
    })
    assert.equal(machine.metadata.ownerReferences, undefined)
    assert.deepEqual(status?.endpoints, machine.status?.endpoints)
    assert.deepEqual(
      status?.history.map(({ service, operation }) => `${service} ${operation}`),
      ['shop Send', 'kbnt-operator Request', 'kbnt-operator Complete'],
    )
    assert.deepEqual(conditionsOf(done), {
      ...{ Accepted: 'True Running', Hindered: 'False Running' },
      ...{ Completed: 'True Running', Finished: 'True Running' },
    })
    assert.ok((status?.startedAt ?? '') <= (status?.completedAt ?? ''))
    await site.requests.until(site.keyOf('web'), (one) => one?.status?.published === 2)
    const told = site.operator.events().filter(({ headers }) => headers['ce_id']?.startsWith(metadata.uid ?? '-'))
    const routed = told.filter(({ topic }) => topic === 'virtualization-events')
    assert.deepEqual(
      routed.map(({ headers, value }) => [headers['ce_type'], value['correlationId'], value['originalMessageId']]),
      ['requested', 'completed'].map((verb) => [`io.kbnt.virtualization.${verb}.v1`, 'order-7', 'm-web']),
    )
    await site.remove('web-01')
  })

  it('says the place in line of one that waits for capacity, and goes on when it is its turn', async () => {
    await request('big', { specification: { ...small, cpu: 6 } })
    const { status: first } = await until('big', 'Completed')
    await request('next', { specification: { ...small, cpu: 6 } })
    const { status } = await site.requests.until(site.keyOf('next'), (one) => one?.status?.queuePosition === 1)
    assert.deepEqual([status?.phase, status?.reason], ['Accepted', 'WaitingForCapacity'])
    await request(
      'big-ends',
      { specification: { uid: first?.resource?.uid } },
      { messageType: 'DELETE_VIRTUAL_MACHINE' },
    )
    const { status: ended } = await until('big-ends', 'Completed', 'Removed')
    assert.deepEqual(ended?.resource, first?.resource)
    const { status: last } = await until('next', 'Completed')
    assert.equal(last?.queuePosition, undefined)
    assert.equal(
      (await until('big', 'Completed')).status?.completedAt,
      first?.completedAt,
      'what is over stays as it is',
    )
    await site.remove(last?.resource?.name ?? '')
  })

  it('fails with the reason of its machine when the pool is too small', async () => {
    await request('giant', { specification: { ...small, cpu: 99 } })
    const { status } = await until('giant', 'Failed', 'NeverFits')
    assert.match(status?.message ?? '', /east-cpu/)
    assert.equal(status?.resource?.kind, 'VirtualMachine')
    await site.requests.until(site.keyOf('giant'), (one) => one?.status?.published === 2)
  })

  const refusals: readonly [what: string, reason: string, payload: object, spec?: object][] = [
    ['a type that nothing is done for', 'TypeNotServed', {}, { messageType: 'CREATE_VIRTUAL_DOOR' }],
    [
      'a storage that has the fields of a machine',
      'InvalidSpecification',
      {},
      { messageType: 'CREATE_VIRTUAL_STORAGE' },
    ],
    ['a machine with the iops of a storage', 'InvalidSpecification', { specification: { ...small, iops: 9 } }],
    [
      ...['what the schema of networks refuses', 'InvalidSpecification'],
      ...[{ specification: { cidr: '10.0.0.0/30', vlan: 7 } }, { messageType: 'CREATE_VIRTUAL_NETWORK' }],
    ] as never,
    ['a machine without a disk', 'InvalidSpecification', { specification: { cpu: 1, memory: '1Gi', pool: 'east' } }],
    ['what the schema of machines refuses', 'InvalidSpecification', { specification: { ...small, memory: '8GB' } }],
    ['what is meant for another namespace', 'WrongNamespace', { namespace: 'kube-system' }],
    ['an end without a target', 'InvalidSpecification', {}, { messageType: 'DELETE_VIRTUAL_MACHINE' }],
  ]
  for (const [index, [what, reason, payload, spec]] of refusals.entries())
    it(`refuses ${what}`, async () => {
      await request(`refused-${index}`, payload, spec)
      const { status } = await until(`refused-${index}`, 'Failed', reason)
      assert.equal(status?.resource, undefined)
    })

  it("leaves somebody else's machine alone that has the name", async () => {
    const own = await site.create('taken')
    await request('late', { virtualResourceId: 'taken' })
    const { status } = await until('late', 'Failed', 'NameTaken')
    assert.equal(status?.resource, undefined)
    assert.equal((await machineNamed('taken')).metadata.uid, own.metadata.uid)
    await site.remove('taken')
  })

  it('does not make a machine again that somebody has deleted', async () => {
    await request('halted', { virtualResourceId: 'lost', specification: { ...small, pool: 'nowhere' } })
    await until('halted', 'Accepted', 'PoolMissing')
    await site.remove('lost')
    await until('halted', 'Failed', 'ResourceGone')
    await assert.rejects(machineNamed('lost'), /not found/)
  })

  it('ends nothing when a request is deleted', async () => {
    await request('short', { virtualResourceId: 'stays' })
    await until('short', 'Completed')
    await site.clients.requests.delete(namespace, 'short')
    await request('same', { virtualResourceId: 'stays' })
    await until('same', 'Failed', 'NameTaken')
    assert.equal((await machineNamed('stays')).metadata.deletionTimestamp, undefined)
    await site.remove('stays')
  })

  it('goes on where it was after a restart: one machine, and its end by the id of its message', async function () {
    this.timeout(120_000)
    await request('slow', { specification: { ...small, cpu: 7 } })
    await until('slow', 'Completed')
    await request('second', { specification: { ...small, cpu: 7 } })
    await until('second', 'Accepted', 'WaitingForCapacity')
    await site.operator.kill()
    const end = { messageType: 'DELETE_VIRTUAL_MACHINE' }
    await request('slow-ends', { specification: { originalMessageId: 'm-slow' } }, end)
    await request('nobody-ends', { specification: { originalMessageId: 'm-of-nobody' } }, end)
    await site.operator.start()
    await until('slow-ends', 'Completed', 'Removed')
    const { status } = await until('second', 'Completed')
    const { status: waiting } = await until('nobody-ends', 'Queued', 'WaitingForTarget')
    assert.match(waiting?.message ?? '', /no VirtualMachine that was made for message m-of-nobody/)
    const made = (await site.clients.machines.list({ namespace })).items.filter(
      ({ metadata }) => metadata.annotations?.['kbnt.io/message-id'] === 'm-second',
    )
    assert.deepEqual(
      made.map(({ metadata }) => metadata.uid),
      [status?.resource?.uid],
    )
  })

  it('has a storage made that is Allocated, and takes it away by the message that it was made for', async () => {
    const disk = { size: '10Gi', pool: 'east', provider: 'Simulated' }
    const payload = { virtualResourceId: 'DATA_1', priority: 3, specification: disk }
    await request('disk', payload, { messageType: 'CREATE_VIRTUAL_STORAGE', correlationId: 'order-8' })
    const { status } = await until('disk', 'Completed', 'Allocated')
    const { spec, metadata } = (await site.clients.storages.get(namespace, 'data-1')).body
    assert.deepEqual(
      [spec.owner, spec.priority, spec.requestId, spec.class, spec.reclaim, metadata.ownerReferences],
      ['ana', 3, 'order-8', 'standard', 'Retain', undefined],
    )
    assert.deepEqual([status?.resource?.kind, status?.resource?.uid], ['VirtualStorage', metadata.uid])
    const of = { specification: { originalMessageId: 'm-disk' } }
    await request('no-net', of, { messageType: 'DELETE_VIRTUAL_NETWORK' })
    const { status: other } = await until('no-net', 'Failed', 'ResourceNotFound')
    assert.match(other?.message ?? '', /has asked for a VirtualStorage.*send DELETE_VIRTUAL_STORAGE$/)
    await request('no-disk', of, { messageType: 'DELETE_VIRTUAL_STORAGE' })
    await until('no-disk', 'Completed', 'Removed')
    await assert.rejects(site.clients.storages.get(namespace, 'data-1'), /not found/)
  })

  it('says where a storage stands in line, and makes it when it is its turn', async () => {
    const half = { size: '150Gi', pool: 'east', provider: 'Simulated' }
    const type = { messageType: 'CREATE_VIRTUAL_STORAGE' }
    await request('half', { specification: half }, type)
    await until('half', 'Completed')
    await request('other-half', { specification: half }, type)
    await site.requests.until(site.keyOf('other-half'), (one) => one?.status?.queuePosition === 1)
    const ends = { messageType: 'DELETE_VIRTUAL_STORAGE' }
    await request('half-ends', { specification: { originalMessageId: 'm-half' } }, ends)
    await until('other-half', 'Completed', 'Allocated')
    await request('other-half-ends', { specification: { originalMessageId: 'm-other-half' } }, ends)
    await until('other-half-ends', 'Completed', 'Removed')
  })

  it('has a network made that is Active, and says of a second one whose its vlan is until that is free', async () => {
    const wires = { cidr: '10.121.0.0/24', vlan: 1_121, provider: 'Simulated' }
    const type = { messageType: 'CREATE_VIRTUAL_NETWORK' }
    await request('wires', { virtualResourceId: 'lan', specification: wires }, type)
    const { status } = await until('wires', 'Completed', 'Active')
    assert.equal(status?.resource?.id, (await site.clients.networks.get(namespace, 'lan')).body.status?.networkId)
    await request('same-vlan', { virtualResourceId: 'wan', specification: { ...wires, cidr: '10.122.0.0/24' } }, type)
    const hindered = await until('same-vlan', 'Accepted', 'VlanTaken')
    assert.equal(conditionsOf(hindered)['Hindered'], 'True VlanTaken')
    assert.match(hindered.status?.message ?? '', new RegExp(`vlan 1121 .* of network ${namespace}/lan`))
    const ends = { messageType: 'DELETE_VIRTUAL_NETWORK' }
    await request('wires-end', { specification: { uid: status?.resource?.uid } }, ends)
    await until('wires-end', 'Completed', 'Removed')
    await until('same-vlan', 'Completed', 'Active')
    await request('same-vlan-ends', { specification: { originalMessageId: 'm-same-vlan' } }, ends)
    await until('same-vlan-ends', 'Completed', 'Removed')
  })

  it('counts them', async () => {
    const text = await site.operator.metrics()
    const counted = (type: string, status: string) =>
      new RegExp(`^kbnt_virtualization_requests_total\\{type="${type}",status="${status}"\\} [1-9]`, 'm')
    assert.match(text, counted('CREATE_VIRTUAL_MACHINE', 'completed'))
    assert.match(text, counted('DELETE_VIRTUAL_MACHINE', 'completed'))
    assert.match(text, counted('CREATE_VIRTUAL_NETWORK', 'completed'))
    assert.match(text, counted('DELETE_VIRTUAL_STORAGE', 'completed'))
    assert.match(text, /^kbnt_request_processing_duration_seconds_count [1-9]/m)
  })
})
