import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../operator/domain/stock/terms.ts'
import type { ApiServer } from './api-server.ts'
import type { Random } from './random.ts'

const NAMESPACE = 'shop'
/** Has no stocks of its own. */
const OTHER_NAMESPACE = 'team'
const stockNames = ['apples', 'bread', 'cheese', 'dates']

/** What a stock of this world is like; every wait and hold is short so that a run of minutes sees many. */
function termsOf(random: Random): StockTerms {
  return {
    product: 'food',
    unit: 'piece',
    quantity: random.between(0, 12),
    reclaimPolicy: random.chance(0.5) ? 'Return' : 'Consume',
    price: { amount: '1.50', currency: 'EUR' },
    safetyStock: random.between(0, 2),
    thresholds: { low: 4, critical: 2 },
    hold: { ttlMs: random.between(1, 10) * 1_000, maxTtlMs: 60_000 },
    limits: random.chance(0.3) ? { perConsumer: 6 } : {},
    waitlist: { order: random.chance(0.5) ? 'Strict' : 'BestEffort', maxLength: 5, maxWaitMs: 30_000, maxPriority: 5 },
    allowedNamespaces: random.chance(0.5) ? [OTHER_NAMESPACE] : [],
    paused: false,
    terminating: false,
  }
}

/** People and programs that use the API at random. */
export function clients(server: ApiServer, random: Random, now: () => number) {
  let created = 0

  function anyReservation(): string | undefined {
    return random.pick([...server.reservations.keys()])
  }

  function create(): void {
    created += 1
    const lines = random.chance(0.6) ? 1 : random.between(2, 3)
    const stocks = [...stockNames]
      .sort(() => random.next() - 0.5)
      .slice(0, lines)
      .sort()
    server.createReservation({
      namespace: random.chance(0.2) ? OTHER_NAMESPACE : NAMESPACE,
      name: `order-${random.chance(0.1) ? random.between(1, created) : created}`,
      createdAt: Math.floor(now() / 1_000) * 1_000,
      spec: {
        items: stocks.map((stock) => ({ stockNamespace: NAMESPACE, stock, quantity: random.between(1, 4) })),
        consumer: `consumer-${random.between(1, 3)}`,
        state: random.chance(0.2) ? 'Confirmed' : 'Reserved',
        waitForMs: random.chance(0.5) ? random.between(1, 15) * 1_000 : 0,
        priority: random.between(0, 2),
      },
    })
  }

  function change(state: 'Confirmed' | 'Released'): void {
    const key = anyReservation()
    const spec = key === undefined ? undefined : server.reservations.get(key)?.spec
    if (key === undefined || spec === undefined || spec.state === 'Released' || spec.state === state) return
    server.changeReservation(key, { state })
  }

  function extend(): void {
    const key = anyReservation()
    const spec = key === undefined ? undefined : server.reservations.get(key)?.spec
    if (key !== undefined && spec)
      server.changeReservation(key, { ttlMs: (spec.ttlMs ?? 5_000) + random.between(1, 20) * 1_000 })
  }

  function administer(): void {
    const stock = random.pick(stockNames) as string
    const key = keyOf(NAMESPACE, stock)
    const roll = random.next()
    if (roll < 0.45) server.changeTerms(key, { quantity: random.between(0, 15) })
    else if (roll < 0.6) server.changeTerms(key, { safetyStock: random.between(0, 3) })
    else if (roll < 0.75) server.changeTerms(key, { paused: random.chance(0.5) })
    else if (roll < 0.85) server.changeTerms(key, { price: { amount: `${random.between(1, 9)}.00`, currency: 'EUR' } })
    else if (roll < 0.93) server.deleteStock(key, false)
    else server.deleteStock(key, true)
  }

  return {
    open() {
      for (const name of stockNames) server.createStock(NAMESPACE, name, termsOf(random))
    },
    act() {
      const roll = random.next()
      if (roll < 0.45) create()
      else if (roll < 0.6) change('Confirmed')
      else if (roll < 0.72) change('Released')
      else if (roll < 0.8) extend()
      else if (roll < 0.94) {
        const key = anyReservation()
        if (key !== undefined) server.deleteReservation(key)
      } else administer()
      if (random.chance(0.02)) server.createStock(NAMESPACE, random.pick(stockNames) as string, termsOf(random))
    },
    /** Everything that stops the world from settling goes: pauses, and stocks that are missing. */
    calmDown() {
      for (const name of stockNames) {
        server.createStock(NAMESPACE, name, termsOf(random))
        server.changeTerms(keyOf(NAMESPACE, name), { paused: false })
      }
    },
  }
}
