import assert from 'node:assert/strict'
import fc from 'fast-check'
import { storageEventFrom } from '../../../../operator/domain/event/storage-event.ts'
import type {
  Storage,
  StorageOperation,
  StorageStatus,
  StorageStep,
} from '../../../../operator/domain/storage/storage.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'
import { aStorage } from '../../../fixtures/storage-builders.ts'

const schemas = new Map([...eventSchemas()].filter(([type]) => type.startsWith('io.kbnt.storage.')))
const operations: readonly StorageOperation[] = ['Request', 'Reserve', 'Provision', 'Allocate', 'Fail', 'Delete']
const storages: fc.Arbitrary<Storage> = fc
  .record({
    uid: fc.uuid(),
    size: fc.constantFrom('512Mi', '8Gi', '9999999Ti'),
    iops: fc.option(fc.integer({ min: 1, max: 10_000_000 }), { nil: undefined }),
    owner: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
    requestId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  })
  .map(({ uid, size, iops, owner, requestId }) =>
    aStorage({
      uid,
      spec: {
        size,
        ...(iops !== undefined && { iops }),
        ...(owner !== undefined && { owner }),
        ...(requestId !== undefined && { requestId }),
      },
    }),
  )
const steps: fc.Arbitrary<StorageStep> = fc.record({
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
// A storage fails in the end with a step that has failed; there is no other way to say it.
const possible = steps.filter(({ operation, status }) => operation !== 'Fail' || status === 'Failed')
const events = fc
  .tuple(storages, possible, contexts, fc.constantFrom('PersistentVolumeClaim' as const, 'Simulated' as const))
  .map(([storage, step, context, provider]) =>
    storageEventFrom({ ...storage, status: statusAt(step, context.number, provider) }, context),
  )

/** After `number` steps, of which this one is the last. */
function statusAt(step: StorageStep, number: number, provider: StorageStatus['provider']): StorageStatus {
  return {
    ...{ observedGeneration: 1, phase: 'Allocating', reason: 'Allocating', message: '', storageId: 'STOR-64DE90EF' },
    ...{ provider, steps: number, published: number - 1, history: [step], conditions: [] },
  }
}

function faultsOf({ type, value }: { readonly type: string; readonly value: string }): unknown {
  const validate = schemas.get(type)?.validate
  assert.ok(validate, `no schema for ${type}`)
  return validate(JSON.parse(value)) ? null : validate.errors
}

describe('the schemas of storage events', () => {
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
    const [storage, context] = fc.sample(fc.tuple(storages, contexts), { numRuns: 1, seed: 1 })[0]!
    for (const operation of operations) {
      const step: StorageStep = { at: afterTen(0), operation, status: 'Failed', message: 'no room' }
      const event = storageEventFrom({ ...storage, status: statusAt(step, context.number, 'Simulated') }, context)
      assert.equal(event.type, 'io.kbnt.storage.failed.v1')
      assert.equal(faultsOf(event), null)
    }
  })

  for (const [type, { schema }] of schemas) {
    it(`say of ${type} what it is called, and where it is found`, () => {
      assert.equal(schema.title, type)
      assert.equal(schema.$id, `https://kbnt.io/events/${type}.schema.json`)
      assert.equal(schema.properties['eventType']?.const, `STORAGE_${type.split('.')[3]?.toUpperCase()}`)
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
      for (const part of ['storage', 'resources'])
        assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, [part]: { extra: 1 } }) }), null, part)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, domain: 'virtual-stock' }) }), null)
    })
  }
})
