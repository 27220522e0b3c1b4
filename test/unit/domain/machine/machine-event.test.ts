import assert from 'node:assert/strict'
import { machineEventFrom } from '../../../../operator/domain/event/machine-event.ts'
import type { Operation, Step } from '../../../../operator/domain/machine/machine.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { aMachine, aRunningMachine, machineUid } from '../../../fixtures/machine-builders.ts'

const context = { cluster: 'eu-1', number: 4, term: 7 }

describe('machineEventFrom', () => {
  it('says everything of a step, as a CloudEvent in binary mode', () => {
    const machine = aRunningMachine({ spec: { owner: 'ana', requestId: 'req-1', poolNamespace: 'capacity' } })
    const { value, ...record } = machineEventFrom(machine, context)
    assert.deepEqual(record, {
      ...{ id: `${machineUid}-4`, type: 'io.kbnt.machine.running.v1', sequence: 4, key: 'team/web-1' },
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: `${machineUid}-4`,
        ce_source: '/kbnt.io/eu-1/team/vmachines/web-1',
        ce_type: 'io.kbnt.machine.running.v1',
        ce_time: afterTen(2),
        ce_dataschema: 'https://kbnt.io/events/io.kbnt.machine.running.v1.schema.json',
        ce_subject: 'web-1',
        ce_correlationid: 'req-1',
        ce_sequence: '0000000000000004',
        ce_term: '7',
      },
      timestampMs: Date.parse(afterTen(2)),
    })
    assert.deepEqual(JSON.parse(value), {
      eventId: `${machineUid}-4`,
      eventType: 'MACHINE_RUNNING',
      timestamp: afterTen(2),
      service: 'kbnt-operator',
      domain: 'virtualization',
      operation: 'RUN',
      status: 'SUCCEEDED',
      message: 'running at 10.10.1.45, up after 0.0 s',
      machine: {
        ...{ namespace: 'team', name: 'web-1', uid: machineUid, machineId: 'VM-0909A693' },
        ...{ pool: 'east', poolNamespace: 'capacity', provider: 'Simulated', owner: 'ana' },
      },
      resources: { cpu: 2, memory: '4Gi', disk: '20Gi' },
      sequence: 4,
      previousSequence: 3,
      correlationId: 'req-1',
    })
  })

  it('says nothing of whom nobody has named', () => {
    const { headers, value } = machineEventFrom(aRunningMachine(), context)
    const { machine, correlationId } = JSON.parse(value)
    assert.deepEqual([machine.owner, correlationId, 'ce_correlationid' in headers], [null, null, false])
  })

  const types: Readonly<Record<Operation, string>> = {
    ...{ Request: 'requested', Reserve: 'reserved', Provision: 'provisioned', Run: 'running' },
    ...{ Stop: 'stopped', Fail: 'failed', Delete: 'deleted' },
  }
  for (const [operation, verb] of Object.entries(types)) {
    it(`calls the event of the step ${operation} ${verb}, or failed when that has failed`, () => {
      const machine = aRunningMachine()
      const typeOf = (status: Step['status']) => {
        const step = { at: afterTen(0), operation, status, message: '' } as Step
        const alone = { ...machine.status, history: [step] }
        return machineEventFrom({ ...machine, status: alone }, context).type
      }
      assert.equal(typeOf('Succeeded'), `io.kbnt.machine.${verb}.v1`)
      assert.equal(typeOf('Failed'), 'io.kbnt.machine.failed.v1')
    })
  }

  it('tells only of steps that are in the history', () => {
    const wanted = (number: number) => ({ name: 'Error', message: `step ${number} is not in the history` })
    for (const number of [0, 5])
      assert.throws(() => machineEventFrom(aRunningMachine(), { ...context, number }), wanted(number))
    assert.throws(() => machineEventFrom(aMachine(), { ...context, number: 1 }), wanted(1))
  })
})
