import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ResourceEventContext } from '../../../../operator/domain/event/resource-event.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'

/** A step of any kind of resource, as its history keeps it. */
interface Step<O extends string> {
  readonly at: string
  readonly operation: O
  readonly status: 'Succeeded' | 'Failed'
  readonly message: string
}

interface Told {
  readonly type: string
  readonly value: string
}

/** A kind of resource whose steps are told as events. */
export interface ToldKind<R, O extends string> {
  /** As in the names of types: io.kbnt.<kind>.<what>.v1. */
  readonly kind: string
  readonly operations: readonly O[]
  readonly resources: fc.Arbitrary<R>
  /** The event of this step, the last of `number`. */
  eventOf(resource: R, step: Step<O>, context: ResourceEventContext, isSimulated: boolean): Told
}

/** Who wants it, and by which request: whatever the schema lets through, or nothing. */
export const requesters = {
  owner: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  requestId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
}

interface Requester {
  readonly owner: string | undefined
  readonly requestId: string | undefined
}

/** As a spec has it: without what is not there. */
export function givenOf({ owner, requestId }: Requester): { readonly owner?: string; readonly requestId?: string } {
  return { ...(owner !== undefined && { owner }), ...(requestId !== undefined && { requestId }) }
}

/** Of a status after so many steps, of which this one is the last. */
export function historyOf<S>(step: S, { number }: Pick<ResourceEventContext, 'number'>) {
  return { steps: number, published: number - 1, history: [step], conditions: [] }
}

const contexts: fc.Arbitrary<ResourceEventContext> = fc.record({
  cluster: fc.constantFrom('default', 'eu-1'),
  number: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  term: fc.integer({ min: 1, max: 1_000 }),
})

function stepsOf<O extends string>(operations: readonly O[]): fc.Arbitrary<Step<O>> {
  const steps: fc.Arbitrary<Step<O>> = fc.record({
    at: fc.integer({ min: 0, max: 86_400 }).map(afterTen),
    operation: fc.constantFrom(...operations),
    status: fc.constantFrom('Succeeded', 'Failed'),
    message: fc.string({ maxLength: 300 }),
  })
  // a resource fails in the end with a step that has failed; there is no other way to say it
  return steps.filter(({ operation, status }) => operation !== 'Fail' || status === 'Failed')
}

/** Declares the tests that hold the events of one kind against their schemas. */
export function describeEventSchemas<R, O extends string>(told: ToldKind<R, O>): void {
  const { kind, operations, resources, eventOf } = told
  const schemas = new Map([...eventSchemas()].filter(([type]) => type.startsWith(`io.kbnt.${kind}.`)))
  const events = fc
    .tuple(resources, stepsOf(operations), contexts, fc.boolean())
    .map(([resource, step, context, isSimulated]) => eventOf(resource, step, context, isSimulated))

  function faultsOf({ type, value }: Told): unknown {
    const validate = schemas.get(type)?.validate
    assert.ok(validate, `no schema for ${type}`)
    return validate(JSON.parse(value)) ? null : validate.errors
  }

  describe(`the schemas of ${kind} events`, () => {
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
      const [resource, context] = fc.sample(fc.tuple(resources, contexts), { numRuns: 1, seed: 1 })[0]!
      for (const operation of operations) {
        const step = { at: afterTen(0), operation, status: 'Failed', message: 'no room' } as const
        const event = eventOf(resource, step, context, true)
        assert.equal(event.type, `io.kbnt.${kind}.failed.v1`)
        assert.equal(faultsOf(event), null)
      }
    })

    for (const [type, { schema }] of schemas) {
      it(`say of ${type} what it is called, and where it is found`, () => {
        assert.equal(schema.title, type)
        assert.equal(schema.$id, `https://kbnt.io/events/${type}.schema.json`)
        const eventType = `${kind}_${type.split('.')[3]}`.toUpperCase()
        assert.equal(schema.properties['eventType']?.const, eventType)
      })

      it(`allow nothing in ${type} that they do not name, and want all that there is`, () => {
        const [event] = fc.sample(
          events.filter((candidate) => candidate.type === type),
          { numRuns: 1, seed: 1 },
        )
        assert.ok(event)
        const data = JSON.parse(event.value)
        const isRefused = (changed: object) => faultsOf({ type, value: JSON.stringify(changed) }) !== null
        assert.ok(isRefused({ ...data, extra: 1 }))
        for (const key of Object.keys(data)) {
          const { [key]: _, ...without } = data
          assert.ok(isRefused(without), key)
        }
        for (const part of [kind, 'resources']) assert.ok(isRefused({ ...data, [part]: { extra: 1 } }), part)
        assert.ok(isRefused({ ...data, domain: 'virtual-stock' }))
      })
    }
  })
}
