import assert from 'node:assert/strict'
import { Registry } from 'prom-client'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { ResourceRequest } from '../../../../operator/domain/virtualization/resource-request.ts'
import type { Situation } from '../../../../operator/domain/virtualization/standing.ts'
import { requestMetrics } from '../../../../operator/infrastructure/telemetry/request-metrics.ts'
import { requestObserver } from '../../../../operator/infrastructure/telemetry/request-observer.ts'
import { aMachine, aRunningMachine } from '../../../fixtures/machine-builders.ts'
import { afterSituations, aRequest, requestUid, withMachine } from '../../../fixtures/request-builders.ts'

function anObserver() {
  const register = new Registry()
  const lines: [level: string, message: string, fields: Record<string, unknown>][] = []
  const events: string[] = []
  const log = (level: string) => (message: string, fields: Record<string, unknown>) => {
    lines.push([level, message, fields])
  }
  const observer = requestObserver({
    metrics: requestMetrics(register),
    logger: { info: log('info'), warn: log('warn') } as unknown as Logger,
    record: ({ type, reason, action, note }) => void events.push(`${type} ${reason} ${action}: ${note}`),
  })
  /** Tells it of what each of these situations adds. */
  const tell = (request: ResourceRequest, ...situations: readonly Situation[]) => {
    for (let count = 1; count <= situations.length; count += 1) {
      const before = count === 1 ? request : afterSituations(request, ...situations.slice(0, count - 1))
      const { status } = afterSituations(request, ...situations.slice(0, count))
      const added = status.steps - (before.status?.steps ?? 0)
      observer.told(before, status, added > 0 ? status.history.slice(-added) : [])
    }
  }
  return { tell, lines, events, text: () => register.metrics() }
}

describe('requestObserver', () => {
  it('tells of the beginning and the end in one line each, and counts the end', async () => {
    const { tell, lines, events, text } = anObserver()
    tell(
      aRequest({ spec: { correlationId: 'c-1' } }),
      ...[aMachine(), aRunningMachine()].map((machine) => withMachine(machine)),
    )
    assert.deepEqual(
      lines.map(([level, message]) => `${level} ${message}`),
      ['info Request: CREATE_VIRTUAL_MACHINE', `info Complete: ${aRunningMachine().status.message}`],
    )
    assert.deepEqual(lines[1]?.[2], {
      ...{ operation: 'Complete', namespace: 'team', request: 'vr-1', messageId: 'm-1', correlationId: 'c-1' },
      ...{ eventId: `${requestUid}-2`, userId: 'ana', machine: 'web-1' },
    })
    assert.deepEqual(events, [], 'all is well')
    assert.match(await text(), /requests_total\{type="CREATE_VIRTUAL_MACHINE",status="completed"\} 1/)
    assert.match(await text(), /kbnt_request_processing_duration_seconds_sum 1\n/)
  })

  it('warns of a failure, and has one word for all types that nothing is done for', async () => {
    const { tell, lines, events, text } = anObserver()
    const failed: Situation = { kind: 'failed', reason: 'TypeNotServed', message: 'nothing is done for it' }
    tell(aRequest({ spec: { messageType: 'MAKE_COFFEE' } }), failed)
    assert.deepEqual(
      lines.map(([level, message]) => `${level} ${message}`),
      ['info Request: MAKE_COFFEE', 'warn Fail: nothing is done for it'],
    )
    assert.deepEqual(events, ['Warning TypeNotServed Fail: nothing is done for it'])
    assert.match(await text(), /requests_total\{type="OTHER",status="failed"\} 1/)
  })

  it('tells once of what is against it, and again when that is something else', () => {
    const { tell, events } = anObserver()
    const hindered = (message: string): Situation => ({ kind: 'hindered', message })
    tell(aRequest(), hindered('quota'), hindered('quota'), hindered('policy'))
    assert.deepEqual(events, ['Warning ResourceRefused Begin: quota', 'Warning ResourceRefused Begin: policy'])
  })
})
