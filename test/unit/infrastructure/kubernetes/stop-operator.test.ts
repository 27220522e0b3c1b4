import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import { type OperatorToStop, stopOperator } from '../../../../operator/infrastructure/kubernetes/stop-operator.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const clock = fakeClock()
const notFound = { kind: 'Status', reason: 'NotFound', message: 'no such deployment', code: 404 }

interface Cluster {
  readonly deployment: boolean
  /** What the lease says at this look. */
  readonly holder: (look: number) => string
  /** Whether it is renewed between two looks. */
  readonly renewed: boolean
}

/** Stops the operator and lets time pass until that is done, or as long as it would take anybody. */
async function stop({ deployment, holder, renewed }: Cluster): Promise<{ error?: string; tookMs: number }> {
  let looks = 0
  const spec = () => ({ holderIdentity: holder(looks), leaseDurationSeconds: 15, renewTime: renewed ? `${looks}` : '' })
  const parts = {
    client: { call: () => (deployment ? Promise.resolve({ body: {} }) : Promise.reject(new ApiError(404, notFound))) },
    leases: {
      get: () => {
        looks += 1
        return Promise.resolve({ body: { spec: spec() } })
      },
    },
    ...{ namespace: 'kbnt-system', deployment: 'kbnt', leaseName: 'kbnt-lease', clock },
  } as unknown as OperatorToStop
  const startedAt = clock.now()
  let ended: { error?: string; tookMs: number } | undefined
  stopOperator(parts).then(
    () => {
      ended = { tookMs: clock.now() - startedAt }
    },
    (error: Error) => {
      ended = { error: error.message, tookMs: clock.now() - startedAt }
    },
  )
  for (let step = 0; step < 1_000 && !ended; step += 1) await clock.advance(500)
  assert.ok(ended, 'it waits without end')
  return ended
}

describe('stopOperator', () => {
  it('waits until the lease is given back', async () => {
    const ended = await stop({ deployment: true, holder: (look) => (look < 4 ? 'a' : ''), renewed: true })
    assert.deepEqual(ended, { tookMs: 1_500 })
  })

  it('waits no longer than a lease that nobody renews lasts', async () => {
    assert.deepEqual(await stop({ deployment: true, holder: () => 'a', renewed: false }), { tookMs: 15_000 })
  })

  it('says who still leads after two minutes, and which Deployment it knows', async () => {
    const scaled = await stop({ deployment: true, holder: () => 'a', renewed: true })
    assert.match(
      scaled.error ?? '',
      /^a still leads by lease kbnt-system\/kbnt-lease, though Deployment kbnt-system\/kbnt is scaled to none/,
    )
    assert.equal(scaled.tookMs, 120_000)
    const unknown = await stop({ deployment: false, holder: () => 'a', renewed: true })
    assert.match(unknown.error ?? '', /there is no Deployment kbnt-system\/kbnt; KBNT_DEPLOYMENT names another$/)
  })
})
