import assert from 'node:assert/strict'
import fc from 'fast-check'
import { machineEventFrom } from '../../../../operator/domain/event/machine-event.ts'
import type { Machine, MachineStatus, Operation, Step } from '../../../../operator/domain/machine/machine.ts'
import { afterTen, tenOClock } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'

const schemas = new Map([...eventSchemas()].filter(([type]) => type.startsWith('io.kbnt.machine.')))
const operations: readonly Operation[] = ['Request', 'Reserve', 'Provision', 'Run', 'Stop', 'Fail', 'Delete']
const machines: fc.Arbitrary<Machine> = fc
  .record({
    uid: fc.uuid(),
    cpu: fc.integer({ min: 1, max: 1_024 }),
    disks: fc.constantFrom({ disk: '40Gi' }, { storages: ['data'] }, { storages: ['root', 'data'] }),
    memory: fc.constantFrom('512Mi', '8Gi', '9999999Ti'),
    owner: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
    requestId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  })
  .map(({ uid, cpu, memory, disks, owner, requestId }) => ({
    ...{ namespace: 'machines', name: 'web-1', uid, resourceVersion: '1', generation: 1, createdAt: tenOClock },
    ...{ held: true, finalizers: [], abandoned: false },
    spec: {
      ...{ cpu, memory, ...disks, pool: 'us-east-1', poolNamespace: 'capacity' },
      ...{ runStrategy: 'Always', waitFor: '24h', priority: 0 },
      ...(owner !== undefined && { owner }),
      ...(requestId !== undefined && { requestId }),
    },
  }))
const steps: fc.Arbitrary<Step> = fc.record({
  at: fc.integer({ min: 0, max: 86_400 }).map(afterTen),
  operation: fc.constantFrom(...operations),
  status: fc.constantFrom('Succeeded', 'Failed'),
  message: fc.string({ maxLength: 300 }),
})
const contexts = fc.record({
  cluster: fc.constantFrom('default', 'eu-1'),
  number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  term: fc.integer({ min: 1, max: 1_000 }),
})
// A machine fails in the end with a step that has failed; there is no other way to say it.
const possible = steps.filter(({ operation, status }) => operation !== 'Fail' || status === 'Failed')
const events = fc
  .tuple(machines, possible, contexts, fc.constantFrom('KubeVirt' as const, 'Simulated' as const))
  .map(([machine, step, context, provider]) =>
    machineEventFrom({ ...machine, status: statusAt(step, context.number, provider) }, context),
  )

/** After `number` steps, of which this one is the last. */
function statusAt(step: Step, number: number, provider: MachineStatus['provider']): MachineStatus {
  return {
    ...{ observedGeneration: 1, phase: 'Provisioning', reason: 'Starting', message: '', machineId: 'VM-0909A693' },
    ...{ provider, steps: number, published: number - 1, history: [step], conditions: [] },
  }
}

function faultsOf({ type, value }: { readonly type: string; readonly value: string }): unknown {
  const validate = schemas.get(type)?.validate
  assert.ok(validate, `no schema for ${type}`)
  return validate(JSON.parse(value)) ? null : validate.errors
}

describe('the schemas of machine events', () => {
  it('allow every event of every step', () => {
    fc.assert(
      fc.property(events, (event) => assert.equal(faultsOf(event), null)),
      { numRuns: 500 },
    )
  })

  it('are there for exactly the types that steps have', () => {
    const types = new Set(fc.sample(events, { numRuns: 500, seed: 1 }).map(({ type }) => type))
    assert.deepEqual([...types].sort(), [...schemas.keys()].sort())
  })

  it('take a step that failed for a failure, whatever was tried', () => {
    const [machine, context] = fc.sample(fc.tuple(machines, contexts), { numRuns: 1, seed: 1 })[0]!
    for (const operation of operations) {
      const step: Step = { at: afterTen(0), operation, status: 'Failed', message: 'no room' }
      const event = machineEventFrom({ ...machine, status: statusAt(step, context.number, 'Simulated') }, context)
      assert.equal(event.type, 'io.kbnt.machine.failed.v1')
      assert.equal(faultsOf(event), null)
    }
  })

  for (const [type, { schema }] of schemas) {
    it(`say of ${type} what it is called, and where it is found`, () => {
      assert.equal(schema.title, type)
      assert.equal(schema.$id, `https://kbnt.io/events/${type}.schema.json`)
      assert.equal(schema.properties['eventType']?.const, `MACHINE_${type.split('.')[3]?.toUpperCase()}`)
    })

    it(`allow nothing in ${type} that they do not name, and want all that there is`, () => {
      const event = fc.sample(
        events.filter((candidate) => candidate.type === type),
        { numRuns: 1, seed: 1 },
      )[0]
      assert.ok(event)
      const data = JSON.parse(event.value)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, extra: 1 }) }), null)
      for (const key of Object.keys(data)) {
        const { [key]: _, ...without } = data
        assert.notEqual(faultsOf({ type, value: JSON.stringify(without) }), null, key)
      }
      for (const part of ['machine', 'resources'])
        assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, [part]: { extra: 1 } }) }), null, part)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, domain: 'virtual-stock' }) }), null)
    })
  }
})
