import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Flow } from '../../../operator/application/flow/flow.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { type FlowSite, flowSite } from './flow-site.ts'

const MIB = 1024 * 1024
const PARTITIONS = 12
const MESSAGES = 80
/** Of which the consumer is given so many at once. */
const AT_ONCE = 4

describe('the memory of a consumer', function () {
  this.timeout(120_000)
  let site: FlowSite
  afterEach(() => site.end())

  it('is bounded while everything hangs: what keeps the fetch that it came with has others wait', async () => {
    site = await flowSite({ brokers: [await testbed().kafka()], clientId: 'test' }, { partitions: PARTITIONS })
    const filler = 'x'.repeat(20 * 1024)
    await site.send(
      Array.from({ length: MESSAGES }, (_, index) => ({ id: `${index}`, key: `key-${index}`, headers: { filler } })),
    )
    const gate = Promise.withResolvers<void>()
    const begun = new Set<number>()
    const hanging = (): Flow => ({
      name: 'hanging',
      async handle({ partition }) {
        begun.add(partition)
        await gate.promise
        return { kind: 'done' }
      },
    })
    // of four partitions less than this was sent, of all of them more
    site.member(hanging, { limits: { ...site.options.limits, mostHeldBytes: 1.2 * MIB } })
    await until('four partitions that hang', 60_000, async () => (begun.size >= AT_ONCE ? true : undefined))
    await pause(8_000)
    const held = begun.size
    gate.resolve()
    await site.untilHandled()
    assert.equal(begun.size, PARTITIONS)
    assert.equal(held, AT_ONCE)
  })
})
