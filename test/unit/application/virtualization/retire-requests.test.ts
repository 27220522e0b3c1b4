import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Outcome } from '../../../../operator/application/outcome.ts'
import {
  type RequestRetention,
  requestRetirement,
} from '../../../../operator/application/virtualization/retire-requests.ts'
import type { RequestPhase, ResourceRequest } from '../../../../operator/domain/virtualization/resource-request.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryRequests } from '../../../fakes/in-memory-requests.ts'
import { aRequest } from '../../../fixtures/request-builders.ts'

const hourMs = 3_600_000
const now = fakeClock().now()

/** Of the namespace before the slash; it ended so many hours ago. */
function ended(key: string, hours: number, phase: RequestPhase = 'Completed', published = 2): ResourceRequest {
  const [name = '', namespace = 'team'] = key.split('/').reverse()
  const over = phase === 'Completed' || phase === 'Failed'
  return aRequest({
    ...{ namespace, name, uid: key, createdAt: now - 900 * hourMs },
    status: {
      ...{ observedGeneration: 1, phase, reason: 'Running', message: '', steps: 2, published, history: [] },
      ...{ conditions: [], ...(over && { completedAt: new Date(now - hours * hourMs).toISOString() }) },
    },
  })
}

interface Retired {
  readonly left: readonly string[]
  readonly outcome: Outcome
}

async function retired(
  all: readonly ResourceRequest[],
  retention: Partial<RequestRetention>,
  prepare: (clock: FakeClock) => void = () => undefined,
): Promise<Retired> {
  const clock = fakeClock()
  const skew = clockSkew(clock)
  skew.observe(clock.now())
  const requests = inMemoryRequests()
  for (const request of all) requests.put(request)
  const sweep = requestRetirement({
    ...{ requests, clock, skew, retention: { keepFinishedMs: 0, keepFinishedMax: 0, ...retention } },
    ...{ onRetry: () => undefined, onTrouble: () => undefined },
  })
  prepare(clock)
  const outcome = await sweep()
  return { left: [...requests.all()].map(({ uid }) => uid), outcome }
}

describe('requestRetirement', () => {
  it('deletes what has been over for long enough, and nothing else', async () => {
    const all = [
      ended('old', 24),
      ended('failed', 25, 'Failed'),
      ended('young', 23),
      ended('working', 90, 'Working'),
      ended('untold', 90, 'Completed', 1),
      { ...ended('going', 90), deleting: true },
      aRequest({ uid: 'fresh', name: 'fresh' }),
    ]
    const { left, outcome } = await retired(all, { keepFinishedMs: 24 * hourMs })
    assert.deepEqual(left, ['young', 'working', 'untold', 'going', 'fresh'])
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 30_000 })
  })

  it('deletes the oldest of the namespace that has the most when there are too many', async () => {
    const all = [ended('noisy/3', 3), ended('noisy/1', 1), ended('noisy/2', 2), ended('quiet/9', 9)]
    assert.deepEqual((await retired(all, { keepFinishedMax: 2 })).left, ['noisy/1', 'quiet/9'])
  })

  it('keeps everything for ever when both limits are 0', async () => {
    assert.deepEqual((await retired([ended('old', 900)], {})).left, ['old'])
  })

  it('ends a sweep after five hundred and asks to go on at once', async () => {
    const all = Array.from({ length: 501 }, (_, index) => ended(`n${index}`, 30))
    const { left, outcome } = await retired(all, { keepFinishedMs: hourMs })
    assert.equal(left.length, 1)
    assert.deepEqual(outcome, { kind: 'recheckAfter', delayMs: 0 })
  })

  it('deletes nothing by a clock that is wrong', async () => {
    const ahead = await retired([ended('young', 1)], { keepFinishedMs: 24 * hourMs }, (clock) =>
      clock.jump(25 * hourMs),
    )
    assert.deepEqual(ahead.left, ['young'])
  })

  it('asks for the time where nobody has brought it lately', async () => {
    const clock = fakeClock()
    const skew = { excessMs: () => 0, sinceJudgedMs: () => 10_001 }
    const reads: string[] = []
    const requests = inMemoryRequests()
    requests.put(ended('old', 30))
    const read = async (_: string, name: string) => {
      reads.push(name)
      return undefined
    }
    const sweep = requestRetirement({
      ...{ requests: { ...requests, read }, clock, skew },
      retention: { keepFinishedMs: hourMs, keepFinishedMax: 0 },
      ...{ onRetry: () => undefined, onTrouble: () => undefined },
    })
    await sweep()
    assert.deepEqual(reads, ['old'])
  })

  it('has all that are over remembered first, deletes those of them that may go, and goes on at once while some are untold', async () => {
    const clock = fakeClock()
    const skew = clockSkew(clock)
    skew.observe(clock.now())
    const requests = inMemoryRequests()
    for (const request of [ended('old', 30), ended('untold', 29), ended('young', 0), ended('working', 30, 'Working')])
      requests.put(request)
    const told: string[] = []
    const sweep = requestRetirement({
      ...{ requests, clock, skew, retention: { keepFinishedMs: hourMs, keepFinishedMax: 0 } },
      ...{ onRetry: () => undefined, onTrouble: () => undefined },
      memory: {
        async remember(over) {
          assert.equal([...requests.all()].length, 4, 'none has gone before')
          told.push(...over.map(({ uid }) => uid))
          return true
        },
        mayGo: ({ uid }) => uid === 'old',
      },
    })
    assert.deepEqual(await sweep(), { kind: 'recheckAfter', delayMs: 0 })
    assert.deepEqual(told, ['old', 'untold', 'young'])
    assert.deepEqual(
      [...requests.all()].map(({ uid }) => uid),
      ['untold', 'young', 'working'],
    )
  })
})
