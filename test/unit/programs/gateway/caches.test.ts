import assert from 'node:assert/strict'
import { ApiError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../operator/infrastructure/kubernetes/client.ts'
import type { ApiCall, ApiResult } from '../../../../operator/infrastructure/kubernetes/exchange.ts'
import type { Reservation } from '../../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { seenReservation } from '../../../../operator/infrastructure/kubernetes/resources/shown-reservation.ts'
import { seenStock } from '../../../../operator/infrastructure/kubernetes/resources/shown-stock.ts'
import { gatewayCaches } from '../../../../operator/programs/gateway/caches.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { until } from '../../../fixtures/until.ts'

const silentLogger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silentLogger, enabled: () => false }
const noMetrics = { requested() {}, watchEvent() {}, relisted() {}, watchRestarted() {} }

interface Served {
  readonly sick: string
  readonly silentMs: () => number
  readonly listed: Readonly<Record<string, readonly object[]>>
}

describe('What a gateway has in memory', () => {
  const ends: (() => Promise<void>)[] = []
  afterEach(() => Promise.all(ends.splice(0).map((end) => end())))

  /** Lists are empty unless they are given by resource; a watch of namespace `sick` is refused, all others run and bring nothing. */
  async function caches(parts: Partial<Served> = {}) {
    const clock = fakeClock()
    const client: KubernetesClient = {
      call<T>({ path, resource }: ApiCall) {
        const items = path.includes('/namespaces/well/') ? (parts.listed?.[resource ?? ''] ?? []) : []
        return Promise.resolve({ body: { items, metadata: { resourceVersion: '1' } } } as ApiResult<T>)
      },
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

  it('is what it shows of objects, and neither the journals of stocks nor the conditions of reservations', async () => {
    const metadata = { namespace: 'well', name: 'one', uid: 'uid-one', resourceVersion: '1', generation: 1 }
    const ready = { type: 'Ready', status: 'False', reason: 'Paused', message: 'it is paused' }
    const ledger = { sequence: 7, pending: ['7 Reserve'] }
    const balances = { quantity: 9, available: 8, reserved: 1, confirmed: 0, level: 'Normal' }
    const stock = { metadata, spec: { quantity: 9 }, status: { ...balances, ledger, conditions: [ready] } }
    const told = { type: 'Reserved', status: 'True', reason: 'Reserved', message: '1 of one held' }
    const items = [{ stockNamespace: 'well', stock: 'one', stockUID: 'uid-one', quantity: 1, sequence: 7 }]
    const status = { phase: 'Reserved', reason: 'Reserved', items, observedGeneration: 1, conditions: [told] }
    const reservation = { metadata, spec: { items, consumer: 'ana' }, status }
    const { kept } = await caches({ listed: { virtualstocks: [stock], reservations: [reservation] } })
    const [[keptStock], [keptOrder]] = [kept.stocks.list(), kept.reservations.list()]
    assert.ok(keptStock && keptOrder)
    assert.doesNotMatch(JSON.stringify([keptStock, keptOrder]), /7 Reserve|1 of one held/)
    assert.deepEqual(seenStock(keptStock), seenStock(stock as unknown as VirtualStock))
    assert.deepEqual(seenReservation(keptOrder), seenReservation(reservation as unknown as Reservation))
    assert.deepEqual([keptStock.status?.ledger.sequence, seenStock(keptStock).shown.reason], [7, 'Paused'])
  })
})
