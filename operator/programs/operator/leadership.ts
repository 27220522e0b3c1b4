import { later, msBetween, type Tick } from '../../application/clock.ts'
import { type ClockSkew, clockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { finishQuickly } from '../../application/engine/finish-quickly.ts'
import { giveWay } from '../../application/give-way.ts'
import { inTime } from '../../application/in-time.ts'
import type { Machine } from '../../domain/machine/machine.ts'
import type { Network } from '../../domain/network/network.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import { clusterIdentity } from '../../infrastructure/kubernetes/cluster-identity.ts'
import { kubernetesReservations } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { followStocks, reservationHandlers, stockHandlers } from './cache-handlers.ts'
import { type LeaderControllers, leaderControllers, queuesFor } from './controllers.ts'
import { type LeaderParts, otherInstallsOf, servedBy, worldOf } from './leaders-world.ts'
import { type RowWork, rowWork } from './row-work.ts'
import { takeover } from './takeover.ts'
import { type WorkOfKinds, workOfKinds } from './work-of-kinds.ts'

/** One term as the leader, from the takeover to the last write. */
export interface Leadership {
  /** Takes everything over, then works. Rejects only with what no retry would mend. */
  begin(term: { readonly transitions: number }): Promise<void>
  /** Undefined until the takeover is done. */
  readonly engine: Engine | undefined
  /** Stocks whose books are rows, as they are in memory now. */
  readonly rowStocks: RowWork['inside']
  /** Which other install serves what this one should, so that it leads nothing; undefined = none does. */
  readonly servedByOthers: string | undefined
  /** Since when it takes over; undefined = it doesn't, or is done. */
  readonly takeoverSince: Tick | undefined
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly reservations: Iterable<Reservation>
  readonly machines: Iterable<Machine>
  /** Uids of the machines that are gone and whose capacity is still held, as last seen. */
  readonly lostMachines: () => Iterable<string>
  readonly storages: Iterable<Storage>
  /** The same of storages. */
  readonly lostStorages: () => Iterable<string>
  readonly networks: Iterable<Network>
  /** Uids of the networks that are gone and whose claims are still held, as of the last sweep. */
  readonly lostNetworks: () => Iterable<string>
  /** Namespaces that it can't list, and so doesn't serve, and why. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Takes no more commands, ends what is under way. False: something may still be under way after `graceMs`. */
  end(graceMs: number): Promise<boolean>
}

/** Records that are sent just now need not be sent again. */
const ROWS_END_MS = 3_000

export function leadership(parts: LeaderParts): Leadership {
  const { settings, clock, api, gauges } = parts
  const logger = parts.logger.child({ component: 'leader' })
  const skew = clockSkew(clock)
  const onServerDate = skew.observe
  const queues = queuesFor(gauges.queues)
  const cluster = () => clusterIdentity(api.client, api.ownNamespace)
  const rows = rowWork({ ...parts, enqueue: queues.stocks.add, cluster })
  /** What the watch brings before the takeover is done: a deletion told to nobody would be forgotten. */
  let held: ((engine: Engine) => void)[] = []
  let engine: Engine | undefined
  let takeoverSince: Tick | undefined
  let servedByOthers: string | undefined
  let controllers: LeaderControllers | undefined
  let stopWatching = (): void => undefined
  let begun: Promise<void> = Promise.resolve()
  /** What is not done by now is not begun any more. */
  let hasEnded = false
  const ended = () => hasEnded

  const whenLeading = (act: (engine: Engine) => void): void => {
    if (engine) act(engine)
    else held.push(act)
  }
  const reservationCache = api.reservationCache(
    reservationHandlers(whenLeading, queues.reservations.add, (seen) => {
      machines.reservationSeen(seen)
      storages.reservationSeen(seen)
      requests.reservationSeen(seen)
      orders.reservationSeen(seen)
    }),
  )
  const stockCache = api.stockCache(
    stockHandlers(() => engine, {
      enqueue: queues.stocks.add,
      seen(before, after) {
        machines.stockSeen(before, after)
        storages.stockSeen(before, after)
      },
      rows,
    }),
  )
  const { machines, storages, networks, requests, orders }: WorkOfKinds = workOfKinds(parts, {
    ...{ skew, queues, reservations: reservationCache, stocks: stockCache },
  })
  const served = servedBy({ api, clock, logger, gauges }, ended)
  const reservations = kubernetesReservations({
    client: api.clients.reservations,
    cache: reservationCache,
    onServerDate,
    namespaces: () => served.all,
  })
  const world = worldOf(parts, { served, skew, reservations, enqueue: queues.reservations.add, engine: () => engine })
  const caches = { reservations: reservationCache, stocks: stockCache, machines, storages, networks }
  const takingOver = takeover({
    ...{ api, served, others: otherInstallsOf(parts), caches, world, clock, logger, onServerDate, ended },
    onServedByOthers(who) {
      servedByOthers = who
      takeoverSince = who === undefined ? clock.tick() : undefined // a wait is no takeover that hangs
    },
  })

  async function begin({ transitions }: { readonly transitions: number }): Promise<void> {
    const afterMs = settings.leaderElection.giveWayAfterMs
    stopWatching = giveWay({ clock, skew, afterMs, onGiveWay: parts.fatal })
    takeoverSince = clock.tick()
    const leading = await takingOver.all(transitions).catch((error: unknown) => {
      if (!hasEnded) throw error
    })
    const startedAt = takeoverSince
    takeoverSince = undefined
    if (leading && !hasEnded) work(leading, startedAt ?? clock.tick())
  }

  function work(leading: Engine, startedAt: Tick): void {
    engine = leading
    for (const act of held) act(leading)
    held = []
    rows.start(leading)
    const stocksSeen = followStocks(leading, stockCache, served.all)
    networks.start(leading, served.all)
    const networksSeen = served.all.map((namespace) => networks.cache.follow(namespace))
    storages.start(leading, stocksSeen, served.all)
    const storagesSeen = served.all.map((namespace) => storages.cache.follow(namespace))
    machines.start(leading, [...stocksSeen, ...networksSeen, ...storagesSeen], served.all)
    orders.start(leading, stocksSeen, served.all)
    requests.start(leading, served.all)
    const { retention, gateway } = settings
    const keeping = { forMs: gateway.keepFinishedMs, most: gateway.keepFinishedMax }
    controllers = leaderControllers({
      ...{
        queues,
        engine: leading,
        machines,
        storages,
        networks,
        requests,
        orders,
        rows,
        clock,
        logger,
        observer: gauges.controllers,
      },
      ...{ retention, keeping, keepingObserver: gauges.keeping },
    })
    controllers.start()
    logger.info('leading', { term: leading.term, tookMs: Math.round(msBetween(startedAt, clock.tick())) })
    served.takeUpOthers(async (namespace) => {
      await takingOver.one(leading, namespace)
      requests.follow(namespace)
      orders.follow(namespace)
    })
  }

  return {
    begin(term) {
      begun = begin(term)
      return begun
    },
    get engine() {
      return engine
    },
    rowStocks: rows.inside,
    get servedByOthers() {
      return servedByOthers
    },
    get takeoverSince() {
      return takeoverSince
    },
    skew,
    reservations: { [Symbol.iterator]: () => reservations.all()[Symbol.iterator]() },
    machines: { [Symbol.iterator]: () => machines.resources.all()[Symbol.iterator]() },
    lostMachines: machines.lost,
    storages: { [Symbol.iterator]: () => storages.resources.all()[Symbol.iterator]() },
    lostStorages: storages.lost,
    networks: { [Symbol.iterator]: () => networks.resources.all()[Symbol.iterator]() },
    lostNetworks: networks.lost,
    unlisted: served.unlisted,
    async end(graceMs) {
      const until = later(clock.tick(), graceMs)
      stopWatching()
      const settled = begun.catch(() => undefined)
      await inTime(clock, graceMs, settled)
      hasEnded = true
      await Promise.all([
        reservationCache.stop(),
        stockCache.stop(),
        machines.stop(),
        storages.stop(),
        networks.stop(),
        requests.stop(),
        orders.stop(),
      ])
      if (!engine || !controllers) return false
      rows.letGo()
      const leftMs = Math.max(0, msBetween(clock.tick(), until))
      const idle = await controllers.stop(leftMs / 2)
      // whatever is under way in a database harms nobody who leads after us, so nothing waits for it any longer
      const [finished] = await Promise.all([
        finishQuickly(clock, engine, until),
        inTime(clock, Math.min(leftMs / 2, ROWS_END_MS), rows.stop()),
      ])
      return finished && idle
    },
  }
}
