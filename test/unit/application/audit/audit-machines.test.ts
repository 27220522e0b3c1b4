import assert from 'node:assert/strict'
import {
  auditCapacity,
  auditMachines,
  type MachineReservation,
} from '../../../../operator/application/audit/audit-machines.ts'
import type { Machine, MachineStatus, Operation } from '../../../../operator/domain/machine/machine.ts'
import type { Phase, ReservationStatus } from '../../../../operator/domain/reservation/reservation.ts'
import { afterTen, aReservation, tenOClock } from '../../../fixtures/builders.ts'

const hour = tenOClock + 3_600_000

function condition(
  type: MachineStatus['conditions'][number]['type'],
  is: boolean,
): MachineStatus['conditions'][number] {
  const status = is ? 'True' : 'False'
  return { type, status, reason: 'x', message: '', lastTransitionTime: afterTen(0), observedGeneration: 1 }
}

/** What it says of its capacity and of its provider. */
function says(reserved: boolean, provisioned: boolean): Pick<MachineStatus, 'conditions'> {
  return { conditions: [condition('CapacityReserved', reserved), condition('Provisioned', provisioned)] }
}

const step = (operation: Operation, second = 0) =>
  ({ at: afterTen(second), operation, status: 'Succeeded', message: '' }) as const

/** Running since ten on 4 vCPU, 8 GiB and 40 GiB; all of its steps are published. */
function aMachine(status: Partial<MachineStatus> = {}, particular: Partial<Machine> = {}): Machine {
  return {
    ...{
      namespace: 'machines',
      name: 'web',
      uid: 'uid-web',
      resourceVersion: '1',
      generation: 1,
      createdAt: tenOClock,
    },
    ...{ held: true, finalizers: ['kbnt.io/machine'], abandoned: false },
    spec: {
      ...{ cpu: 4, memory: '7500Mi', disk: '40Gi', pool: 'east', poolNamespace: 'machines' },
      ...{ runStrategy: 'Always', waitFor: '24h', priority: 0 },
    },
    status: {
      ...{ observedGeneration: 1, phase: 'Running', reason: 'Running', message: '', machineId: 'VM-1' },
      ...{ provider: 'Simulated', reservation: 'web-1', steps: 2, published: 2 },
      history: [step('Request'), step('Reserve')],
      ...says(true, true),
      ...status,
    },
    ...particular,
  }
}

function capacity(phase: Phase | undefined, particular: Partial<MachineReservation> = {}, units = [4, 40, 8]) {
  const items = units.map((quantity, line) => ({
    ...{ stockNamespace: 'machines', stock: `stock-${line}`, stockUID: `uid-${line}`, quantity, sequence: 1 },
  }))
  const status = phase && {
    ...{ phase, reason: 'Confirmed', message: '', summary: '', stock: '', items, conditions: [] },
    ...(phase === 'Confirmed' && { confirmedAt: afterTen(0) }),
  }
  return {
    ...aReservation({ namespace: 'machines', name: 'web-1', ...(status && { status: status as ReservationStatus }) }),
    machineUid: 'uid-web',
    ...particular,
  }
}

function judged(machine: Machine, machineReservations: readonly MachineReservation[], now = hour) {
  const [books] = auditMachines({ machines: [machine], machineUids: new Set(['uid-web']), machineReservations, now })
  assert.ok(books)
  return { ...books, messages: books.findings.map(({ message }) => message) }
}

const messages = (...of: Parameters<typeof judged>) => judged(...of).messages
const unfinished = (...of: Parameters<typeof judged>) => judged(...of).unfinished

describe('auditMachines', () => {
  it('finds nothing where a machine runs on a reservation of its own', () => {
    const { findings, holds, unfinished: left } = judged(aMachine(), [capacity('Confirmed')])
    assert.deepEqual([findings, holds, left], [[], true, 0])
  })

  it('finds nothing where a machine waits for its capacity, or was refused it', () => {
    const waiting = aMachine({ phase: 'Reserving', reason: 'WaitingForCapacity', ...says(false, false) })
    assert.deepEqual(judged(waiting, [capacity('Waiting')]).findings, [])
    assert.equal(judged(waiting, [capacity('Waiting')]).holds, false)
    const refused = aMachine({ phase: 'Failed', reason: 'NeverFits', ...says(false, false) })
    assert.deepEqual([messages(refused, [capacity('Rejected')]), unfinished(refused, [capacity('Rejected')])], [[], 0])
  })

  for (const phase of ['Running', 'Provisioning', 'Stopped'] as const)
    it(`finds a machine that is ${phase} without capacity`, () => {
      const without = 'without capacity: no reservation of its own is Confirmed'
      assert.deepEqual(messages(aMachine({ phase }), []), [`is ${phase} ${without}, it has none`])
      assert.deepEqual(messages(aMachine({ phase }), [capacity('Reserved')]), [
        `is ${phase} ${without}, web-1 is Reserved`,
      ])
      assert.deepEqual(messages(aMachine({ phase }), [capacity('Released')]), [`is ${phase} ${without}, it has none`])
      assert.deepEqual(messages(aMachine({ phase, ...says(false, false) }), []).length, 1)
    })

  it('finds what a provider has without capacity in any phase', () => {
    const blocked = aMachine({ phase: 'Pending', reason: 'ProviderUnavailable', ...says(false, true) })
    assert.match(messages(blocked, []).join(), /^is Pending without capacity/)
  })

  it('takes no reservation for its own that is of another machine, in another namespace, or being deleted', () => {
    const others = [{ machineUid: 'uid-other' }, { namespace: 'elsewhere' }, { deleting: true }]
    for (const other of others) assert.equal(messages(aMachine(), [capacity('Confirmed', other)]).length, 1)
  })

  it('finds a condition that claims capacity which is not there', () => {
    const claims = aMachine({ phase: 'Reserving', ...says(true, false) })
    assert.deepEqual(messages(claims, [capacity('Waiting')]), [
      'says CapacityReserved, but no reservation of its own is Confirmed, web-1 is Waiting',
    ])
  })

  it('finds a condition that does not know of capacity, once it had time to', () => {
    const unaware = aMachine({ phase: 'Reserving', ...says(false, false) })
    const soon = tenOClock + 20_000
    assert.deepEqual(
      [messages(unaware, [capacity('Confirmed')], soon), unfinished(unaware, [capacity('Confirmed')])],
      [[], 1],
    )
    assert.deepEqual(messages(unaware, [capacity('Confirmed')]), [
      `does not say CapacityReserved, though its reservation web-1 is Confirmed since ${afterTen(0)}`,
    ])
  })

  it('finds a second reservation', () => {
    assert.deepEqual(messages(aMachine(), [capacity('Confirmed'), capacity('Waiting', { name: 'web-2' })]), [
      'has 2 reservations: web-1, web-2; it needs one',
    ])
    assert.deepEqual(messages(aMachine(), [capacity('Confirmed'), capacity('Expired', { name: 'web-2' })]), [])
  })

  it('finds a reservation of another size', () => {
    assert.deepEqual(messages(aMachine(), [capacity('Confirmed', {}, [4, 40, 7])]), [
      'needs 4, 8, 40 of its pool, but its reservation web-1 holds 4, 40, 7',
    ])
  })

  it('expects no disk of one on storages', () => {
    const { spec, ...machine } = aMachine()
    const { disk: _, ...diskless } = spec
    const onStorages = { ...machine, spec: { ...diskless, storages: ['data'] } }
    assert.deepEqual(messages(onStorages, [capacity('Confirmed', {}, [8, 4])]), [])
    assert.deepEqual(messages(onStorages, [capacity('Confirmed')]), [
      'needs 4, 8 of its pool, but its reservation web-1 holds 4, 40, 8',
    ])
  })

  it('finds a failed machine that keeps its capacity for minutes', () => {
    const failed = aMachine({ phase: 'Failed', reason: 'ProviderFailed', ...says(true, false) })
    assert.deepEqual(messages(failed, [capacity('Confirmed')], tenOClock + 60_000), [])
    assert.equal(unfinished(failed, [capacity('Confirmed')]), 1)
    assert.match(messages(failed, [capacity('Confirmed')]).join(), /^has failed, and its reservation web-1 still has/)
  })

  it('lets a machine that has lost its capacity be kept for its disk, deleted or not', () => {
    const history = [step('Reserve'), step('Fail')]
    const lost = aMachine({ phase: 'Failed', reason: 'CapacityLost', history, ...says(false, true) })
    assert.deepEqual([messages(lost, []), unfinished(lost, [])], [[], 0])
    const leaving = { ...lost, deletingSince: afterTen(60) }
    assert.deepEqual([messages(leaving, []), unfinished(leaving, [])], [[], 1])
  })

  it('finds capacity that was given back before the provider of a deleted machine has let go', () => {
    const deleted = { deletingSince: afterTen(0) }
    assert.deepEqual(messages(aMachine({}, deleted), []), []) // just given back, not yet told
    assert.deepEqual(messages(aMachine({ phase: 'Deleting', ...says(false, true) }, deleted), []), [
      'is being deleted, its provider still has it, and its capacity was given back before',
    ])
  })

  it('counts unpublished steps as unfinished, and finds them when they stay so', () => {
    const behind = aMachine({ steps: 2, published: 0 })
    assert.equal(unfinished(behind, [capacity('Confirmed')]), 2)
    assert.deepEqual(messages(behind, [capacity('Confirmed')], tenOClock + 60_000), [])
    assert.deepEqual(messages(behind, [capacity('Confirmed')]), [
      `step 1 of ${afterTen(0)} is not published; 2 steps wait`,
    ])
    const booting = aMachine({ phase: 'Provisioning', reason: 'Starting', steps: 2, published: 0 })
    assert.deepEqual(messages(booting, [capacity('Confirmed')]), [])
  })

  it('counts a machine that nobody has looked at as unfinished', () => {
    const { status: _, ...isNew } = aMachine()
    assert.deepEqual([messages(isNew, []), unfinished(isNew, [])], [[], 1])
  })
})

describe('auditCapacity', () => {
  const found = (machineReservations: readonly MachineReservation[], uids: string[] = []) =>
    auditCapacity({ machineReservations, machineUids: new Set(uids) }).map(
      ({ about, message }) => `${about} ${message}`,
    )

  it('finds capacity that is held or asked for by nobody', () => {
    assert.deepEqual(found([capacity('Confirmed'), capacity(undefined)]), [
      'machines/web-1 is Confirmed for a machine (uid uid-web) that does not exist',
      'machines/web-1 is not decided for a machine (uid uid-web) that does not exist',
    ])
  })

  it('leaves alone what has its machine, and what is over', () => {
    assert.deepEqual(found([capacity('Confirmed')], ['uid-web']), [])
    assert.deepEqual(found([capacity('Released'), capacity('Confirmed', { deleting: true })]), [])
  })
})
