import { type Clock, later, msBetween, type Tick } from '../../application/clock.ts'
import { type ClockSkew, clockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { finishQuickly } from '../../application/engine/finish-quickly.ts'
import type { World } from '../../application/engine/world.ts'
import { giveWay } from '../../application/give-way.ts'
import { inTime } from '../../application/in-time.ts'
import type { StockLedger } from '../../application/ledger/stock-ledger.ts'
import type { Logger } from '../../application/logger.ts'
import { patience } from '../../application/patience.ts'
import type { Machine } from '../../domain/machine/machine.ts'
import type { Reservation } from '../../domain/reservation/reservation.ts'
import { fairShares } from '../../infrastructure/kubernetes/fair-shares.ts'
import { kubernetesEventSpools } from '../../infrastructure/kubernetes/resources/event-spools.ts'
import { kubernetesReservations } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { kubernetesStockLedger } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type ServedNamespaces, servedNamespaces } from '../../infrastructure/kubernetes/served-namespaces.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import { engineObserver } from '../../infrastructure/telemetry/engine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { Api } from './api.ts'
import {
  dropVanished,
  type LeaderControllers,
  leaderControllers,
  queuesFor,
  reservationHandlers,
  stockHandlers,
} from './controllers.ts'
import type { EventOutlet } from './event-outlet.ts'
import { type MachineWork, machineWork } from './machines.ts'
import { takeover } from './takeover.ts'

export interface LeadershipParts {
  readonly settings: Settings
  readonly clock: Clock
  readonly logger: Logger
  readonly gauges: Metrics
  readonly api: Api
  readonly outlet: EventOutlet
  /** Told of each write of a stock that was stored. */
  readonly onStored: () => void
  /** Random for each start of the process. */
  readonly writer: string
  readonly fatal: (error: unknown) => void
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
  const { settings, clock, api, gauges } = parts
  const logger = parts.logger.child({ component: 'leader' })
  const skew = clockSkew(clock)
  const onServerDate = skew.observe
  const queues = queuesFor(gauges.queues)
  /** What the watch brings before the takeover is done: a deletion told to nobody would be forgotten. */
  let held: ((engine: Engine) => void)[] = []
  let engine: Engine | undefined
  let takeoverSince: Tick | undefined
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
    reservationHandlers(whenLeading, queues.reservations.add, (seen) => machines.reservationSeen(seen)),
  )
  const stockCache = api.stockCache(
    stockHandlers(() => engine, {
      enqueue: queues.stocks.add,
      seen: (before, after) => machines.stockSeen(before, after),
    }),
  )
  const machines: MachineWork = machineWork({
    settings: settings.machines,
    clock,
    skew,
    logger: parts.logger,
    gauges,
    api,
    outlet: parts.outlet,
    caches: { reservations: reservationCache, stocks: stockCache },
    enqueue: queues.machines.add,
  })
  const served = servedBy({ api, clock, logger, gauges }, ended)
  const reservations = kubernetesReservations({
    client: api.clients.reservations,
    cache: reservationCache,
    onServerDate,
    namespaces: () => served.all,
  })
  const enqueue = queues.reservations.add
  const world = worldOf(parts, { served, skew, reservations, enqueue, engine: () => engine })
  const caches = { reservations: reservationCache, stocks: stockCache, machines }
  const takingOver = takeover({ api, served, caches, world, clock, logger, onServerDate, ended })

  async function begin({ transitions }: { readonly transitions: number }): Promise<void> {
    const afterMs = settings.leaderElection.giveWayAfterMs
    stopWatching = giveWay({ clock, skew, afterMs, onGiveWay: parts.fatal })
    const startedAt = clock.tick()
    takeoverSince = startedAt
    const leading = await takingOver.all(transitions).catch((error: unknown) => {
      if (!hasEnded) throw error
    })
    takeoverSince = undefined
    if (leading && !hasEnded) work(leading, startedAt)
  }

  function work(leading: Engine, startedAt: Tick): void {
    engine = leading
    for (const act of held) act(leading)
    held = []
    const stocksSeen = served.all.map(async (namespace) => {
      const seen = await stockCache.follow(namespace)
      if (seen) dropVanished(leading, stockCache, namespace)
      return seen
    })
    machines.start(leading, stocksSeen, served.all)
    const { retention } = settings
    const observer = gauges.controllers
    controllers = leaderControllers({ queues, engine: leading, machines, clock, logger, retention, observer })
    controllers.start()
    logger.info('leading', { term: leading.term, tookMs: Math.round(msBetween(startedAt, clock.tick())) })
    served.takeUpOthers((namespace) => takingOver.one(leading, namespace))
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
      const until = later(clock.tick(), graceMs)
      stopWatching()
      const settled = begun.catch(() => undefined)
      await inTime(clock, graceMs, settled)
      hasEnded = true
      await Promise.all([reservationCache.stop(), stockCache.stop(), machines.stop()])
      if (!engine || !controllers) return false
      const idle = await controllers.stop(Math.max(0, msBetween(clock.tick(), until)) / 2)
      return (await finishQuickly(clock, engine, until)) && idle
    },
  }
}

interface OfThisTerm {
  readonly served: ServedNamespaces
  readonly skew: ClockSkew
  readonly reservations: World['reservations']
  readonly enqueue: (key: string) => void
  readonly engine: () => Engine | undefined
}

/** The outside world as the engine sees it. */
function worldOf(parts: LeadershipParts, { served, skew, reservations, enqueue, engine }: OfThisTerm): World {
  const { settings, api, outlet } = parts
  return {
    clock: parts.clock,
    skew,
    ledger: ledgerOf(api, served, skew),
    reservations,
    spools: kubernetesEventSpools({ client: api.clients.spools, namespace: api.ownNamespace }),
    publisher: outlet.publisher,
    observer: engineObserver({
      metrics: parts.gauges,
      logger: parts.logger,
      record: api.record,
      findReservation: reservations.find,
      onStored: parts.onStored,
      pendingEntries: (uid) => engine()?.actors.get(uid)?.journal.entries.length ?? 0,
    }),
    eventFor: outlet.eventFor,
    rejectionEvent: outlet.rejectionEvent,
    spoolAfterMs: settings.events.spoolAfterMs,
    maxSpooledBytes: settings.events.maxSpooledBytes,
    writer: parts.writer,
    enqueue,
    fatal: parts.fatal,
  }
}

/** A namespace whose stocks can't be written (a webhook that hangs) must not take the connections that all others need. */
const BOOK_SHARES = { inAll: 128, each: 64, longMs: 2_000 }

function ledgerOf({ clients, namespaces }: Api, { serves }: ServedNamespaces, skew: ClockSkew): StockLedger {
  const named = namespaces.filter((namespace) => namespace !== undefined)
  const shares = fairShares(BOOK_SHARES, steadyClock())
  const ledger = { client: clients.stocks, serves, onServerDate: skew.observe, shares }
  return kubernetesStockLedger(named.length > 0 ? { ...ledger, namespaces: named } : ledger)
}

/** Which namespaces are served. Of those that are not it is said at first and then now and then for as long as it lasts. */
function servedBy(
  { api, clock, logger, gauges }: Pick<LeadershipParts, 'api' | 'clock' | 'logger' | 'gauges'>,
  ended: () => boolean,
): ServedNamespaces {
  return servedNamespaces({
    namespaces: api.namespaces,
    clock: steadyClock(),
    ended,
    onChange: gauges.cluster.namespaces,
    onUnserved(namespace) {
      // not counted by cause: a metric has the name of each such namespace
      const voices = { clock, onRetry: () => undefined, onTrouble: logger.warn }
      const tries = patience(voices, { operation: 'list a namespace', fields: { namespace } })
      return (reason) => tries.failed({ cause: 'Unlisted', reason })
    },
  })
}
