import { backOff, type Clock, type Tick } from './application/clock.ts'
import { type ClockSkew, clockSkew } from './application/clock-skew.ts'
import type { Engine } from './application/engine/engine.ts'
import { lead } from './application/engine/lead.ts'
import type { EngineObserver, World } from './application/engine/world.ts'
import type { EventPublisher } from './application/event/publisher.ts'
import { giveWay } from './application/give-way.ts'
import type { StockLedger } from './application/ledger/stock-ledger.ts'
import type { Logger } from './application/logger.ts'
import type { Retention } from './application/reservation/retire.ts'
import type { Machine } from './domain/machine/machine.ts'
import type { Reservation } from './domain/reservation/reservation.ts'
import { finishQuickly, inTime } from './finish-quickly.ts'
import type { CacheHandlers } from './infrastructure/kubernetes/object-store.ts'
import type { ResourceClient } from './infrastructure/kubernetes/resource-client.ts'
import { kubernetesEventSpools } from './infrastructure/kubernetes/resources/event-spools.ts'
import type { EventSpool } from './infrastructure/kubernetes/resources/generated/event-spool.ts'
import type { Reservation as ReservationResource } from './infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from './infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from './infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { kubernetesReservations } from './infrastructure/kubernetes/resources/reservations.ts'
import { kubernetesStockLedger } from './infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type ControllerParts, type LeaderControllers, leaderControllers } from './leader-controllers.ts'
import { type MachineWork, type MachineWorkParts, machineWork } from './machine-work.ts'
import { type ServedNamespaces, servedNamespaces } from './served-namespaces.ts'
import type { StandbyCaches } from './standby-caches.ts'
import { listReservations, takeUpNamespace } from './take-up-namespace.ts'
import { dropVanished, reservationHandlers, stockHandlers } from './watch-handlers.ts'
import type { Namespaces, WatchedCache } from './watched-cache.ts'

export interface Clients {
  readonly stocks: ResourceClient<VirtualStock>
  readonly reservations: ResourceClient<ReservationResource>
  readonly spools: ResourceClient<EventSpool>
  readonly machines: ResourceClient<VirtualMachine>
}

export interface LeadershipParts {
  readonly clients: Clients
  readonly namespaces: Namespaces
  /** Where spools are kept. */
  readonly ownNamespace: string
  readonly clock: Clock
  readonly logger: Logger
  readonly publisher: EventPublisher
  readonly eventFor: World['eventFor']
  readonly rejectionEvent: World['rejectionEvent']
  /** When events leave the journals, and how much of that there may be. */
  readonly spooling: { readonly spoolAfterMs: number; readonly maxSpooledBytes: number }
  readonly observerFor: (sources: {
    engine: () => Engine | undefined
    findReservation: (key: string) => Reservation | undefined
  }) => EngineObserver
  readonly standby: StandbyCaches
  readonly stockCache: (handlers: CacheHandlers<VirtualStock>) => WatchedCache<VirtualStock>
  readonly reservationCache: (handlers: CacheHandlers<ReservationResource>) => WatchedCache<ReservationResource>
  readonly queues: ControllerParts['queues']
  /** What machines need beyond the rest. */
  readonly machineParts: Pick<MachineWorkParts, 'machineCache' | 'settings' | 'providers' | 'eventFor' | 'observer'>
  readonly controllerObserver: ControllerParts['observer']
  readonly retention: Retention
  /** How long its clock may be wrong before a leader ends. */
  readonly giveWayAfterMs: number
  /** Random for each start of the process. */
  readonly writer: string
  readonly fatal: (error: unknown) => void
  /** Told of each change: how many namespaces are served, and which are not. */
  readonly onServedChange: (served: number, unlisted: readonly string[]) => void
}

/** One term as the leader, from the takeover to the last write. */
export interface Leadership {
  /** Takes everything over, then works. Rejects only with what no retry would mend. */
  begin(term: { readonly transitions: number }): Promise<void>
  /** Undefined until the takeover is done. */
  readonly engine: Engine | undefined
  /** Since when it takes over; undefined = it doesn't, or is done. */
  readonly takeoverSince: Tick | undefined
  readonly skew: Pick<ClockSkew, 'excessMs'>
  readonly reservations: Iterable<Reservation>
  readonly machines: Iterable<Machine>
  /** Namespaces that it can't list, and so doesn't serve, and why. */
  readonly unlisted: ReadonlyMap<string, string>
  /** Takes no more commands, ends what is under way. False: something may still be under way after `graceMs`. */
  end(graceMs: number): Promise<boolean>
}

export function leadership(parts: LeadershipParts): Leadership {
  const { clock, logger, clients } = parts
  const skew = clockSkew(clock)
  const onServerDate = skew.observe
  /** What the watch brings before the takeover is done: a deletion told to nobody would be forgotten. */
  let held: ((engine: Engine) => void)[] = []
  let engine: Engine | undefined
  let takeoverSince: Tick | undefined
  let controllers: LeaderControllers | undefined
  let stopWatching = (): void => undefined
  let begun: Promise<void> = Promise.resolve()
  /** What is not done by now is not begun any more. */
  let ended = false

  const served = servedBy(parts, () => ended)

  const whenLeading = (act: (engine: Engine) => void): void => {
    if (engine) act(engine)
    else held.push(act)
  }
  const enqueue = (key: string): void => parts.queues.reservations.add(key)
  const cache = parts.reservationCache(
    reservationHandlers(whenLeading, enqueue, (seen) => machines.reservationSeen(seen)),
  )
  const stockCache = parts.stockCache(
    stockHandlers(() => engine, {
      enqueue: (key) => parts.queues.stocks.add(key),
      seen: (before, after) => machines.stockSeen(before, after),
    }),
  )
  const machines: MachineWork = machineWork({
    ...parts.machineParts,
    clients,
    clock,
    queue: parts.queues.machines,
    reservationCache: cache,
    stockCache,
  })
  const reservations = kubernetesReservations({
    client: clients.reservations,
    cache,
    onServerDate,
    namespaces: () => served.all,
  })
  const world: World = {
    clock,
    skew,
    ledger: ledgerOf(parts, served, onServerDate),
    reservations,
    spools: kubernetesEventSpools({ client: clients.spools, namespace: parts.ownNamespace }),
    publisher: parts.publisher,
    observer: parts.observerFor({ engine: () => engine, findReservation: reservations.find }),
    eventFor: parts.eventFor,
    rejectionEvent: parts.rejectionEvent,
    spoolAfterMs: parts.spooling.spoolAfterMs,
    maxSpooledBytes: parts.spooling.maxSpooledBytes,
    writer: parts.writer,
    enqueue,
    fatal: parts.fatal,
  }

  /** A takeover that can't read waits until it can: its lease is renewed meanwhile, or lost, which ends it. */
  async function insist<T>(what: string, attempt: () => Promise<T>): Promise<T> {
    const wait = backOff(clock, 200)
    while (!ended) {
      try {
        const answer = await attempt()
        if (!ended) return answer
      } catch (error) {
        logger.warn(`${what} could not be listed; tried again`, { error })
        await wait()
      }
    }
    throw new Error(`asked to end before ${what} were listed`)
  }

  /** In this order: a hold that a stock's books have is in a list that is read after them, or its object is gone. */
  async function takeOver(transitions: number): Promise<Engine> {
    let known = parts.standby.handOver()
    const found = await insist('stocks', () => served.ask(parts.namespaces, world.ledger.list))
    const lists = await insist('reservations', () => {
      const once = known // a server that is too busy for single reads is asked for whole lists from then on
      known = undefined
      return served.ask([...found.keys()], listReservations(clients, found.size, once))
    })
    for (const [namespace, list] of lists) void cache.follow(namespace, list)
    served.serve([...lists.keys()])
    const stocks = served.all.flatMap((namespace) => found.get(namespace) ?? [])
    const all = [...reservations.all()]
    const spools = await insist('spools', world.spools.list)
    logger.info('takes over', { stocks: stocks.length, reservations: all.length, spools: spools.length })
    return lead(world, { stocks, reservations: all, spools, transitions })
  }

  async function begin({ transitions }: { readonly transitions: number }): Promise<void> {
    stopWatching = giveWay({ clock, skew, afterMs: parts.giveWayAfterMs, onGiveWay: parts.fatal })
    const startedAt = clock.now()
    takeoverSince = clock.tick()
    const leading = await takeOver(transitions).catch((error: unknown) => {
      if (!ended) throw error
    })
    takeoverSince = undefined
    if (!leading || ended) return
    engine = leading
    for (const act of held) act(leading)
    held = []
    const stocksSeen = served.all.map((namespace) => stockCache.follow(namespace))
    void Promise.all(stocksSeen).then((seen) => seen.every(Boolean) && dropVanished(leading, stockCache))
    machines.start(leading, stocksSeen, served.all)
    controllers = leaderControllers({ ...parts, observer: parts.controllerObserver, engine: leading, machines })
    controllers.start()
    logger.info('leading', { term: leading.term, tookMs: clock.now() - startedAt })
    const caches = { reservations: cache, stocks: stockCache, machines }
    served.takeUpOthers(takeUpNamespace({ clients, served, caches, onServerDate, logger, ended: () => ended }))
  }

  return {
    begin(term) {
      begun = begin(term)
      return begun
    },
    get engine() {
      return engine
    },
    get takeoverSince() {
      return takeoverSince
    },
    skew,
    reservations: { [Symbol.iterator]: () => reservations.all()[Symbol.iterator]() },
    machines: { [Symbol.iterator]: () => machines.machines.all()[Symbol.iterator]() },
    unlisted: served.unlisted,
    async end(graceMs) {
      const until = clock.now() + graceMs
      stopWatching()
      const settled = begun.catch(() => undefined)
      await inTime(clock, graceMs, settled)
      ended = true
      await Promise.all([cache.stop(), stockCache.stop(), machines.stop()])
      if (!engine || !controllers) return false
      const idle = await controllers.stop(Math.max(0, until - clock.now()) / 2)
      return (await finishQuickly(clock, engine, until)) && idle
    },
  }
}

function servedBy(
  { namespaces, clock, logger, onServedChange }: LeadershipParts,
  ended: () => boolean,
): ServedNamespaces {
  return servedNamespaces({ namespaces, clock, ended, onChange: onServedChange, onTrouble: logger.warn })
}

function ledgerOf(
  { clients, namespaces }: LeadershipParts,
  { serves }: ServedNamespaces,
  onServerDate: (date: number | undefined) => void,
): StockLedger {
  const named = namespaces.filter((namespace) => namespace !== undefined)
  return kubernetesStockLedger({
    ...{ client: clients.stocks, serves, onServerDate },
    ...(named.length > 0 && { namespaces: named }),
  })
}
