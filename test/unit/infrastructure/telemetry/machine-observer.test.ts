import assert from 'node:assert/strict'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { machineStatusAfter } from '../../../../operator/domain/machine/machine-status.ts'
import type { Situation } from '../../../../operator/domain/machine/situation.ts'
import type { MachineMetrics } from '../../../../operator/infrastructure/telemetry/machine-metrics.ts'
import { machineObserver } from '../../../../operator/infrastructure/telemetry/machine-observer.ts'
import type { ResourceOccurrence } from '../../../../operator/infrastructure/telemetry/resource-observer.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import {
  afterSituations,
  aMachine,
  aRunningMachine,
  failedSituation,
  machineUid,
  providedBy,
  refused,
  reservingSituation,
  running,
  someFacts,
  starting,
  stopped,
  withCapacity,
} from '../../../fixtures/machine-builders.ts'

interface Watched {
  readonly measured: unknown[][]
  readonly lines: { readonly level: string; readonly message: string; readonly fields: unknown }[]
  readonly occurrences: ResourceOccurrence[]
  /** Tells of what this situation makes of the machine, at this second after ten. */
  tell(machine: Machine, situation: Situation, seconds: number): Machine
}

function watched(): Watched {
  const measured: unknown[][] = []
  const lines: Watched['lines'] = []
  const occurrences: ResourceOccurrence[] = []
  const metric =
    (name: string) =>
    (...given: unknown[]) =>
      void measured.push([name, ...given])
  const metrics: MachineMetrics = {
    readFrom: metric('readFrom'),
    ended: metric('ended'),
    bootedIn: metric('bootedIn'),
    provisionedAfter: metric('provisionedAfter'),
    runningAfter: metric('runningAfter'),
    refresh: metric('refresh'),
  }
  const line = (level: string) => (message: string, fields: unknown) => void lines.push({ level, message, fields })
  const logger = { info: line('info'), warn: line('warn') } as unknown as Logger
  const observer = machineObserver({ metrics, logger, record: (occurrence) => void occurrences.push(occurrence) })
  return {
    ...{ measured, lines, occurrences },
    tell(machine, situation, seconds) {
      const capacity = situation.kind === 'provided'
      const facts = { at: afterTen(seconds) }
      const status = machineStatusAfter(machine, situation, capacity ? withCapacity(facts) : someFacts(facts))
      const count = status.steps - (machine.status?.steps ?? 0)
      observer.told(machine, status, count > 0 ? status.history.slice(-count) : [])
      return { ...machine, status }
    },
  }
}

describe('machineObserver', () => {
  it('logs one line for each step, with the id of its event', () => {
    const { lines, tell } = watched()
    const machine = aMachine({ spec: { owner: 'ana', requestId: 'req-1' } })
    tell(tell(machine, providedBy(starting()), 1), providedBy(running(afterTen(3))), 4)
    const common = { namespace: 'team', machine: 'web-1', correlationId: 'req-1', userId: 'ana' }
    assert.deepEqual(
      lines.map(({ fields }) => fields),
      ['Request', 'Reserve', 'Provision', 'Run'].map((operation, index) => ({
        ...{ operation, ...common, eventId: `${machineUid}-${index + 1}` },
      })),
    )
    assert.equal(lines[0]?.message, 'Request: 2 vCPU, 4Gi memory, 20Gi disk of pool east')
    assert.ok(lines.every(({ level }) => level === 'info'))
  })

  it('warns of what has failed, and names nobody where nobody is named', () => {
    const { lines, tell } = watched()
    tell(aMachine(), failedSituation, 1)
    assert.deepEqual(lines.at(-1), {
      ...{ level: 'warn', message: 'Fail: needs more than there is' },
      fields: { operation: 'Fail', namespace: 'team', machine: 'web-1', eventId: `${machineUid}-2` },
    })
  })

  it('numbers events by all steps, also by those that are no longer kept', () => {
    const { lines, tell } = watched()
    let machine: Machine = tell(aMachine(), providedBy(running(afterTen(0))), 0)
    for (let turn = 0; turn < 8; turn += 1)
      machine = tell(tell(machine, providedBy(stopped()), turn), providedBy(running(afterTen(turn))), turn)
    assert.deepEqual(
      lines.map(({ fields }) => (fields as { eventId: string }).eventId),
      lines.map((_, index) => `${machineUid}-${index + 1}`),
    )
    assert.equal(lines.length, 20)
  })

  it('measures the way of a machine until it runs, its boot, and its success', () => {
    const { measured, tell } = watched()
    tell(tell(aMachine(), providedBy(starting()), 2), providedBy(running(afterTen(5))), 6)
    assert.deepEqual(measured, [
      ['provisionedAfter', 2],
      ['bootedIn', 3],
      ['runningAfter', 6],
      ['ended', 'success', 'east'],
    ])
  })

  it('measures only the boot of a machine that comes up again', () => {
    const { measured, tell } = watched()
    const again = tell(aRunningMachine(), providedBy(starting()), 10)
    tell(again, providedBy(running(afterTen(12))), 12)
    assert.deepEqual(measured, [['bootedIn', 2]])
  })

  it('counts a machine that has failed once, and no try that was refused', () => {
    const { measured, tell } = watched()
    const tried = tell(aMachine(), providedBy(refused()), 1)
    assert.deepEqual(measured, [])
    tell(tried, failedSituation, 2)
    assert.deepEqual(measured, [['ended', 'failed', 'east']])
  })

  it('never measures less than nothing, whatever the clocks say', () => {
    const { measured, tell } = watched()
    tell(aMachine({ createdAt: Date.parse(afterTen(60)) }), providedBy(starting()), 1)
    assert.deepEqual(measured, [['provisionedAfter', 0]])
  })

  it('shows what people ask about, in the words of the status', () => {
    const { occurrences, tell } = watched()
    const shown = () => occurrences.splice(0).map(({ type, reason, action, note }) => [type, reason, action, note])
    const machine = tell(aMachine(), { kind: 'blocked', reason: 'PoolMissing', message: 'no pool' }, 1)
    assert.equal(occurrences[0]?.resource.uid, machineUid)
    assert.deepEqual(shown(), [['Warning', 'PoolMissing', 'Begin', 'no pool']])
    tell(machine, { kind: 'reserving', reason: 'WaitingForCapacity', message: '2 missing' }, 2)
    assert.deepEqual(shown(), [['Normal', 'WaitingForCapacity', 'Reserve', '2 missing']])
    tell(machine, providedBy(refused()), 3)
    assert.deepEqual(shown()[0]?.slice(0, 3), ['Warning', 'ProviderFailed', 'Provision'])
    tell(machine, providedBy(stopped(false)), 4)
    assert.deepEqual(shown(), [['Warning', 'ShutDown', 'Stop', 'it is off']])
    tell(machine, failedSituation, 5)
    assert.deepEqual(shown(), [['Warning', 'NeverFits', 'Fail', 'needs more than there is']])
  })

  it('does not show the same again, nor what takes its usual course', () => {
    const { occurrences, tell } = watched()
    let machine = tell(aMachine(), reservingSituation, 1)
    machine = tell(machine, providedBy(starting()), 2)
    machine = tell(machine, providedBy(running(afterTen(3))), 3)
    machine = tell(machine, providedBy(stopped(true)), 4)
    machine = tell(machine, { kind: 'leaving', reason: 'AwaitsProvider', message: 'it hangs' }, 5)
    tell(machine, { kind: 'left' }, 6)
    assert.deepEqual(occurrences, [])
    const failed = afterSituations(aMachine(), [failedSituation, someFacts()])
    tell(failed, failedSituation, 7)
    assert.deepEqual(occurrences, [])
  })
})
