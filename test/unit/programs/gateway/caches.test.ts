import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../operator/infrastructure/kubernetes/client.ts'
import type { ApiCall, ApiResult } from '../../../../operator/infrastructure/kubernetes/exchange.ts'
import { gatewayCaches } from '../../../../operator/programs/gateway/caches.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { until } from '../../../fixtures/until.ts'

const silentLogger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger, enabled: () => false }
const noMetrics = { requested() {}, watchEvent() {}, relisted() {}, watchRestarted() {} }

describe('What a gateway has in memory', () => {
  const ends: (() => Promise<void>)[] = []
  afterEach(() => Promise.all(ends.splice(0).map((end) => end())))

  /** Lists are empty; a watch of namespace `sick` is refused, all others run and bring nothing. */
  async function caches(parts: { readonly sick?: string; readonly silentMs?: () => number } = {}) {
    const clock = fakeClock()
    const client: KubernetesClient = {
      call: <T>() => Promise.resolve({ body: { items: [], metadata: { resourceVersion: '1' } } } as ApiResult<T>),
      stream({ path, onBegin, signal }: ApiCall) {
        if (path.includes(`/namespaces/${parts.sick}/`)) return Promise.reject(new ApiError(403, {}))
        onBegin?.()
        return new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
      },
      close: () => Promise.resolve(),
    }
    const kept = gatewayCaches({
      ...{ client, clock, namespaces: ['well', 'sick'], logger: silentLogger, metrics: noMetrics },
      ...{ silentMs: parts.silentMs ?? (() => 0), changed() {} },
    })
    ends.push(kept.stop)
    kept.start()
    await until('lists', 5_000, () => Promise.resolve(kept.notReady() === undefined || undefined), 5)
    return { clock, kept }
  }

  it('is told as long as its watch runs, however quiet that is', async () => {
    const { clock, kept } = await caches()
    await clock.advance(3_600_000)
    assert.equal(kept.blind('well'), undefined)
  })

  it('is told no more of the namespace whose watch has failed for 30 s, and of the others all the same', async () => {
    const { clock, kept } = await caches({ sick: 'sick' })
    await clock.advance(29_000)
    assert.equal(kept.blind('sick'), undefined)
    await clock.advance(2_000)
    assert.match(kept.blind('sick') ?? '', /^the watch of \w+ has failed for 31 s$/)
    assert.equal(kept.blind('well'), undefined)
    assert.ok((kept.staleSeconds()['virtualstocks'] ?? 0) > 30)
  })

  it('is told no more while the API server answers nothing at all, whatever the watches say', async () => {
    const { kept } = await caches({ silentMs: () => 31_000 })
    assert.match(kept.blind('well') ?? '', /has not answered for 31 s/)
  })

  it('is of the namespaces that it watches', async () => {
    const { kept } = await caches()
    assert.deepEqual([kept.serves('well'), kept.serves('other')], [true, false])
  })
})
