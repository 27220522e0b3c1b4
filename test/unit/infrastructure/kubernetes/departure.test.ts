import assert from 'node:assert/strict'
import { ApiError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../operator/infrastructure/kubernetes/client.ts'
import { departure } from '../../../../operator/infrastructure/kubernetes/departure.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const there = { metadata: { name: 'x' } }
const going = { metadata: { name: 'x', deletionTimestamp: '2026-11-29T10:00:00Z' } }
const gone = new ApiError(404, { kind: 'Status', reason: 'NotFound' })
const forbidden = new ApiError(403, { kind: 'Status', reason: 'Forbidden' })
const silence = new UnknownOutcomeError('no answer', true)

interface Cluster {
  readonly namespace?: object
  /** At the start, at the end, and three seconds later. */
  readonly deployment: readonly object[]
}

async function reasonIn({ namespace = there, deployment }: Cluster) {
  const clock = fakeClock()
  const answers = [...deployment]
  const call = async ({ path }: { path: string }) => {
    const answer = path.startsWith('/api/v1/') ? namespace : answers.shift()
    if (answer instanceof Error) throw answer
    return { body: answer }
  }
  const client = { call } as unknown as KubernetesClient
  const leaving = departure({ client, clock, namespace: 'kbnt-system', deployment: 'kbnt' })
  await leaving.arrive()
  const startedAt = clock.now()
  const reason = leaving.reason().then((why) => ({ why, tookMs: clock.now() - startedAt }))
  await clock.advance(10_000)
  return reason
}

describe('Nobody comes after a process that ends', () => {
  const forGood: readonly (Cluster & { readonly when: string; readonly says: string })[] = [
    {
      when: 'when its namespace is being deleted',
      ...{ namespace: going, deployment: [there, there] },
      says: 'namespace kbnt-system is being deleted',
    },
    {
      when: 'when its Deployment is being deleted',
      ...{ deployment: [there, going], says: 'Deployment kbnt-system/kbnt is being deleted' },
    },
    {
      when: 'when its Deployment was deleted and stays away',
      ...{ deployment: [there, gone, gone], says: 'Deployment kbnt-system/kbnt was deleted' },
    },
    {
      when: 'even if it never saw that Deployment before',
      ...{ deployment: [silence, going], says: 'Deployment kbnt-system/kbnt is being deleted' },
    },
  ]
  for (const { when, says, ...cluster } of forGood)
    it(when, async () => assert.equal((await reasonIn(cluster)).why, says))

  const notForGood: readonly (Cluster & { readonly when: string })[] = [
    { when: 'while its Deployment is there', deployment: [there, there] },
    { when: 'when its Deployment comes back within three seconds', deployment: [there, gone, there] },
    { when: 'when nothing was ever seen of such a Deployment', deployment: [gone, gone, gone] },
    { when: 'when it may not look', namespace: forbidden, deployment: [forbidden, forbidden] },
    { when: 'when it may not look any more', namespace: forbidden, deployment: [there, forbidden] },
    { when: 'when the API server is away', namespace: silence, deployment: [there, silence] },
    { when: 'when the API server goes away meanwhile', deployment: [there, gone, silence] },
  ]
  for (const { when, ...cluster } of notForGood)
    it(`is not so ${when}`, async () => assert.equal((await reasonIn(cluster)).why, undefined))

  it('is known at once, but where a Deployment has vanished', async () => {
    assert.equal((await reasonIn({ deployment: [there, going] })).tookMs, 0)
    assert.equal((await reasonIn({ deployment: [there, gone, gone] })).tookMs, 3_000)
  })
})
