import assert from 'node:assert/strict'
import { conditionsOf, type MachineSite, machineSite } from '../../fixtures/machine-site.ts'

describe('the operator with machines', () => {
  let site: MachineSite

  before(async function () {
    this.timeout(90_000)
    site = await machineSite('operator-machines', { simulated: { bootDelay: '200ms', network: '10.20.0.0/16' } })
  })
  after(() => site?.close())

  it('reserves, provisions and runs a machine, tells of each step, and gives everything back', async () => {
    await site.create('web', { cpu: 2, memory: '1536Mi', disk: '10Gi', owner: 'ana', requestId: 'req-1' })
    const machine = await site.untilPhase('web', 'Running')
    const { status, metadata } = machine
    assert.match(status?.endpoints?.[0]?.address ?? '', /^10\.20\./)
    assert.equal(status?.machineId, `VM-${metadata.uid?.slice(0, 8).toUpperCase()}`)
    assert.equal(status.bootTimeSeconds, 0.2)
    assert.deepEqual(status.cost, [{ hourly: '0.14', currency: 'USD' }])
    assert.deepEqual(conditionsOf(machine), {
      CapacityReserved: 'True Reserved',
      Provisioned: 'True Provisioned',
      Running: 'True Running',
      Ready: 'True Running',
    })
    assert.deepEqual(
      status.history.map(({ operation }) => operation),
      ['Request', 'Reserve', 'Provision', 'Run'],
    )
    const reservation = site.reservations.latest(site.keyOf(status.reservation ?? ''))
    assert.equal(reservation?.status?.summary, 'east-cpu×2, east-disk×10, east-memory×2')
    assert.equal(reservation.metadata.ownerReferences, undefined)
    await site.untilCpuInUse(2)

    await site.remove('web')
    await site.untilCpuInUse(0)
    const told = site.operator.events().filter(({ headers }) => headers['ce_id']?.startsWith(metadata.uid ?? '-'))
    const routed = told.filter(({ topic }) => topic === 'virtualization-events')
    const verbs = ['requested', 'reserved', 'provisioned', 'running', 'stopped', 'deleted']
    assert.deepEqual(
      routed.map(({ headers }) => headers['ce_type']),
      verbs.map((verb) => `io.kbnt.machine.${verb}.v1`),
    )
    assert.deepEqual(
      routed.map(({ headers }) => Number(headers['ce_sequence'])),
      [1, 2, 3, 4, 5, 6],
    )
    assert.equal(routed[0]?.headers['ce_correlationid'], 'req-1')
    assert.equal(routed[0]?.key, site.keyOf('web'))
  })

  it('has a machine wait its turn when the pool is short, and says for what', async () => {
    await site.create('first', { cpu: 6 })
    await site.untilPhase('first', 'Running')
    await site.create('second', { cpu: 4 })
    const { status } = await site.untilPhase('second', 'Reserving', 'WaitingForCapacity')
    assert.match(status?.message ?? '', /^waiting for .*2 of east-cpu/)
    await site.remove('first')
    await site.untilPhase('second', 'Running')
    await site.remove('second')
  })

  it('says at once when the whole pool is too small', async () => {
    await site.create('giant', { cpu: 9 })
    const { status } = await site.untilPhase('giant', 'Failed', 'NeverFits')
    assert.match(status?.message ?? '', /east-cpu/)
    await site.remove('giant')
  })

  it('brings a machine back that crashed, and leaves one off whose guest has shut down', async () => {
    await site.create('crashing', { runStrategy: 'RerunOnFailure' }, 'crash')
    const { status } = await site.machines.until(
      site.keyOf('crashing'),
      (machine) => machine?.status?.phase === 'Running' && machine.status.restarts === 1,
    )
    assert.ok(
      status?.history.some(
        ({ operation, message }) => operation === 'Stop' && message === 'it crashed and starts again',
      ),
    )
    await site.create('leaving', { runStrategy: 'RerunOnFailure' }, 'shutdown')
    await site.untilPhase('leaving', 'Stopped', 'ShutDown')
    await site.untilCpuInUse(2)
    await site.remove('crashing', 'leaving')
  })

  it('stops a machine that is to be halted, keeps its capacity, and starts it again', async () => {
    await site.create('sleepy', { cpu: 3 })
    await site.untilPhase('sleepy', 'Running')
    await site.patch('sleepy', { spec: { runStrategy: 'Halted' } })
    const stopped = await site.untilPhase('sleepy', 'Stopped', 'Halted')
    assert.equal(stopped.status?.endpoints, undefined)
    assert.equal(conditionsOf(stopped)['CapacityReserved'], 'True Reserved')
    await site.untilCpuInUse(3)
    await site.patch('sleepy', { spec: { runStrategy: 'Always' } })
    await site.untilPhase('sleepy', 'Running')
    await site.remove('sleepy')
  })

  it('shows machines in numbers', async () => {
    await site.create('counted')
    await site.untilPhase('counted', 'Running')
    const text = await site.operator.metrics()
    assert.match(text, /kbnt_virtual_resources_active\{resource_type="VirtualMachine"\} 1/)
    assert.match(
      text,
      /kbnt_virtual_resources_created_total\{type="VirtualMachine",status="success",region="east"\} [1-9]/,
    )
    assert.match(
      text,
      /kbnt_virtual_resources_created_total\{type="VirtualMachine",status="failed",region="east"\} [1-9]/,
    )
    assert.match(text, /kbnt_resource_cost_total\{currency="USD"\} [0-9.e-]*[1-9]/)
    assert.match(text, /kbnt_vm_boot_time_seconds_count [1-9]/)
    await site.remove('counted')
  })
})
