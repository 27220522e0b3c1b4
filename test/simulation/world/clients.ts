import { keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { StockTerms } from '../../../operator/domain/stock/terms.ts'
import type { ApiServer } from './api-server.ts'
import type { Random } from './random.ts'
import type { WorldKind } from './world-kinds.ts'

/** Has no stocks of its own, and most that is wrong with a namespace is wrong with this one. */
export const OTHER_NAMESPACE = 'team'
const stockNames = ['apples', 'bread', 'cheese', 'dates']

interface Place {
  readonly namespace: string
  readonly name: string
}

function placesOf({ stocks, moreNamespaces }: WorldKind): Place[] {
  return Array.from({ length: stocks }, (_, index) => {
    const name = stockNames[index % stockNames.length] as string
    return {
      namespace: moreNamespaces && index % 3 === 2 ? 'market' : 'shop',
      name: index < stockNames.length ? name : `${name}-${index}`,
    }
  })
}

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
    hold: { ttlMs: random.between(1, 10) * 1_000, maxTtlMs: random.pick([12_000, 60_000, 60_000]) as number },
    limits: {
      ...(random.chance(0.3) && { perConsumer: 6 }),
      ...(random.chance(0.2) && { perReservation: 3 }),
    },
    waitlist: {
      order: random.chance(0.5) ? 'Strict' : 'BestEffort',
      maxLength: random.pick([0, 2, 5, 5]) as number,
      maxWaitMs: random.pick([10_000, 30_000, 30_000]) as number,
      maxPriority: random.pick([1, 5, 5]) as number,
    },
    allowedNamespaces: random.pick([[], [OTHER_NAMESPACE], ['*']]) as string[],
    paused: false,
    terminating: false,
  }
}

/** Everybody may wait, for few units that are held for long: most do so in vain. */
function wanted(terms: StockTerms, { muteHeads }: WorldKind): StockTerms {
  const order = muteHeads ? 'Strict' : terms.waitlist.order
  const waitlist = { order, maxLength: 10, maxWaitMs: 30_000, maxPriority: 5 }
  const hold = { ttlMs: 20_000, maxTtlMs: 60_000 }
  return { ...terms, ...{ quantity: 5, safetyStock: 0, hold, limits: {}, allowedNamespaces: ['*'], waitlist } }
}

type Wait = Pick<Reservation['spec'], 'waitForMs' | 'priority'>

export interface ClientParts {
  readonly now: () => number
  readonly kind: WorldKind
}

export type Clients = ReturnType<typeof clients>

/** People and programs that use the API at random. */
export function clients(server: ApiServer, random: Random, { now, kind }: ClientParts) {
  let created = 0
  const places = placesOf(kind)
  const guests = kind.moreNamespaces ? ['market', OTHER_NAMESPACE, 'guests'] : [OTHER_NAMESPACE]

  const anyPlace = () => random.pick(places) as Place

  function anyReservation(): string | undefined {
    return random.pick([...server.reservations.keys()])
  }

  function namespaceOf(): string {
    return random.chance(0.2) ? (random.pick(guests) as string) : 'shop'
  }

  function anyWait(): Wait {
    const waitForMs = random.chance(0.5) ? random.between(1, 15) * 1_000 : 0
    return { waitForMs, priority: random.between(0, 2) }
  }

  function longWait(): Wait {
    return { waitForMs: random.between(5, 20) * 1_000, priority: random.between(0, 2) }
  }

  function create(): void {
    created += 1
    const wanted = random.chance(0.6) ? 1 : random.between(2, 3)
    const picked = new Map<string, Place>()
    while (picked.size < wanted) {
      const place = anyPlace()
      picked.set(keyOf(place.namespace, place.name), place)
    }
    const items = [...picked]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, place]) => ({ stockNamespace: place.namespace, stock: place.name, quantity: random.between(1, 4) }))
    const wish = {
      namespace: namespaceOf(),
      name: `order-${random.chance(0.1) ? random.between(1, created) : created}`,
      createdAt: secondsOf(now()),
      spec: {
        items,
        consumer: `consumer-${random.between(1, 3)}`,
        state: random.chance(0.2) ? 'Confirmed' : 'Reserved',
        ...(kind.patient && items.length > 1 ? longWait() : anyWait()),
      },
    } as const
    server.createReservation(wish)
    if (kind.hasty && items.length > 1)
      for (const again of ['b', 'c', 'd']) server.createReservation({ ...wish, name: `${wish.name}-${again}` })
  }

  /** Many ask at once for one unit of a stock from its own namespace, or each of another, from the one that has none. */
  function crowd(place: Place | undefined, from = place?.namespace ?? OTHER_NAMESPACE, called = 'crowd'): void {
    for (let member = 1; member <= CROWD; member += 1) {
      const { namespace, name } = place ?? anyPlace()
      server.createReservation({
        namespace: from,
        name: `${called}-${member}`,
        createdAt: secondsOf(now()),
        spec: {
          items: [{ stockNamespace: namespace, stock: name, quantity: 1 }],
          state: 'Reserved',
          waitForMs: 0,
          priority: 0,
        },
      })
    }
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
    const { namespace, name } = anyPlace()
    const key = keyOf(namespace, name)
    const roll = random.next()
    if (roll < 0.45) server.changeTerms(key, stated(random.between(0, 15)))
    else if (roll < 0.6) server.changeTerms(key, { safetyStock: random.between(0, 3) })
    else if (roll < 0.75) server.changeTerms(key, { paused: random.chance(0.5) })
    else if (roll < 0.85) server.changeTerms(key, { price: { amount: `${random.between(1, 9)}.00`, currency: 'EUR' } })
    else if (roll < 0.93) server.deleteStock(key, false)
    else server.deleteStock(key, true)
  }

  function createStock({ namespace, name }: Place): void {
    const terms = termsOf(random)
    server.createStock(namespace, name, kind.patient || kind.muteHeads ? wanted(terms, kind) : terms)
  }

  /** Before each stock one waits that is first in line and wants much, and others behind it. */
  function rush(): void {
    for (const { namespace, name } of places.slice(0, stockNames.length)) {
      const maxWaitMs = server.stocks.get(keyOf(namespace, name))?.terms.waitlist.maxWaitMs ?? 0
      for (const [index, from] of [OTHER_NAMESPACE, 'shop', 'shop', 'shop'].entries()) {
        const quantity = index === 0 ? 4 : 1
        server.createReservation({
          namespace: from,
          name: `rush-${name}-${index}`,
          createdAt: secondsOf(now()),
          spec: {
            items: [{ stockNamespace: namespace, stock: name, quantity }],
            ...({ state: 'Reserved', waitForMs: maxWaitMs, priority: index === 0 ? 1 : 0 } as const),
          },
        })
      }
    }
  }

  return {
    ...{ crowd, rush },
    open() {
      for (const place of places) createStock(place)
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
      if (random.chance(0.02)) createStock(anyPlace())
    },
    /** Everything that stops the world from settling goes: pauses, and stocks that are missing. */
    calmDown() {
      for (const place of places) {
        createStock(place)
        if (server.stocks.get(keyOf(place.namespace, place.name))?.terms.paused)
          server.changeTerms(keyOf(place.namespace, place.name), { paused: false })
      }
    },
  }
}

/** More than any pool of slots that they might share. */
const CROWD = 250

/** The API server dates objects by whole seconds. */
function secondsOf(ms: number): Reservation['createdAt'] {
  return Math.floor(ms / 1_000) * 1_000
}

/** A change of quantity by one who says why; changes by others leave that standing. */
function stated(quantity: number): Partial<StockTerms> {
  return { quantity, statedChanges: [{ quantity, reason: `to ${quantity}` }] }
}
