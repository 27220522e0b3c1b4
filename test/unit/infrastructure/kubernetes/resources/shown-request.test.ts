import assert from 'node:assert/strict'
import type { VirtualizationRequest } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import { keptRequest, seenRequest } from '../../../../../operator/infrastructure/kubernetes/resources/shown-request.ts'

const step = { service: 'desk', operation: 'Send', status: 'Succeeded', at: '2026-11-30T10:00:00Z' }
const payload = { userId: 'ana', virtualResourceId: 'WEB_1', specification: { cpu: 1 }, namespace: 'desk' }
const sent = {
  metadata: { namespace: 'desk', name: 'vr-1', uid: 'u', resourceVersion: '7' },
  spec: { messageId: 'm-1', messageType: 'CREATE_VIRTUAL_MACHINE', payload, processingHistory: [step] },
} as unknown as VirtualizationRequest

describe('a request as the gateway shows it', () => {
  it('waits, with what others have done before, until the operator says something of it', () => {
    const { shown, judged, asked } = seenRequest(sent)
    assert.deepEqual(shown, {
      ...{ requestId: 'vr-1', namespace: 'desk', status: 'Queued', messageId: 'm-1', correlationId: 'm-1' },
      ...{ type: 'CREATE_VIRTUAL_MACHINE', userId: 'ana', resourceId: 'WEB_1', history: [step] },
    })
    assert.equal(judged, false)
    assert.deepEqual(asked, { messageType: 'CREATE_VIRTUAL_MACHINE', payload })
  })

  it('tells what the operator has said, and nothing that it has not', () => {
    const status = {
      ...{ phase: 'Working', reason: 'Starting', message: 'it boots', estimatedSeconds: 12, queuePosition: undefined },
      ...{ resource: { kind: 'VirtualMachine', name: 'web-1', id: 'VM-1', uid: 'x' }, history: [step, step] },
      ...{ startedAt: '2026-11-30T10:00:01Z', conditions: [{ type: 'Accepted' }] },
    }
    const resource = { ...sent, status } as unknown as VirtualizationRequest
    const { shown, judged } = seenRequest(keptRequest(resource))
    assert.equal(judged, true)
    assert.deepEqual(
      [shown.status, shown.reason, shown.message, shown.estimatedTime, shown.history?.length],
      ['Working', 'Starting', 'it boots', 12, 2],
    )
    assert.deepEqual(shown.resource, { kind: 'VirtualMachine', name: 'web-1', id: 'VM-1' })
    assert.equal('queuePosition' in shown, false)
    assert.deepEqual(keptRequest(resource).status?.conditions, [])
  })
})
