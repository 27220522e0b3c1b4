import assert from 'node:assert/strict'
import fc from 'fast-check'
import { historyAfter } from '../../../../operator/domain/kept-steps.ts'
import type { Machine, Step } from '../../../../operator/domain/machine/machine.ts'
import { machineStatusAfter } from '../../../../operator/domain/machine/machine-status.ts'
import type { Situation } from '../../../../operator/domain/machine/situation.ts'
import { numberedSteps } from '../../../../operator/domain/numbered-steps.ts'
import { forgets } from '../../../../operator/domain/resource/history.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  childName,
  failedSituation,
  providedBy,
  refused,
  reservingSituation,
  running,
  someFacts,
  starting,
  stepsIn,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'
import { aMachineOn } from '../../../fixtures/machine-on-storages.ts'

const aStep = (number: number): Step => ({
  ...{ at: afterTen(number), operation: 'Run', status: 'Succeeded', message: `step ${number}` },
})
const someSteps = (count: number, from = 1) => Array.from({ length: count }, (_, index) => aStep(from + index))

/** What this situation adds to a machine's steps. */
function added(machine: Machine, situation: Situation, facts = withCapacity({ at: afterTen(60) })): string[] {
  const { steps, history } = machineStatusAfter(machine, situation, facts)
  const count = steps - (machine.status?.steps ?? 0)
  return count === 0 ? [] : stepsIn({ history: history.slice(-count) })
}

describe('the steps of a machine', () => {
  it('begin with the request, in words of what is asked for', () => {
    const { history } = machineStatusAfter(aMachine(), reservingSituation, someFacts())
    assert.deepEqual(history, [
      {
        ...{ at: afterTen(0), operation: 'Request', status: 'Succeeded' },
        message: '2 vCPU, 4Gi memory, 20Gi disk of pool east',
      },
    ])
  })

  it('say on which storages it is to be, where it has no disk', () => {
    const { history } = machineStatusAfter(aMachineOn(['root', 'data']), reservingSituation, someFacts())
    assert.equal(history[0]?.message, '2 vCPU, 4Gi memory of pool east, on storages root, data')
  })

  it('come in the order in which they must have happened when one status tells of many', () => {
    const { history } = machineStatusAfter(aMachine(), providedBy(running(afterTen(0))), withCapacity())
    const step = (operation: Step['operation'], message: string): Step => ({
      ...{ at: afterTen(0), operation, status: 'Succeeded', message },
    })
    assert.deepEqual(history, [
      step('Request', '2 vCPU, 4Gi memory, 20Gi disk of pool east'),
      step('Reserve', `held by reservation ${childName}`),
      step('Provision', 'Simulated has it'),
      step('Run', 'running at 10.10.1.45, up after 0.0 s'),
    ])
  })

  const requested = afterSituations(aMachine(), [reservingSituation, someFacts()])
  const booting = afterSituations(aMachine(), [providedBy(starting()), withCapacity()])
  const tried = afterSituations(aMachine(), [providedBy(refused()), withCapacity()])
  const failed = afterSituations(aMachine(), [failedSituation, someFacts()])
  const left = afterSituations(aMachine(), [{ kind: 'left' }, someFacts()])
  const cases: readonly (readonly [says: string, machine: Machine, situation: Situation, want: readonly string[]])[] = [
    ['nothing when nothing has happened', aRunningMachine(), providedBy(running(afterTen(0))), []],
    ['the reservation when it is held', requested, { ...reservingSituation }, ['Reserve']],
    ['the provider when it has it', requested, providedBy(starting()), ['Reserve', 'Provision']],
    ['the start when it runs', booting, providedBy(running()), ['Run']],
    ['the stop when it no longer runs', aRunningMachine(), providedBy(stopped()), ['Stop']],
    ['the stop of a machine that starts again', aRunningMachine(), providedBy(starting()), ['Stop']],
    ['a refusal as a try that failed', booting, providedBy(refused()), ['Provision Failed']],
    ['each further refusal', tried, providedBy(refused()), ['Provision Failed']],
    ['the try that came through at last', tried, providedBy(starting()), ['Provision']],
    ['a failure after the stop', aRunningMachine(), failedSituation, ['Stop', 'Fail Failed']],
    ['a failure only once', failed, failedSituation, ['Reserve']],
    ['the end of a machine that ran', aRunningMachine(), { kind: 'left' }, ['Stop', 'Delete']],
    ['the end of a machine that had failed', failed, { kind: 'left' }, ['Reserve', 'Delete']],
    ['the end only once', left, { kind: 'left' }, ['Reserve']],
  ]
  for (const [says, machine, situation, want] of cases) {
    it(`tell ${says}`, () => {
      assert.deepEqual(added(machine, situation), want)
    })
  }

  it('tell the last refusal and the failure in the words of the provider', () => {
    const { history } = machineStatusAfter(tried, providedBy(refused('no node')), withCapacity({ maxTries: 2 }))
    const message = 'its provider refused it 2 times, at last with: no node'
    assert.deepEqual(
      history.slice(-2),
      (['Provision', 'Fail'] as const).map((operation) => ({ at: afterTen(0), operation, status: 'Failed', message })),
    )
  })

  it('say why it stopped', () => {
    const { history } = machineStatusAfter(aRunningMachine(), providedBy(stopped()), withCapacity())
    assert.equal(history.at(-1)?.message, 'it is off')
  })
})

describe('historyAfter', () => {
  it('keeps the last sixteen steps', () => {
    assert.deepEqual(historyAfter(someSteps(14), someSteps(2, 15)), someSteps(16))
    assert.deepEqual(historyAfter(someSteps(15), someSteps(3, 16)), someSteps(16, 3))
  })

  it('never keeps more, and always the last', () => {
    fc.assert(
      fc.property(fc.nat(16), fc.nat(6), (before, more) => {
        const kept = historyAfter(someSteps(before), someSteps(more, before + 1))
        assert.deepEqual(kept, someSteps(before + more).slice(-16))
        assert.ok(kept.length <= 16)
      }),
    )
  })
})

describe('forgets', () => {
  const { status } = aRunningMachine()
  it('warns of the first step that would be lost before it was published', () => {
    const full = { ...status, history: someSteps(16, 5), steps: 20 }
    assert.equal(forgets({ ...full, published: 3 }), true)
    assert.equal(forgets({ ...full, published: 4 }), false)
    assert.equal(forgets({ ...full, published: 20 }), false)
  })

  it('has nothing to warn of while all steps are kept', () => {
    assert.equal(forgets({ ...status, history: someSteps(16), steps: 16, published: 0 }), false)
  })
})

describe('numberedSteps', () => {
  it('gives the steps that are kept the numbers that they have among all', () => {
    assert.deepEqual(numberedSteps({ steps: 20, history: someSteps(3, 18) }), [
      { number: 18, step: aStep(18) },
      { number: 19, step: aStep(19) },
      { number: 20, step: aStep(20) },
    ])
  })

  it('has none of a machine that nothing happened to', () => {
    assert.deepEqual(numberedSteps({ steps: 0, history: [] }), [])
  })
})
