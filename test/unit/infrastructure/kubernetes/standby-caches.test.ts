import assert from 'node:assert/strict'
import type { Reservation } from '../../../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { standbyCaches } from '../../../../operator/infrastructure/kubernetes/standby-caches.ts'
import type { WatchedCache } from '../../../../operator/infrastructure/kubernetes/watched-cache.ts'

const lamp = { metadata: { namespace: 'shop', name: 'lamp' } } as Reservation

function aCache() {
  const calls: string[] = []
  const unlisted = new Map([['shop', '']])
  let ready = false
  const cache: WatchedCache<Reservation> = {
    get: (key) => (key === 'shop/lamp' ? lamp : undefined),
    list: () => [lamp],
    byIndex: () => [],
    position: () => '',
    size: 1,
    hasRoom: () => true,
    isWhole: () => true,
    start: () => calls.push('start'),
    follow: () => Promise.resolve(false),
    async stop() {
      calls.push('stop')
    },
    synced: Promise.resolve(false),
    unlisted,
    get ready() {
      return ready
    },
  }
  const makeReady = (): void => {
    ready = true
  }
  return { cache, calls, unlisted, makeReady }
}

describe('standby caches', () => {
  const aStandby = () => {
    const [reservations, stocks, orders] = [aCache(), aCache(), aCache()]
    const standby = standbyCaches({ handedOver: reservations.cache, needed: [stocks.cache], others: [orders.cache] })
    return { standby, reservations, stocks, orders }
  }

  it('are synced once all of them are ready, and stay so', () => {
    const { standby, reservations, stocks, orders } = aStandby()
    standby.start()
    stocks.makeReady()
    orders.unlisted.clear()
    assert.equal(standby.synced, false)
    reservations.makeReady()
    assert.equal(standby.synced, true)
    standby.handOver()
    assert.equal(standby.synced, true)
    assert.deepEqual([reservations.calls, stocks.calls, orders.calls], Array(3).fill(['start', 'stop']))
  })

  it('are synced also without what a leader goes on without, once that was tried, and name it', () => {
    const { standby, reservations, stocks, orders } = aStandby()
    reservations.makeReady()
    stocks.makeReady()
    assert.equal(standby.synced, false)
    orders.unlisted.set('shop', 'orders.kbnt.io is forbidden')
    assert.equal(standby.synced, true)
    assert.deepEqual([...standby.unlisted], [['shop', 'orders.kbnt.io is forbidden']])
  })

  it('hand over the reservations once they were seen, whatever the others saw', () => {
    const { standby, reservations } = aStandby()
    reservations.makeReady()
    assert.equal(standby.handOver()?.('shop/lamp'), lamp)
    assert.equal(standby.handOver(), undefined)
  })

  it('hand over nothing while reservations are missing, and are never synced then', () => {
    const { standby, stocks } = aStandby()
    stocks.makeReady()
    assert.equal(standby.handOver(), undefined)
    assert.equal(standby.synced, false)
  })

  it('name the namespaces that can’t be listed, and why, until they are handed over', () => {
    const { standby, stocks } = aStandby()
    assert.deepEqual([...standby.unlisted], [])
    stocks.unlisted.set('team-b', 'forbidden')
    assert.deepEqual([...standby.unlisted], [['team-b', 'forbidden']])
    standby.handOver()
    assert.deepEqual([...standby.unlisted], [])
  })
})
