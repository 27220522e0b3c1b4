import type { OrderId } from '../../../operator/application/order/order-stock.ts'
import { inMemoryOrders } from '../../fakes/in-memory-orders.ts'
import { orderBank } from '../../fakes/order-bank.ts'
import { orderShop } from '../../fakes/order-shop.ts'
import type { Faults } from '../world/network.ts'
import type { Random } from '../world/random.ts'
import { virtualTime } from '../world/virtual-time.ts'
import type { OrderBreakage } from './order-breakages.ts'
import { type OrderLeader, orderLeader } from './order-leader.ts'
import { orderWeather } from './order-weather.ts'
import { orderWitness } from './order-witness.ts'

/** What an operator hears of an object. `deleted`: it is gone. */
export interface SiteChange {
  readonly of: 'order' | 'hold'
  readonly order: OrderId
}

const UNITS = 8
/** Nobody takes a lease over sooner. */
const LEASE_MS = 15_000

/** Orders, their stock, their bank, and whoever leads, with all that befalls them. */
export function orderSite(random: Random, breakage: OrderBreakage | undefined) {
  const time = virtualTime()
  const weather = orderWeather(random, time)
  const rate = weather.isCalm ? 0 : random.next() * 0.15
  const faults: Faults = { rate, watchLagMs: random.between(0, 400), unlisted: undefined }
  const leaders = new Set<OrderLeader>()
  let leader: OrderLeader | undefined
  const tell = (change: SiteChange) => {
    for (const each of leaders) each.hear(change)
  }
  const orders = inMemoryOrders((order) => {
    witness.orderSeen(order)
    tell({ of: 'order', order })
  })
  const shop = orderShop(time, random.between(2, UNITS), (order) => {
    witness.holdSeen(order)
    tell({ of: 'hold', order })
  })
  const bank = orderBank({
    ...{ clock: time, moves: random.chance(0.5) ? 'twice' : 'once', voidsUnknown: random.chance(0.6) },
    ...{ mishap: weather.mishap, skimps: weather.skimps },
    // who waits for a place says so, which costs a write: in a calm world writes are counted
    ...(!weather.isCalm && { atOnce: random.between(1, 3) }),
    onReached: (...call) => witness.reached(...call),
  })
  const witness = orderWitness({ orders, shop, bank, weather, now: time.now })
  const site = {
    ...{ time, random, faults, weather, orders, shop, bank, witness, breakage },
    /** Of each order its writes to the API server. */
    writes: new Map<string, number>(),
    isLeader: (one: OrderLeader) => one === leader,
    /** The one who leads is gone: somebody else takes over within a while. */
    left(one: OrderLeader): void {
      leaders.delete(one)
      if (leader === one) time.schedule(random.between(0, LEASE_MS), () => leader === one && lead())
    },
    /** It stands still for so long; who does so for longer than its lease has lost it. */
    stopped(one: OrderLeader, ms: number): void {
      if (ms > LEASE_MS) time.schedule(LEASE_MS, () => leader === one && lead())
    },
  }
  function lead(): void {
    leader = orderLeader(site)
    leaders.add(leader)
    leader.start()
  }
  return {
    ...site,
    lead,
    killLeader: () => leader?.kill(),
    freezeLeader: (ms: number) => leader?.freeze(ms),
    /** All that goes wrong by itself is over. */
    heal(): void {
      faults.rate = 0
      weather.heal()
      shop.refuse(undefined)
      shop.halt(false)
    },
    /** Nobody leads for so long. */
    async rest(ms: number): Promise<void> {
      const one = leader
      leader = undefined
      one?.kill()
      await time.pass(ms)
      lead()
    },
  }
}
