import type { ClockSkew } from '../../../operator/application/clock-skew.ts'
import type { FoundHold, OrderId, OrderStock } from '../../../operator/application/order/order-stock.ts'
import type { Orders, OrderWrite } from '../../../operator/application/order/orders.ts'
import type { PaymentProvider } from '../../../operator/application/order/payment-provider.ts'
import type { Order } from '../../../operator/domain/order/order.ts'
import { isFinished, keyOf } from '../../../operator/domain/reservation/reservation.ts'
import { network } from '../world/network.ts'
import type { OrderLeaderSite, ProcessLife } from './order-leader.ts'
import type { SiteChange } from './order-site.ts'

export interface LeaderWires {
  readonly life: ProcessLife
  readonly skew: ClockSkew
  /** Stops the process where it is, for a while. */
  readonly freeze: () => void
}

/** A reservation as a process last saw it, and as of which change. */
interface Sight {
  readonly order: OrderId
  readonly found: FoundHold | undefined
  readonly as: number
}

/** What one process reaches, each call over a wire on which it may get lost, and at which the process may end. */
export function leaderPorts(site: OrderLeaderSite, { life, skew, freeze }: LeaderWires) {
  const { time, random, faults, weather, shop } = site
  const seen = new Map<string, Order>()
  const sights = new Map<string, Sight>()
  const wire = network({ time, random, faults, inProcess: life.inProcess, onAnswer: skew.observe })
  let changes = 0

  /** The process may end before the request leaves, or when it has left. What a server does it does at once. */
  async function mortal<T>(send: (act: () => Promise<T>) => Promise<unknown>, act: () => Promise<T>): Promise<T> {
    if (weather.crashes()) {
      life.kill()
      return new Promise(() => undefined)
    }
    const sent = send(act)
    if (weather.crashes()) life.kill()
    return (await sent) as T
  }
  const readOf = <T>(act: () => Promise<T>): Promise<T> => mortal(wire.read, act)
  const count = (uid: string) => site.writes.set(uid, (site.writes.get(uid) ?? 0) + 1)
  const keyFor = ({ namespace, name }: Pick<Order, 'namespace' | 'name'>) => keyOf(namespace, name)

  function see(order: Order): void {
    const before = seen.get(keyFor(order))
    const isOlder = before?.uid === order.uid && Number(before.resourceVersion) > Number(order.resourceVersion)
    if (!isOlder) seen.set(keyFor(order), order)
  }
  function look(order: OrderId): Sight {
    changes += 1
    return { order, found: shop.find(order), as: changes }
  }
  function keepSight(sight: Sight): void {
    const name = shop.nameOf(sight.order)
    if ((sights.get(name)?.as ?? 0) <= sight.as) sights.set(name, sight)
  }

  async function written(base: Order, act: () => Promise<OrderWrite>): Promise<OrderWrite> {
    const result = await mortal(wire.write, () => {
      count(base.uid)
      return act()
    })
    if (result.kind === 'written') see(result.order)
    return result
  }
  async function asked<T>(order: OrderId, act: () => Promise<T>): Promise<T> {
    const answer = await readOf(() => {
      count(order.uid)
      return act()
    })
    keepSight(look(order))
    return answer
  }
  const orders: Orders = {
    find: (key) => seen.get(key),
    all: () => seen.values(),
    read: (namespace, name) => readOf(() => site.orders.read(namespace, name)),
    report: (base, status) => written(base, () => site.orders.report(base, status)),
    open: (base) => written(base, () => site.orders.open(base)),
    letGo: (base) => written(base, () => site.orders.letGo(base)),
    remove: (order) => readOf(() => site.orders.remove(order)),
  }
  const ownerOf = ({ name }: { readonly name: string }): OrderId =>
    sights.get(name)?.order ?? { namespace: 'shop', name: '', uid: '' }
  const stock: OrderStock = {
    nameOf: shop.nameOf,
    find: (order) => sights.get(shop.nameOf(order))?.found,
    read: (order) => readOf(() => shop.read(order)),
    lends: () => false,
    ask: (order) => asked(order, () => shop.ask(order)),
    confirm: (reservation) => asked(ownerOf(reservation), () => shop.confirm(reservation)),
    release: (reservation) => asked(ownerOf(reservation), () => shop.release(reservation)),
    extend: (reservation, ttlMs) => asked(ownerOf(reservation), () => shop.extend(reservation, ttlMs)),
    *owners() {
      for (const { order, found } of sights.values()) {
        const phase = found?.reservation.status?.phase
        if (found && phase !== 'Confirmed' && !isFinished(phase)) yield order
      }
    },
  }

  /** A call to a service: it leaves when a connection is free, and what it does there it does without us. */
  function called<Given extends readonly unknown[], T>(serve: (...given: Given) => Promise<T>) {
    return (...given: Given): Promise<T> =>
      new Promise((resolve) => {
        if (weather.crashes()) return life.kill()
        if (weather.freezes()) freeze()
        life.clock.schedule(random.between(0, CONNECT_MS), () => {
          void serve(...given).then((answer) => life.inProcess(() => resolve(answer)))
          if (weather.crashes()) life.kill()
        })
      })
  }
  const { bank } = site
  const provider: PaymentProvider = {
    ...bank,
    authorise: called(bank.authorise),
    charge: called(bank.charge),
    capture: called(bank.capture),
    void: called(bank.void),
    refund: called(bank.refund),
    find: called(bank.find),
  }

  return {
    ...{ orders, stock, bank: provider, called },
    /** All that there is, at its start. */
    list(): void {
      for (const order of site.orders.all()) see(order)
      for (const order of shop.owners()) keepSight(look(order))
    },
    /** Something has changed: the answer shows it to the process, as it is now. */
    shown({ of, order }: SiteChange): () => void {
      if (of === 'hold') {
        const sight = look(order)
        return () => keepSight(sight)
      }
      const stored = site.orders.stored(keyFor(order))
      return () => {
        if (stored) see(stored)
        else if (seen.get(keyFor(order))?.uid === order.uid) seen.delete(keyFor(order))
      }
    },
  }
}

const CONNECT_MS = 50
