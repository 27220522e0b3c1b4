import assert from 'node:assert/strict'
import fc from 'fast-check'
import { networkEventFrom } from '../../../../operator/domain/event/network-event.ts'
import type {
  Network,
  NetworkOperation,
  NetworkStatus,
  NetworkStep,
} from '../../../../operator/domain/network/network.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'
import { aNetwork } from '../../../fixtures/network-builders.ts'

const schemas = new Map([...eventSchemas()].filter(([type]) => type.startsWith('io.kbnt.network.')))
const operations: readonly NetworkOperation[] = ['Request', 'Claim', 'Activate', 'Fail', 'Delete']
const networks: fc.Arbitrary<Network> = fc
  .record({
    uid: fc.uuid(),
    cidr: fc.constantFrom('10.20.0.0/24', 'fd00:20::/64'),
    vlan: fc.integer({ min: 1, max: 4_094 }),
    owner: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
    requestId: fc.option(fc.string({ minLength: 1, maxLength: 128 }), { nil: undefined }),
  })
  .map(({ uid, cidr, vlan, owner, requestId }) =>
    aNetwork({
      uid,
      spec: {
        ...{ cidr, vlan },
        ...(owner !== undefined && { owner }),
        ...(requestId !== undefined && { requestId }),
      },
    }),
  )
const steps: fc.Arbitrary<NetworkStep> = fc.record({
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
// A network fails in the end with a step that has failed; there is no other way to say it.
const possible = steps.filter(({ operation, status }) => operation !== 'Fail' || status === 'Failed')
const events = fc
  .tuple(networks, possible, contexts, fc.constantFrom('NetworkAttachmentDefinition' as const, 'Simulated' as const))
  .map(([network, step, context, provider]) =>
    networkEventFrom({ ...network, status: statusAt(step, context.number, provider) }, context),
  )

/** After `number` steps, of which this one is the last. */
function statusAt(step: NetworkStep, number: number, provider: NetworkStatus['provider']): NetworkStatus {
  return {
    ...{ observedGeneration: 1, phase: 'Pending', reason: 'ProviderFailed', message: '', networkId: 'NET-7AE8FF2D' },
    ...{ provider, steps: number, published: number - 1, history: [step], conditions: [] },
  }
}

function faultsOf({ type, value }: { readonly type: string; readonly value: string }): unknown {
  const validate = schemas.get(type)?.validate
  assert.ok(validate, `no schema for ${type}`)
  return validate(JSON.parse(value)) ? null : validate.errors
}

describe('the schemas of network events', () => {
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
    const [network, context] = fc.sample(fc.tuple(networks, contexts), { numRuns: 1, seed: 1 })[0]!
    for (const operation of operations) {
      const step: NetworkStep = { at: afterTen(0), operation, status: 'Failed', message: 'no room' }
      const event = networkEventFrom({ ...network, status: statusAt(step, context.number, 'Simulated') }, context)
      assert.equal(event.type, 'io.kbnt.network.failed.v1')
      assert.equal(faultsOf(event), null)
    }
  })

  for (const [type, { schema }] of schemas) {
    it(`say of ${type} what it is called, and where it is found`, () => {
      assert.equal(schema.title, type)
      assert.equal(schema.$id, `https://kbnt.io/events/${type}.schema.json`)
      assert.equal(schema.properties['eventType']?.const, `NETWORK_${type.split('.')[3]?.toUpperCase()}`)
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
      for (const part of ['network', 'resources'])
        assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, [part]: { extra: 1 } }) }), null, part)
      assert.notEqual(faultsOf({ type, value: JSON.stringify({ ...data, domain: 'virtual-stock' }) }), null)
    })
  }
})
