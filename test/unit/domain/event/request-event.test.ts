import assert from 'node:assert/strict'
import { requestEventFrom } from '../../../../operator/domain/event/request-event.ts'
import type { Situation } from '../../../../operator/domain/virtualization/standing.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'
import { aMachine, aRunningMachine, machineUid } from '../../../fixtures/machine-builders.ts'
import {
  aDeletion,
  afterSituations,
  aRequest,
  requestUid,
  sha256,
  withMachine,
} from '../../../fixtures/request-builders.ts'

const schemas = new Map([...eventSchemas()].filter(([type]) => type.startsWith('io.kbnt.virtualization.')))
const context = (number: number, term = 7) => ({ cluster: 'eu-1', number, term, sha256 })
const made = (machine = aMachine()): Situation => withMachine(machine)
const refused: Situation = { kind: 'failed', reason: 'NameTaken', message: 'it is taken' }
const completed = () => afterSituations(aRequest(), made(), made(aRunningMachine()))
const resource = { kind: 'VirtualMachine', name: 'web-1', id: 'VM-0909A693', uid: machineUid } as const

function faultsOf({ type, value }: { readonly type: string; readonly value: string }): unknown {
  const validate = schemas.get(type)?.validate
  assert.ok(validate, `no schema for ${type}`)
  return validate(JSON.parse(value)) ? null : validate.errors
}

describe('requestEventFrom', () => {
  it('says everything of the end, as a CloudEvent in binary mode', () => {
    const { value, ...record } = requestEventFrom(completed(), context(2))
    const type = 'io.kbnt.virtualization.completed.v1'
    assert.deepEqual(record, {
      ...{ id: `${requestUid}-2`, type, sequence: 2, key: 'team/vr-1', timestampMs: Date.parse(afterTen(1)) },
      headers: {
        'content-type': 'application/json',
        ce_specversion: '1.0',
        ce_id: `${requestUid}-2`,
        ce_source: '/kbnt.io/eu-1/team/vrequests/vr-1',
        ce_type: type,
        ce_time: afterTen(1),
        ce_dataschema: `https://kbnt.io/events/${type}.schema.json`,
        ce_subject: 'vr-1',
        ce_correlationid: 'm-1',
        ce_sequence: '0000000000000002',
        ce_term: '7',
      },
    })
    const { checksum, ...told } = JSON.parse(value)
    assert.match(checksum, /^[0-9a-f]{64}$/)
    assert.deepEqual(told, {
      ...{ eventId: `${requestUid}-2`, eventType: 'VIRTUALIZATION_COMPLETED', timestamp: afterTen(1) },
      ...{ service: 'kbnt-operator', domain: 'virtualization', operation: 'COMPLETE', status: 'SUCCEEDED' },
      request: {
        ...{ namespace: 'team', name: 'vr-1', uid: requestUid, messageType: 'CREATE_VIRTUAL_MACHINE' },
        ...{ userId: 'ana', priority: 0, virtualResourceId: 'web-1' },
      },
      ...{ requestId: 'vr-1', originalMessageId: 'm-1', reason: 'Running', resource },
      message: aRunningMachine().status.message,
      endpoints: [{ name: 'ssh', address: '10.10.1.45', port: 22 }],
      durations: { queuedSeconds: 0, workingSeconds: 1, totalSeconds: 1 },
      ...{ sequence: 2, previousSequence: 1, correlationId: 'm-1' },
    })
  })

  it('is the same on every delivery, whatever has happened since', () => {
    const first = afterSituations(aRequest(), made())
    assert.equal(requestEventFrom(completed(), context(1)).value, requestEventFrom(first, context(1)).value)
    const marked = { ...completed(), status: { ...completed().status, published: 2 } }
    assert.equal(requestEventFrom(marked, context(2)).value, requestEventFrom(completed(), context(2)).value)
  })

  it('counts the steps of the operator alone, whoever had the message before', () => {
    const step = { service: 'shop', operation: 'Send', status: 'Succeeded', at: afterTen(-9) }
    const request = afterSituations(aRequest({ spec: { processingHistory: [step, step] } }), refused)
    assert.equal(requestEventFrom(request, context(1)).type, 'io.kbnt.virtualization.requested.v1')
    assert.equal(requestEventFrom(request, context(2)).type, 'io.kbnt.virtualization.failed.v1')
    assert.throws(() => requestEventFrom(request, context(3)), /step 3 is not in the history/)
  })

  const events = [
    requestEventFrom(completed(), context(1)),
    requestEventFrom(completed(), context(2)),
    requestEventFrom(afterSituations(aDeletion(), { kind: 'left', resource }), context(2)),
    requestEventFrom(afterSituations(aRequest({ spec: { correlationId: 'c-1' } }), refused), context(2)),
  ]
  it('keeps to the schemas, of which there are exactly as many as there are types', () => {
    for (const event of events) assert.equal(faultsOf(event), null)
    assert.deepEqual([...new Set(events.map(({ type }) => type))].sort(), [...schemas.keys()].sort())
  })

  for (const event of events)
    it(`has nothing in ${event.id} of ${event.type} that its schema does not name, and all that it wants`, () => {
      const { type, value } = event
      const data = JSON.parse(value)
      assert.equal(schemas.get(type)?.schema.$id, `https://kbnt.io/events/${type}.schema.json`)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, extra: 1 }) }), null)
      for (const key of Object.keys(data)) {
        const { [key]: _, ...without } = data
        assert.notEqual(faultsOf({ type, value: JSON.stringify(without) }), null, key)
      }
    })
})
