import assert from 'node:assert/strict'
import type { Reservation } from '../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { standbyCaches } from '../../../operator/standby-caches.ts'
import type { WatchedCache } from '../../../operator/watched-cache.ts'

const lamp = { metadata: { namespace: 'shop', name: 'lamp' } } as Reservation

function aCache() {
  const synced = Promise.withResolvers<boolean>()
  const calls: string[] = []
  const cache: WatchedCache<Reservation> = {
    get: (key) => (key === 'shop/lamp' ? lamp : undefined),
    list: () => [lamp],
    byIndex: () => [],
    start: () => calls.push('start'),
    async stop() {
      calls.push('stop')
      synced.resolve(false)
    },
    synced: synced.promise,
  }
  return { cache, calls, sync: () => synced.resolve(true) }
}

describe('standby caches', () => {
  const aStandby = () => {
    const [reservations, stocks] = [aCache(), aCache()]
    const standby = standbyCaches({ reservations: reservations.cache, others: [stocks.cache] })
    return { standby, reservations, stocks }
  }

  it('are synced once all of them are, and stay so', async () => {
    const { standby, reservations, stocks } = aStandby()
    standby.start()
    stocks.sync()
    await stocks.cache.synced
    assert.equal(standby.synced, false)
    reservations.sync()
    await reservations.cache.synced
    assert.equal(standby.synced, true)
    standby.handOver()
    assert.equal(standby.synced, true)
    assert.deepEqual([reservations.calls, stocks.calls], Array(2).fill(['start', 'stop']))
  })

  it('hand over the reservations once they were all seen, whatever the others saw', async () => {
    const { standby, reservations } = aStandby()
    reservations.sync()
    await reservations.cache.synced
    assert.equal(standby.handOver()?.('shop/lamp'), lamp)
    assert.equal(standby.handOver(), undefined)
  })

  it('hand over nothing while reservations are missing, and are never synced then', async () => {
    const { standby, reservations, stocks } = aStandby()
    stocks.sync()
    assert.equal(standby.handOver(), undefined)
    await Promise.all([reservations.cache.synced, stocks.cache.synced])
    assert.equal(standby.synced, false)
  })
})
