import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Machine, MachineStatus } from '../../../../operator/domain/machine/machine.ts'
import { machineStatusAfter } from '../../../../operator/domain/machine/machine-status.ts'
import type { Situation, StatusFacts } from '../../../../operator/domain/machine/situation.ts'
import { numberedSteps } from '../../../../operator/domain/numbered-steps.ts'
import { forgets } from '../../../../operator/domain/resource/history.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  anySituation,
  aRunningMachine,
  childName,
  conditionOf,
  conditionsIn,
  failedSituation,
  providedBy,
  ref,
  refused,
  reservingSituation,
  running,
  someFacts,
  starting,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'

const failing = (message: string): Situation => ({ kind: 'failed', reason: 'NeverFits', message })
const conditionTypes = ['CapacityReserved', 'Provisioned', 'Running', 'Ready']

/** A life: what happened, a second apart, with capacity or without, and how far publishing had come behind it. */
const lives = fc.array(fc.record({ situation: anySituation, capacity: fc.boolean(), unpublished: fc.nat(3) }), {
  minLength: 1,
  maxLength: 40,
})
type Life = typeof lives extends fc.Arbitrary<infer T> ? T : never

/** The statuses of a machine that lives this life. */
function statusesOf(life: Life): MachineStatus[] {
  let machine: Machine = aMachine()
  return life.map(({ situation, capacity, unpublished }, second) => {
    const facts = { at: afterTen(second), published: Math.max(0, (machine.status?.steps ?? 0) - unpublished) }
    const status = machineStatusAfter(machine, situation, capacity ? withCapacity(facts) : someFacts(facts))
    machine = { ...machine, status }
    return status
  })
}

describe('machineStatusAfter', () => {
  it('says all of a machine that runs', () => {
    const machine = aMachine({ generation: 4 })
    const { history, conditions, ...status } = machineStatusAfter(
      machine,
      providedBy(running(afterTen(0))),
      withCapacity(),
    )
    assert.deepEqual(status, {
      ...{ observedGeneration: 4, phase: 'Running', reason: 'Running', machineId: 'VM-0909A693' },
      message: 'running at 10.10.1.45, up after 0.0 s',
      ...{ provider: 'Simulated', reservation: childName, providerRef: ref },
      endpoints: [{ name: 'ssh', address: '10.10.1.45', port: 22 }],
      ...{ bootTimeSeconds: 0, startedAt: afterTen(0), steps: 4, published: 0 },
      cost: [{ hourly: '0.045', currency: 'USD' }],
    })
    assert.equal(history.length, 4)
    const always = { status: 'True', lastTransitionTime: '2026-11-22T10:00:00Z', observedGeneration: 4 }
    const up = { ...always, reason: 'Running', message: 'running at 10.10.1.45, up after 0.0 s' }
    assert.deepEqual(conditions, [
      { type: 'CapacityReserved', ...always, reason: 'Reserved', message: `held by reservation ${childName}` },
      { type: 'Provisioned', ...always, reason: 'Provisioned', message: `Simulated has it as ${childName}` },
      { type: 'Running', ...up },
      { type: 'Ready', ...up },
    ])
  })

  const situations: readonly (readonly [Situation, StatusFacts, Record<string, string>])[] = [
    [
      { kind: 'blocked', reason: 'PoolMissing', message: 'no pool' },
      someFacts(),
      { CapacityReserved: 'False PoolMissing', Provisioned: 'False PoolMissing', Ready: 'False PoolMissing' },
    ],
    [
      reservingSituation,
      someFacts(),
      { CapacityReserved: 'False Reserving', Provisioned: 'False Reserving', Ready: 'False Reserving' },
    ],
    [
      failedSituation,
      someFacts(),
      { CapacityReserved: 'False NeverFits', Provisioned: 'False NeverFits', Ready: 'False NeverFits' },
    ],
    [
      providedBy(refused()),
      withCapacity(),
      { CapacityReserved: 'True Reserved', Provisioned: 'False ProviderFailed', Ready: 'False ProviderFailed' },
    ],
    [
      providedBy(starting()),
      withCapacity(),
      { CapacityReserved: 'True Reserved', Provisioned: 'True Provisioned', Ready: 'False Starting' },
    ],
    [
      providedBy({ kind: 'troubled', ref, message: 'no node' }),
      withCapacity(),
      { CapacityReserved: 'True Reserved', Provisioned: 'True Provisioned', Ready: 'False ProviderFailed' },
    ],
    [
      providedBy(stopped()),
      withCapacity(),
      { CapacityReserved: 'True Reserved', Provisioned: 'True Provisioned', Ready: 'False Halted' },
    ],
    [
      { kind: 'leaving', reason: 'AwaitsProvider', message: 'it hangs' },
      withCapacity(),
      {
        ...{ CapacityReserved: 'True Reserved', Provisioned: 'False Deleting', Ready: 'False Deleting' },
        Deleting: 'True AwaitsProvider',
      },
    ],
    [
      { kind: 'left' },
      someFacts(),
      { CapacityReserved: 'False Deleted', Provisioned: 'False Deleted', Ready: 'False Deleted' },
    ],
  ]
  for (const [situation, facts, want] of situations) {
    const words = situation.kind === 'provided' ? `its provider says ${situation.provided.kind}` : situation.kind
    it(`has each of the four conditions from the first status on: ${words}`, () => {
      const status = machineStatusAfter(aMachine(), situation, facts)
      assert.deepEqual(conditionsIn(status), { ...want, Running: want['Ready'] })
      for (const { type, message } of status.conditions.filter((condition) => condition.status === 'False'))
        assert.equal(message, status.message, type)
    })
  }

  it('names the reservation only once it was asked for, and a cost only while there is capacity', () => {
    const without = machineStatusAfter(aMachine(), reservingSituation, someFacts())
    assert.deepEqual(['reservation' in without, 'cost' in without], [false, false])
    const asked = machineStatusAfter(aMachine(), reservingSituation, someFacts({ reservation: childName }))
    assert.deepEqual([asked.reservation, 'cost' in asked], [childName, false])
  })

  it('says that a provider has it without a name where it gave none', () => {
    const { status, ...machine } = aRunningMachine()
    const { providerRef: _, ...nameless } = status
    const next = machineStatusAfter({ ...machine, status: nameless }, failedSituation, withCapacity())
    assert.equal(conditionOf(next, 'Provisioned').message, 'Simulated has it')
  })

  it('moves the time of a condition only when its status changes', () => {
    const facts = (seconds: number) => withCapacity({ at: afterTen(seconds) })
    const first = afterSituations(aMachine(), [providedBy(starting()), facts(0)])
    const second = afterSituations(first, [providedBy({ kind: 'troubled', ref, message: 'no node' }), facts(10)])
    assert.equal(conditionOf(second.status, 'Ready').reason, 'ProviderFailed')
    assert.equal(conditionOf(second.status, 'Ready').lastTransitionTime, '2026-11-22T10:00:00Z')
    const third = machineStatusAfter(second, providedBy(running(afterTen(20))), facts(20))
    assert.equal(conditionOf(third, 'Ready').lastTransitionTime, '2026-11-22T10:00:20Z')
    assert.equal(conditionOf(third, 'Provisioned').lastTransitionTime, '2026-11-22T10:00:00Z')
  })

  it('cuts words that are too long, in every place, and leaves alone those that just fit', () => {
    const long = machineStatusAfter(aMachine(), failing('x'.repeat(1_025)), someFacts())
    const cut = `${'x'.repeat(1_024)}…`
    assert.deepEqual([long.message, conditionOf(long, 'Ready').message, long.history.at(-1)?.message], [cut, cut, cut])
    const fits = machineStatusAfter(aMachine(), failing('x'.repeat(1_024)), someFacts())
    assert.equal(fits.message, 'x'.repeat(1_024))
  })

  it('never takes back what was published', () => {
    const known = afterSituations(aMachine(), [reservingSituation, someFacts({ published: 1 })])
    assert.equal(known.status.published, 1)
    assert.equal(machineStatusAfter(known, reservingSituation, someFacts({ published: 0 })).published, 1)
  })

  it('says the same again of a machine that nothing has happened to', () => {
    fc.assert(
      fc.property(lives, anySituation, (life, situation) => {
        const counting = situation.kind === 'provided' && situation.provided.kind === 'refused'
        fc.pre(!counting && situation.kind !== 'left') // each refusal is one try more; nobody looks after the end
        const machine = { ...aMachine(), status: statusesOf(life).at(-1)! }
        const once = machineStatusAfter(machine, situation, withCapacity({ at: afterTen(100) }))
        const twice = machineStatusAfter({ ...machine, status: once }, situation, withCapacity({ at: afterTen(200) }))
        assert.deepEqual(twice, once)
      }),
    )
  })

  it('keeps its promises through every life', () => {
    fc.assert(
      fc.property(lives, (life) => {
        let before: MachineStatus | undefined
        for (const status of statusesOf(life)) {
          assert.ok(status.history.length <= 16)
          assert.ok(status.steps >= (before?.steps ?? 1), 'steps only grow')
          assert.ok(status.published >= (before?.published ?? 0) && status.published <= status.steps)
          assert.equal(forgets(status), status.published < (numberedSteps(status)[0]?.number ?? 1) - 1)
          assert.deepEqual(
            status.conditions.map(({ type }) => type).filter((type) => type !== 'Deleting'),
            conditionTypes,
          )
          for (const { type, status: is, reason, lastTransitionTime } of status.conditions) {
            const earlier = before?.conditions.find((condition) => condition.type === type)
            const isAsBefore = earlier?.status === is && (type !== 'Deleting' || earlier.reason === reason)
            if (isAsBefore) assert.equal(lastTransitionTime, earlier.lastTransitionTime)
          }
          before = status
        }
      }),
    )
  })

  it('numbers the steps of every life without a gap or a change', () => {
    fc.assert(
      fc.property(lives, (life) => {
        const told = new Map<number, string>()
        for (const status of statusesOf(life)) {
          for (const { number, step } of numberedSteps(status)) {
            const text = JSON.stringify(step)
            assert.equal(told.get(number) ?? text, text)
            told.set(number, text)
          }
          assert.deepEqual(
            [...told.keys()],
            Array.from({ length: status.steps }, (_, index) => index + 1),
          )
        }
      }),
    )
  })
})
