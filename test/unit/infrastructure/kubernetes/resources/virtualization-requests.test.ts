import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import { objectStore } from '../../../../../operator/infrastructure/kubernetes/object-store.ts'
import type { ResourceClient } from '../../../../../operator/infrastructure/kubernetes/resource-client.ts'
import type { VirtualizationRequest } from '../../../../../operator/infrastructure/kubernetes/resources/generated/virtualization-request.ts'
import {
  kubernetesRequests,
  requestIndexers,
  requestsAbout,
  requestsHindered,
} from '../../../../../operator/infrastructure/kubernetes/resources/virtualization-requests.ts'
import { aMachine, machineUid } from '../../../../fixtures/machine-builders.ts'
import { afterSituations, aRequest, requestUid, withMachine } from '../../../../fixtures/request-builders.ts'

const request = aRequest()
const { status } = afterSituations(request, withMachine(aMachine()))

function aResource(resourceVersion: string, more: object = {}): VirtualizationRequest {
  const { namespace, name, spec } = request
  const metadata = { namespace, name, uid: requestUid, resourceVersion, creationTimestamp: '2026-11-22T10:00:00Z' }
  return { metadata: { ...metadata, generation: 1 }, spec, ...more } as unknown as VirtualizationRequest
}

function aPlace(answer: () => unknown) {
  const cache = objectStore<VirtualizationRequest>({}, requestIndexers)
  cache.put(aResource('1'))
  const calls: unknown[] = []
  const call = async (...given: unknown[]) => {
    calls.push(given)
    return { body: answer(), date: 7 }
  }
  const client = { get: call, replaceStatus: call, delete: call } as unknown as ResourceClient<VirtualizationRequest>
  const dates: (number | undefined)[] = []
  const requests = kubernetesRequests({ client, cache, onServerDate: (date) => dates.push(date) })
  return { requests, cache, calls, dates }
}

function throwing(error: Error) {
  return () => {
    throw error
  }
}

describe('kubernetesRequests', () => {
  it('finds what was written here before the watch brings it, and then what the watch brings', async () => {
    const { requests, cache, dates } = aPlace(() => aResource('2', { status }))
    assert.deepEqual(requests.find('team/vr-1'), request)
    const written = await requests.report(request, status)
    assert.equal(written.kind, 'written')
    assert.equal(requests.find('team/vr-1')?.resourceVersion, '2')
    cache.put(aResource('3'))
    assert.equal(requests.find('team/vr-1')?.status, undefined)
    cache.remove(aResource('3'))
    assert.equal(requests.find('team/vr-1'), undefined)
    assert.deepEqual(dates, [7])
  })

  it('finds those of a message by its id, in its namespace alone', () => {
    const { requests } = aPlace(() => undefined)
    assert.deepEqual(requests.ofMessage('team', 'm-1'), [request])
    assert.deepEqual([...requests.ofMessage('team', 'm-2'), ...requests.ofMessage('other', 'm-1')], [])
  })

  it('finds those that something has been against for long enough and that are not over', () => {
    const { cache } = aPlace(() => undefined)
    const hindered = { kind: 'hindered', message: 'exceeded quota' } as const
    const { status: against } = afterSituations(request, hindered)
    const sinceMs = Date.parse(against.conditions.find(({ type }) => type === 'Hindered')?.lastTransitionTime ?? '')
    const found = (ms: number) => requestsHindered(cache, ms).map(({ name }) => name)
    assert.deepEqual(found(sinceMs), [])
    cache.put(aResource('2', { status: against }))
    assert.deepEqual([found(sinceMs - 1), found(sinceMs)], [[], ['vr-1']])
    const given = { kind: 'failed', reason: 'HinderedTooLong', message: 'exceeded quota' } as const
    cache.put(aResource('3', { status: afterSituations(request, hindered, given).status }))
    assert.deepEqual(found(sinceMs), [])
  })

  it('writes a status on exactly the version that it is based on', async () => {
    const { requests, calls } = aPlace(() => aResource('2', { status }))
    await requests.report(request, status)
    const metadata = { namespace: 'team', name: 'vr-1', uid: requestUid, resourceVersion: '1' }
    assert.deepEqual(calls, [[{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualizationRequest', metadata, status }]])
  })

  const failures: readonly [[Error, string], [Error, string], ...[Error, string][]] = [
    [new ApiError(409, { kind: 'Status', reason: 'Conflict' }), 'conflict'],
    [new ApiError(404, { kind: 'Status', reason: 'NotFound' }), 'gone'],
    [new ApiError(413, { kind: 'Status' }), 'refused'],
    [new UnknownOutcomeError('timed out', true), 'unknown'],
  ]
  for (const [error, kind] of failures)
    it(`answers ${kind} where the server says ${error.message || error.name}`, async () => {
      const { requests } = aPlace(throwing(error))
      assert.equal((await requests.report(request, status)).kind, kind)
    })

  it('deletes exactly this version', async () => {
    const { requests, calls } = aPlace(() => ({}))
    assert.equal(await requests.remove(request), 'removed')
    assert.deepEqual(calls, [['team', 'vr-1', { uid: requestUid, resourceVersion: '1' }]])
    const answers = [failures[1], failures[0]].map(([error]) => aPlace(throwing(error)).requests)
    assert.deepEqual(await Promise.all(answers.map((one) => one.remove(request))), ['gone', 'changed'])
    const away = aPlace(throwing(new UnknownOutcomeError('reset', true))).requests
    await assert.rejects(away.remove(request), /reset/)
  })

  it('reads the latest, or that there is none', async () => {
    assert.equal((await aPlace(() => aResource('5')).requests.read('team', 'vr-1'))?.resourceVersion, '5')
    const none = aPlace(throwing(new ApiError(404, { kind: 'Status', reason: 'NotFound' }))).requests
    assert.equal(await none.read('team', 'vr-1'), undefined)
  })

  it('knows which requests are about a machine', () => {
    const { cache } = aPlace(() => undefined)
    assert.deepEqual(requestsAbout(cache, machineUid), [])
    cache.put(aResource('2', { status }))
    assert.deepEqual(requestsAbout(cache, machineUid), ['team/vr-1'])
  })
})
