import { pause } from '../../../../operator/application/clock.ts'
import { clockSkew } from '../../../../operator/application/clock-skew.ts'
import type { Engine } from '../../../../operator/application/engine/engine.ts'
import { lead, namespaceSeen, stockSeen } from '../../../../operator/application/engine/lead.ts'
import type { World } from '../../../../operator/application/engine/world.ts'
import type { Delivery, TopicBatch } from '../../../../operator/application/event/publisher.ts'
import { StockGone } from '../../../../operator/application/ledger/ledger-faults.ts'
import { NotServed, type StockLedger, type StoredStock } from '../../../../operator/application/ledger/stock-ledger.ts'
import { reconcileReservation } from '../../../../operator/application/reservation/reconcile-reservation.ts'
import { positionRefresher } from '../../../../operator/application/reservation/refresh-positions.ts'
import { reconcileStock } from '../../../../operator/application/stock/reconcile-stock.ts'
import { eventFrom, rejectionWithoutStock } from '../../../../operator/domain/event/event.ts'
import { keyOf, type Reservation } from '../../../../operator/domain/reservation/reservation.ts'
import {
  inMemoryEventSpools,
  inMemoryReservations,
  inMemoryStockLedger,
  naming,
} from '../../../fakes/in-memory-ports.ts'
import type { Change } from '../../../simulation/world/api-server.ts'
import { keyedQueue } from '../../../simulation/world/keyed-queue.ts'
import type { Site } from './a-site.ts'

export type Leader = ReturnType<typeof aLeader>

/** Each call to a server takes this long; a watch shows a change a little later. */
const CALL_MS = 4
const WATCH_MS = 2

/** A process takes over what there is, and is given the time to. */
export async function leadAt(site: Site, writer = 'writer-1'): Promise<Leader> {
  const leader = aLeader(site, writer)
  leader.begin()
  await site.pass(1_000)
  return leader
}

/** The same for one who can't list the namespace of a stock; answers with that as it was then. */
export async function leadWithout(site: Site, stockKey: string): Promise<{ leader: Leader; unseen: StoredStock }> {
  const unseen = site.server.stocks.get(stockKey)
  if (!unseen) throw new Error(`there is no ${stockKey}`)
  site.server.stocks.delete(stockKey)
  site.answers.serves = (namespace) => namespace === 'shop'
  const leader = await leadAt(site, 'writer-2')
  site.server.stocks.set(stockKey, unseen)
  return { leader, unseen }
}

/** One process with the whole engine, between the site's servers and nothing else: it begins to lead with `begin`. */
export function aLeader(site: Site, writer: string) {
  const { clock, server, answers } = site
  const skew = clockSkew(clock)
  const cache = new Map<string, Reservation>()
  const faults: unknown[] = []
  const halted: string[] = []
  const retried: string[] = []
  const fatals: unknown[] = []
  const watched: Change[] = []
  let alive = true
  let engine: Engine | undefined
  let refreshPositions: ReturnType<typeof positionRefresher> | undefined

  const queue = keyedQueue(
    {
      ...clock,
      schedule: (ms, run) => clock.schedule(ms, () => alive && run()),
    },
    reconcile,
    (_, error) => void faults.push(error),
  )

  /** Whoever is dead hears of no answer. */
  async function call<T>(act: () => T | Promise<T>): Promise<T> {
    await pause(clock, CALL_MS)
    if (!alive) return new Promise(() => undefined)
    const answer = await act()
    skew.observe(site.serverNow())
    return answer
  }

  const stored = inMemoryStockLedger(server)
  const ledger: StockLedger = {
    ...stored,
    serves: (namespace) => answers.serves(namespace),
    async read(namespace, name) {
      if (!answers.serves(namespace)) throw new NotServed(`namespace ${namespace} can't be listed for now`)
      return call(() => answers.readStock(name) ?? stored.read(namespace, name))
    },
    append: (stock, status) =>
      call(async () => {
        const { before, after } = answers.append(stock, status) ?? {}
        if (before) return before
        const result = await stored.append(stock, status)
        return after ?? result
      }),
    open: (stock) => call(() => answers.mark(stock) ?? stored.open(stock)),
    close: (stock) => call(() => answers.mark(stock) ?? stored.close(stock)),
    complain: (stock, why) => call(() => stored.complain(stock, why)),
  }
  const storedReservations = inMemoryReservations(server)
  const spools = inMemoryEventSpools(server)
  const world: World = {
    ...{
      clock,
      skew,
      ledger,
      writer,
      install: 'kbnt-system/kbnt-operator',
      spoolAfterMs: 2_000,
      maxSpooledBytes: 1 << 28,
    },
    reservations: {
      ...storedReservations,
      find: (key) => cache.get(key),
      all: () => cache.values(),
      naming: (namespace, stock) => naming(cache.values(), namespace, stock),
      latest: () =>
        call(async () => {
          const { reservations, stale } = await storedReservations.latest()
          return { reservations: reservations.filter(({ namespace }) => answers.serves(namespace)), stale }
        }),
      read: (namespace, name) => call(() => storedReservations.read(namespace, name)),
      report: (base, status) => call(() => answers.report(base) ?? storedReservations.report(base, status)),
    },
    spools: {
      ...spools,
      create: (stockUid, events) => call(() => answers.spool(stockUid) ?? spools.create(stockUid, events)),
    },
    publisher: {
      publish: (batches: readonly TopicBatch[]): Promise<Delivery[]> =>
        call(() => batches.map((batch) => site.kafka.append(batch))),
      close: () => Promise.resolve(),
    },
    observer: {
      ...{ committed: () => undefined, wrote: () => undefined, told: () => undefined, reportRefused: () => undefined },
      ...{ delivered: () => undefined, stockGone: () => undefined, trouble: () => undefined, lost: () => undefined },
      retried: (operation, cause) => void retried.push(`${operation}: ${cause}`),
      halted: ({ name }, error) => void halted.push(`${name}: ${error instanceof Error ? error.message : error}`),
    },
    eventFor: ({ stock, terms }, term, entry, reservation) => ({
      ...eventFrom(entry, {
        ...{ cluster: 'test', term, texts: reservation?.spec ?? null },
        stock: { ...stock, product: terms.product },
      }),
      topics: ['audit', stock.name],
    }),
    rejectionEvent: (reservation, { reason, finishedAt = '' }) => ({
      ...rejectionWithoutStock(reservation, reason, finishedAt, 'test'),
      topics: ['audit'],
    }),
    enqueue: queue.add,
    fatal(error) {
      fatals.push(error)
      alive = false
    },
  }

  function reconcile(key: string) {
    const leading = engine as Engine
    if (key.startsWith('stock:')) return reconcileStock(leading, key.slice('stock:'.length))
    return reconcileReservation({ ...leading, reservations: world.reservations, clock }, key)
  }

  function see(change: Change): void {
    watched.push(change)
    if (watched.length > 1) return
    clock.schedule(WATCH_MS, () => {
      for (const next of watched.splice(0)) if (alive) handle(next)
    })
  }

  function handle(change: Change): void {
    if (change.kind === 'reservation') handleReservation(change)
    else handleStock(change)
  }

  function handleStock({ type, stock }: Change & { kind: 'stock' }): void {
    if (type === 'deleted') engine?.stocks.findByUid(stock.uid)?.stop(new StockGone(stock.name))
    else if (engine) stockSeen(engine, stock)
    queue.add(`stock:${keyOf(stock.namespace, stock.name)}`)
  }

  function handleReservation({ type, reservation }: Change & { kind: 'reservation' }): void {
    if (!answers.serves(reservation.namespace)) return
    const key = keyOf(reservation.namespace, reservation.name)
    if (type === 'stored') cache.set(key, reservation)
    else cache.delete(key)
    const [home] = reservation.spec.items
    if (type === 'deleted' && home && engine) {
      const homeKey = keyOf(home.stockNamespace, home.stock)
      engine.departed.add(key, { uid: reservation.uid, homeKey, reservation })
      engine.unexplained.forget(reservation.uid)
    }
    queue.add(key)
  }

  return {
    ...{ faults, halted, retried, fatals },
    /** Takes over what is stored at this moment. */
    begin(): void {
      for (const [key, reservation] of server.reservations)
        if (answers.serves(reservation.namespace)) cache.set(key, reservation)
      const stocks = [...server.stocks.values()]
      engine = lead(world, {
        stocks,
        reservations: [...cache.values()],
        spools: [...server.spools.values()],
        transitions: 0,
      })
      site.watch(see)
      queue.start()
    },
    /** A namespace can be listed again, and is. */
    takeUp(namespace: string): void {
      const own = [...server.reservations].filter(([, reservation]) => reservation.namespace === namespace)
      const reservations = own.map(([, reservation]) => reservation)
      namespaceSeen(engine as Engine, { namespace, reservations, spools: [...server.spools.values()] })
      for (const [key, reservation] of own) {
        cache.set(key, reservation)
        queue.add(key)
      }
    },
    /** What a watch shows of a stock that nobody has changed. */
    showStock(name: string): void {
      queue.add(`stock:shop/${name}`)
    },
    /** Those in line are told where they stand, as is done every few seconds. */
    async refresh(): Promise<void> {
      refreshPositions ??= positionRefresher({ ...(engine as Engine), clock, reservations: world.reservations })
      await refreshPositions()
      await site.pass(1_000)
    },
    /** The process is gone, with all that it had in memory. */
    kill(): void {
      alive = false
    },
    get engine() {
      return engine as Engine
    },
    actorOf(name: string, namespace = 'shop') {
      const actor = engine?.stocks.find(keyOf(namespace, name))
      if (!actor) throw new Error(`${name} is not led`)
      return actor
    },
  }
}
