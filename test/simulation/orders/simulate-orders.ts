import { inMinorUnits } from '../../../operator/domain/order/minor-units.ts'
import { isOver, type Order } from '../../../operator/domain/order/order.ts'
import type { Resolution } from '../../../operator/domain/order/payment.ts'
import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { Account } from '../../fakes/order-bank.ts'
import { anOrder } from '../../fixtures/order-builders.ts'
import { numberedUid } from '../rows/numbered-uid.ts'
import { type Random, randomFrom } from '../world/random.ts'
import type { OrderBreakage } from './order-breakages.ts'
import { orderSite } from './order-site.ts'

const STEPS = 16
const MINUTE_MS = 60_000
const LONG_MS = 20 * MINUTE_MS
/** All are over by then: what nobody knew is known, and what was sent can't come any more. */
const HEALED_WITHIN_MS = 3 * 60 * MINUTE_MS
const LOOK_EVERY_MS = 10_000
/** The last look for money that came late, and the last events. */
const CALM_MS = 10 * MINUTE_MS
const WEEK_MS = 8 * 24 * 60 * MINUTE_MS
/** Retirement and sweeps come round within that. */
const CHORES_MS = 2 * MINUTE_MS
const MOST_WRITES = 10

type Site = ReturnType<typeof orderSite>

/**
 * People place, cancel and delete a few orders and meddle with their stock, while answers get lost, processes end or freeze
 * beside the next leader, and the bank declines, keeps silent or takes money late. Then all is well, and money, stock,
 * orders and events must agree. Answers what does not; undefined = nothing.
 */
export async function simulateOrders(seed: number, breakage?: OrderBreakage): Promise<string | undefined> {
  const random = randomFrom(seed)
  const site = orderSite(random, breakage)
  const { time, witness, weather } = site
  const placed = Array.from({ length: random.between(1, 3) }, (_, index) => someOrder(index, random, weather.isCalm))
  site.lead()
  for (let step = 0; step < STEPS && witness.findings.length === 0; step += 1) {
    const next = placed[step]
    if (next) site.orders.put(next)
    if (!weather.isCalm) befall(site, random.pick(placed) ?? anOrder(), random)
    await time.pass(
      random.chance(0.1) ? random.between(0, LONG_MS) : random.between(0, random.chance(0.5) ? 250 : 2_500),
    )
  }
  site.heal()
  const isDone = () => witness.findings.length > 0 || [...site.orders.all()].every(isAtRest)
  for (let ms = 0; ms < HEALED_WITHIN_MS && !isDone(); ms += LOOK_EVERY_MS) await time.pass(LOOK_EVERY_MS)
  await time.pass(CALM_MS)
  witness.judge()
  if (weather.isCalm && witness.findings.length === 0) return costOf(site, placed)
  return witness.findings[0] ?? (await leftAfterAWeek(site))
}

function isAtRest({ status }: Order): boolean {
  return isOver(status) || status?.phase === 'NeedsAttention'
}

/** A short hold is extended at once, which costs a write. */
function someOrder(index: number, random: Random, isCalm: boolean): Order {
  const quantity = random.between(1, 3)
  const amount = { amount: `${349 * quantity}.00`, currency: 'EUR' }
  return anOrder({
    ...{ name: `order-${index}`, uid: numberedUid(index), createdAt: 0 },
    spec: {
      items: [{ stock: 'espresso-machine', quantity }],
      payment: { method: 'card-1', provider: 'acme', amount },
      ttl: isCalm || random.chance(0.5) ? '15m' : '1m',
    },
  })
}

const befallings = {
  cancel({ orders }: Site, order: Order) {
    orders.put({ ...order, generation: order.generation + 1, spec: { ...order.spec, cancel: true } })
  },
  delete: ({ orders }: Site, order: Order) => orders.delete(keyOf(order.namespace, order.name)),
  /** Its finalizer is taken off, and it is gone at once. */
  lose({ orders, witness }: Site, order: Order) {
    witness.loses(order.uid)
    orders.put({ ...order, finalizers: [], held: false })
    orders.delete(keyOf(order.namespace, order.name))
  },
  release: (site: Site, order: Order) => meddle(site, order, 'Released'),
  remove: (site: Site, order: Order) => meddle(site, order, 'deleted'),
  refuse: ({ shop, random }: Site) => shop.refuse(random.chance(0.5) ? 'a quota is used up' : undefined),
  halt: ({ shop, random }: Site) => shop.halt(random.chance(0.5)),
  away: ({ weather, random }: Site) => weather.away(random.between(0, LONG_MS * 2)),
  /** Anybody who may write orders writes the mark of another one's uid. */
  annotate({ orders }: Site, order: Order) {
    if (order.status) orders.put({ ...order, opened: 'uid-of-another-order' })
  },
  /** An administrator says where its money is, needed or not, once nothing can change that any more. */
  resolve({ orders, bank, time }: Site, order: Order) {
    const payment = foundAt(bank.accounts.get(order.uid), order, time.now())
    if (!order.status || !payment) return
    const resolution = { by: 'eve', at: new Date(time.now()).toISOString(), payment, reference: 'as-found' }
    orders.put({ ...order, status: { ...order.status, resolution } })
  },
  kill: ({ killLeader }: Site) => killLeader(),
  freeze: ({ freezeLeader, random }: Site) => freezeLeader(random.between(0, 5 * MINUTE_MS)),
} as const

/** Undefined: that may change, or there is no word for it: money that is kept ready and nobody has, or not all of it. */
function foundAt(
  account: Account | undefined,
  { spec, status }: Order,
  now: number,
): Resolution['payment'] | undefined {
  const { payment, reason } = status ?? {}
  if (account?.voided) return 'NotTaken'
  if (!account) return payment !== undefined && now < Date.parse(payment.openUntil) ? undefined : 'NotTaken'
  if (account.refunded > 0) return 'Refunded'
  // who says that it is taken says that its stock is sold
  const isRight = reason !== 'StockUnclear' && account.amount === inMinorUnits(spec.payment.amount)?.minor
  return account.taken > 0 && isRight ? 'Taken' : undefined
}

function meddle({ shop, witness }: Site, order: Order, what: 'Released' | 'deleted'): void {
  if (shop.find(order) === undefined) return
  witness.meddles(order.uid)
  shop.meddle(order, what)
}

const often = ['kill', 'freeze', 'away'] as const
const seldom = [
  'cancel',
  'delete',
  'lose',
  'release',
  'release',
  'remove',
  'refuse',
  'halt',
  'resolve',
  'annotate',
] as const

/** What happens now, to this order or to all. */
function befall(site: Site, { namespace, name }: Order, random: Random): void {
  const what = random.chance(0.1) ? random.pick(often) : random.chance(0.25) ? random.pick(seldom) : undefined
  const order = site.orders.stored(keyOf(namespace, name))
  if (what && order) befallings[what](site, order)
}

/** Where all goes well an order costs only so many writes. */
function costOf({ writes }: Site, placed: readonly Order[]): string | undefined {
  const costly = placed.find(({ uid }) => (writes.get(uid) ?? 0) > MOST_WRITES)
  return costly && `${costly.name}: ${writes.get(costly.uid)} writes`
}

/** What is over and told is kept for a week; what needs somebody stays. */
async function leftAfterAWeek({ orders, time, rest }: Site): Promise<string | undefined> {
  const before = [...orders.all()].length
  await time.pass(CHORES_MS)
  if ([...orders.all()].length !== before) return 'deleted before a week was over'
  await rest(WEEK_MS)
  await time.pass(CHORES_MS)
  const left = [...orders.all()].find(({ status }) => isOver(status))
  return left && `${left.name}: ${left.status?.phase}, and still there after a week`
}
