import assert from 'node:assert/strict'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { type Outlook, outlookOf } from '../../../../operator/domain/machine/outlook.ts'
import type { Provided } from '../../../../operator/domain/machine/provided.ts'
import type { Situation } from '../../../../operator/domain/machine/situation.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  failedSituation,
  providedBy,
  ref,
  refused,
  running,
  starting,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'

const nothing = { provisioned: false, running: false, details: {} }
const troubled: Provided = { kind: 'troubled', ref, message: 'no node has room' }
const blocked: Situation = { kind: 'blocked', reason: 'PoolMissing', message: 'no pool' }

/** What is said of it five seconds past ten, unless `at` says another second. */
const look = (machine: Machine, provided: Provided, at = 5): Outlook =>
  outlookOf(machine, providedBy(provided), withCapacity({ at: afterTen(at) }))

/** A machine that has run and restarted so often. */
function restarted(times: number, machine: Machine = aRunningMachine()): Machine {
  if (times === 0) return machine
  const step = withCapacity({ at: afterTen(10) })
  const again = afterSituations(machine, [providedBy(starting()), step], [providedBy(running()), step])
  return restarted(times - 1, again)
}

describe('outlookOf', () => {
  const plain: readonly (readonly [situation: Situation, phase: string, reason: string, message: string])[] = [
    [blocked, 'Pending', 'PoolMissing', 'no pool'],
    [
      { kind: 'reserving', reason: 'WaitingForCapacity', message: '2 missing' },
      'Reserving',
      'WaitingForCapacity',
      '2 missing',
    ],
    [failedSituation, 'Failed', 'NeverFits', 'needs more than there is'],
    [{ kind: 'leaving', reason: 'AwaitsProvider', message: 'it hangs' }, 'Deleting', 'Deleting', 'it hangs'],
    [{ kind: 'left' }, 'Deleting', 'Deleted', 'gone'],
  ]
  it('says that its capacity came back only where it had any', () => {
    assert.equal(outlookOf(restarted(1), { kind: 'left' }, withCapacity()).message, 'gone, its capacity given back')
  })

  for (const [situation, phase, reason, message] of plain) {
    it(`says ${phase}, ${reason} of a new machine that is ${situation.kind}`, () => {
      assert.deepEqual(outlookOf(aMachine(), situation, withCapacity()), { phase, reason, message, ...nothing })
    })

    if (situation.kind === 'left') continue
    it(`keeps what its provider has of a machine that is ${situation.kind}`, () => {
      const outlook = outlookOf(restarted(2), situation, withCapacity())
      const details = { providerRef: ref, restarts: 2 }
      assert.deepEqual(outlook, { phase, reason, message, provisioned: true, running: false, details })
    })
  }

  it('says of a machine that is left that its provider no longer has it', () => {
    assert.equal(outlookOf(aRunningMachine(), { kind: 'left' }, withCapacity()).provisioned, false)
  })

  it('does not keep the reference to what its provider no longer has', () => {
    const left = afterSituations(aRunningMachine(), [{ kind: 'left' }, withCapacity()])
    assert.deepEqual(outlookOf(left, blocked, withCapacity()).details, {})
  })

  it('begins to count the boot of a machine that starts', () => {
    assert.deepEqual(look(aMachine(), starting()), {
      ...{ phase: 'Provisioning', reason: 'Starting', message: 'booting', provisioned: true, running: false },
      details: { providerRef: ref, bootingSince: afterTen(5) },
    })
  })

  it('goes on counting the boot of a machine that is starting still', () => {
    const machine = afterSituations(aMachine(), [providedBy(starting()), withCapacity({ at: afterTen(1) })])
    assert.equal(look(machine, starting()).details.bootingSince, afterTen(1))
  })

  it('says of a machine that its provider can not bring up what that says', () => {
    assert.deepEqual(look(aMachine(), troubled), {
      ...{ phase: 'Provisioning', reason: 'ProviderFailed', message: 'no node has room' },
      ...{ provisioned: true, running: false, details: { providerRef: ref, bootingSince: afterTen(5) } },
    })
  })

  it('counts a restart when a machine that ran comes up again, and each only once', () => {
    const first = afterSituations(aRunningMachine(), [providedBy(starting()), withCapacity()])
    assert.equal(first.status.restarts, 1)
    assert.equal(look(first, starting()).details.restarts, 1)
    assert.equal(look(first, troubled).details.restarts, 1)
    assert.equal(look(first, running()).details.restarts, 1)
    assert.equal(look(restarted(3), troubled).details.restarts, 4)
  })

  it('counts no restart for a machine on its way down, or up after it was off', () => {
    const halting = aRunningMachine({ spec: { runStrategy: 'Halted' } })
    assert.equal(look(halting, starting()).details.restarts, undefined)
    const off = afterSituations(aRunningMachine(), [providedBy(stopped()), withCapacity()])
    assert.equal(look(off, starting()).details.restarts, undefined)
    assert.equal(look(off, running()).details.restarts, undefined)
  })

  it('says where a machine runs and how long it took to come up', () => {
    const machine = afterSituations(aMachine(), [providedBy(starting()), withCapacity({ at: afterTen(1) })])
    assert.deepEqual(look(machine, running(afterTen(4.25)), 6), {
      ...{ phase: 'Running', reason: 'Running', message: 'running at 10.10.1.45, up after 3.3 s' },
      ...{ provisioned: true, running: true },
      details: {
        providerRef: ref,
        endpoints: [{ name: 'ssh', address: '10.10.1.45', port: 22 }],
        bootTimeSeconds: 3.25,
        startedAt: afterTen(4.25),
      },
    })
  })

  it('knows no time of boot of a machine that was up before it was first seen', () => {
    assert.equal(look(aMachine(), running()).details.bootTimeSeconds, 0)
  })

  it('never takes a boot for shorter than nothing', () => {
    const machine = afterSituations(aMachine(), [providedBy(starting()), withCapacity({ at: afterTen(5) })])
    assert.equal(look(machine, running(afterTen(1))).details.bootTimeSeconds, 0)
  })

  it('remembers how long a running machine took to come up', () => {
    const up = afterSituations(
      aMachine(),
      [providedBy(starting()), withCapacity({ at: afterTen(0) })],
      [providedBy(running(afterTen(7))), withCapacity({ at: afterTen(7) })],
    )
    assert.equal(look(up, running(afterTen(7)), 60).details.bootTimeSeconds, 7)
    const { bootTimeSeconds: _, ...forgetful } = up.status
    assert.equal(look({ ...up, status: forgetful }, running(afterTen(7))).details.bootTimeSeconds, 0)
  })

  it('measures the boot anew when a machine has come up again', () => {
    const again = afterSituations(aRunningMachine(), [providedBy(starting()), withCapacity({ at: afterTen(10) })])
    assert.equal(look(again, running(afterTen(14)), 15).details.bootTimeSeconds, 4)
  })

  it('names no address of a machine that has none', () => {
    const outlook = look(aMachine(), { kind: 'running', ref, endpoints: [], startedAt: afterTen(2) })
    assert.equal(outlook.message, 'running, up after 0.0 s')
    assert.equal('endpoints' in outlook.details, false)
  })

  it('tells a machine that was switched off from one that went off by itself', () => {
    const off = { phase: 'Stopped', message: 'it is off', provisioned: true, running: false }
    const details = { providerRef: ref, restarts: 1 }
    assert.deepEqual(look(restarted(1), stopped(true)), { ...off, reason: 'Halted', details })
    assert.deepEqual(look(restarted(1), stopped(false)), { ...off, reason: 'ShutDown', details })
  })

  it('counts the refusals of a machine and says when it is tried again', () => {
    const machine = afterSituations(aMachine(), [providedBy(refused()), withCapacity()])
    assert.deepEqual(look(machine, refused('still no room')), {
      ...{ phase: 'Provisioning', reason: 'ProviderFailed', provisioned: false, running: false },
      message: 'try 2 of 3 was refused: still no room; the next one in 2s',
      details: { tries: 2, nextTryAt: afterTen(7) },
    })
  })

  it('gives a machine up after the last refusal', () => {
    const { status, ...machine } = restarted(1)
    const outlook = look({ ...machine, status: { ...status!, tries: 2 } }, refused())
    assert.deepEqual(outlook, {
      ...{ phase: 'Failed', reason: 'ProviderFailed', provisioned: false, running: false },
      message: 'its provider refused it 3 times, at last with: no room',
      details: { tries: 3, restarts: 1 },
    })
  })

  it('begins to count refusals anew after its provider has made it', () => {
    const made = afterSituations(
      aMachine(),
      [providedBy(refused()), withCapacity()],
      [providedBy(starting()), withCapacity()],
    )
    assert.equal('tries' in made.status, false)
    assert.equal(look(made, refused()).details.tries, 1)
  })
})
