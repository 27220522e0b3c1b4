import assert from 'node:assert/strict'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import { settled } from '../../../../operator/application/outcome.ts'
import type { Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import type { Order } from '../../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import {
  type ControllerParts,
  leaderControllers,
  queuesFor,
} from '../../../../operator/programs/operator/controllers.ts'
import type { OrderWork, OrderWorkParts } from '../../../../operator/programs/operator/orders.ts'
import { workOfUnserved } from '../../../../operator/programs/operator/unserved-orders.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { until } from '../../../fixtures/until.ts'
import { aReservation, hoursAgo, now } from '../../application/reservation/retirements.ts'

const anOrder = (name: string, phase: string) =>
  ({
    metadata: { namespace: 'shop', name, uid: `uid-${name}`, resourceVersion: '1' },
    spec: { items: [] },
    status: { phase },
  }) as unknown as Order

/** Orders of a cluster that serves none. */
function unservedWork(orders: readonly Order[], unlisted: ReadonlyMap<string, string> = new Map()): OrderWork {
  const clock = fakeClock(now)
  const logger = { child: () => logger, debug() {}, info() {}, warn() {}, error() {} }
  const parts = {
    ...{ clock, skew: clockSkew(clock), logger, outlet: {}, enqueue: () => undefined },
    gauges: { orders: { unserved: () => undefined } },
    api: {
      orderCache: () => ({
        ...{ unlisted, list: () => orders, get: () => undefined },
        byIndex: (_: string, uid: string) => orders.filter(({ metadata }) => metadata.uid === uid),
      }),
      clients: { orders: {} },
    },
  }
  return workOfUnserved(parts as unknown as OrderWorkParts)
}

const held = (name: string, order: string): Reservation => ({
  ...aReservation(name, 'Released', hoursAgo(2)),
  order,
})

/** What a leader retires of these when an hour is kept. */
async function retiredBy(orders: OrderWork, all: readonly Reservation[]): Promise<readonly string[]> {
  const clock = fakeClock(now)
  const skew = clockSkew(clock)
  skew.observe(now)
  const removed: string[] = []
  const nothing = { reconcile: async () => settled, sweep: async () => settled, retire: async () => settled }
  const reservations = {
    all: () => all.filter(({ name }) => !removed.includes(name)),
    read: async () => undefined,
    async remove({ name }: Reservation) {
      removed.push(name)
      skew.observe(now)
      return 'removed'
    },
  }
  let begun = 0
  let done = 0
  const added = (queue: string) => {
    if (queue === 'chores') begun += 1
  }
  const reconciled = (queue: string) => {
    if (queue === 'chores') done += 1
  }
  const silent = { depth() {}, retried() {}, waited() {}, worked() {}, unfinished() {}, longestRunning() {} }
  const controllers = leaderControllers({
    ...{ clock, queues: queuesFor({ ...silent, added }) },
    logger: { child: () => ({ warn() {}, debug() {} }) },
    observer: { reconciled, activeWorkers() {}, maxWorkers() {} },
    ...{ machines: nothing, storages: nothing, networks: nothing, requests: nothing, orders },
    rows: { reconcile: () => undefined, stocks: {}, ledgerOf: () => undefined },
    retention: { finishedAfterMs: 3_600_000, finishedMax: 0 },
    ...{ keeping: { forMs: 0, most: 0 }, keepingObserver: { kept() {}, deletedEarly() {} } },
    engine: {
      ...{ actors: new Map(), finish: { gone() {} }, stocks: {}, reporter: {} },
      world: { reservations, skew, observer: { retried() {}, trouble() {} } },
    },
  } as unknown as ControllerParts)
  controllers.start()
  const chores = begun
  await until('end of each chore', 10_000, async () => {
    await clock.advance(1_000)
    return done >= chores || undefined
  })
  await controllers.stop(0)
  return removed
}

describe('where nobody serves orders', () => {
  const all = [held('of-open', 'uid-open'), held('of-over', 'uid-over'), held('of-gone', 'uid-gone')]
  const orders = [anOrder('open', 'Reserving'), anOrder('over', 'Completed')]

  it('reservations of orders that are over or gone are retired, and those of others are not', async () => {
    assert.deepEqual([...(await retiredBy(unservedWork(orders), all))].sort(), ['of-gone', 'of-over'])
  })

  it('reservations of orders that can not be seen stay', async () => {
    assert.deepEqual(await retiredBy(unservedWork([], new Map([['shop', 'forbidden']])), all), [])
  })
})
