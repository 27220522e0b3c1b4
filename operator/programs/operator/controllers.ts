import type { Clock } from '../../application/clock.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stockSeen } from '../../application/engine/lead.ts'
import { StockGone } from '../../application/ledger/ledger-faults.ts'
import type { Logger } from '../../application/logger.ts'
import { type Outcome, settled } from '../../application/outcome.ts'
import type { Keeping } from '../../application/reservation/kept.ts'
import { positionRefresher } from '../../application/reservation/refresh-positions.ts'
import { type KeepingObserver, type Retention, retirement } from '../../application/reservation/retire.ts'
import { LeaderEnds } from '../../application/rows/order.ts'
import { reconcileStock } from '../../application/stock/reconcile-stock.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import {
  type Controller,
  type ControllerObserver,
  type ControllerOptions,
  controller,
} from '../../infrastructure/kubernetes/controller.ts'
import { fairShares } from '../../infrastructure/kubernetes/fair-shares.ts'
import { keyOfObject, namespaceOfKey } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import type { CacheHandlers } from '../../infrastructure/kubernetes/object-store.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { reservationFromResource } from '../../infrastructure/kubernetes/resources/reservations.ts'
import { stockFromResource } from '../../infrastructure/kubernetes/resources/virtual-stocks.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Namespaces, WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import { type WorkQueue, type WorkQueueObserver, workQueue } from '../../infrastructure/kubernetes/work-queue.ts'
import type { MachineWork } from './machines.ts'
import { reconcilerOfReservations } from './row-reservations.ts'
import type { RowWork } from './row-work.ts'

/** Each reservation and each stock waits for nobody but its own stocks, and what waits holds nothing that another needs. */
const EACH_BY_ITSELF = Infinity

/**
 * A machine's reconcile is a few requests, one after the other, and nothing else bounds how many are sent when thousands
 * of machines are seen at once. Its requests may hang for half a minute where a webhook or a provider is sick: such a
 * namespace has its share and no more.
 */
const MACHINE_SHARES = { inAll: 64, each: 16, longMs: 500 }

/** The keys that are to be looked at. */
export interface Queues {
  readonly reservations: WorkQueue<string>
  readonly stocks: WorkQueue<string>
  readonly machines: WorkQueue<string>
  readonly chores: WorkQueue<string>
}

export function queuesFor(observer: WorkQueueObserver): Queues {
  const queue = (name: string) => workQueue<string>({ name, clock: steadyClock(), observer })
  return {
    reservations: queue('reservation'),
    stocks: queue('virtualstock'),
    machines: queue('virtualmachine'),
    chores: queue('chores'),
  }
}

export interface ControllerParts {
  readonly queues: Queues
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ControllerObserver
  readonly retention: Retention
  readonly keeping: Keeping
  readonly keepingObserver: KeepingObserver
  readonly engine: Engine
  readonly machines: Pick<MachineWork, 'reconcile' | 'sweep'>
  readonly rows: Pick<RowWork, 'reconcile' | 'stocks' | 'ledgerOf'>
}

export interface LeaderControllers {
  start(): void
  /** Takes no more keys; true when none was being worked on after `graceMs`. */
  stop(graceMs: number): Promise<boolean>
}

/** What the leader works on: reservations, stocks, machines, and chores that come back by the clock. */
export function leaderControllers(parts: ControllerParts): LeaderControllers {
  const { queues, engine, clock, retention, keeping, keepingObserver } = parts
  const { world } = engine
  const voices = { clock, onRetry: world.observer.retried, onTrouble: world.observer.trouble }
  const chores: Readonly<Record<string, () => Promise<Outcome>>> = {
    retire: retirement({
      ...{ ...voices, reservations: world.reservations, skew: world.skew },
      ...{ retention, keeping, observer: keepingObserver },
    }),
    'refresh-positions': positionRefresher({ ...engine, clock, reservations: world.reservations }),
    'sweep-capacity': parts.machines.sweep,
  }
  const shares = fairShares(MACHINE_SHARES, steadyClock())
  let stopping = false
  const controllers = [
    aController(parts, {
      name: 'reservation',
      workers: EACH_BY_ITSELF,
      queue: queues.reservations,
      reconcile: reconcilerOfReservations(engine, parts.rows, clock),
    }),
    aController(parts, {
      name: 'virtualstock',
      workers: EACH_BY_ITSELF,
      queue: queues.stocks,
      reconcile: (key) => parts.rows.reconcile(key) ?? reconcileStock(engine, key),
    }),
    aController(parts, {
      name: 'virtualmachine',
      workers: EACH_BY_ITSELF,
      queue: queues.machines,
      // whoever still waits for its turn when all ends begins nothing
      reconcile: (key) =>
        shares.run(namespaceOfKey(key), async () => (stopping ? settled : parts.machines.reconcile(key))),
    }),
    aController(parts, {
      name: 'chores',
      workers: 2,
      queue: queues.chores,
      reconcile: (chore) => (chores[chore] as () => Promise<Outcome>)(),
    }),
  ]
  return {
    start() {
      for (const chore of Object.keys(chores)) queues.chores.add(chore)
      for (const one of controllers) one.start()
    },
    async stop(graceMs) {
      stopping = true
      const stopped = await Promise.all(controllers.map((one) => one.stop(graceMs)))
      return stopped.every(Boolean)
    },
  }
}

type Task = Pick<ControllerOptions<string>, 'name' | 'workers' | 'queue'> & {
  readonly reconcile: (key: string) => Promise<Outcome>
}

function aController({ clock, logger, observer }: ControllerParts, task: Task): Controller {
  const log = logger.child({ component: task.name })
  return controller({
    ...task,
    clock,
    observer,
    onFault(key, error, failures) {
      if (error instanceof LeaderEnds) return
      if (error instanceof StockGone) log.debug('its stock went meanwhile; looked at again', { key })
      else log.warn('could not be brought where it should be; tried again', { key, failures, error })
    },
  })
}

/** Queues what has changed; what was deleted must reach the engine, so it waits until there is one. */
export function reservationHandlers(
  whenLeading: (act: (engine: Engine) => void) => void,
  enqueue: (key: string) => void,
  seen: (resource: Reservation) => void,
): CacheHandlers<Reservation> {
  const changed = (resource: Reservation): void => {
    enqueue(keyOfObject(resource))
    seen(resource)
  }
  return {
    onAdded: changed,
    onUpdated: (_, resource) => changed(resource),
    onDeleted(last) {
      seen(last)
      whenLeading((engine) => {
        const reservation = reservationFromResource(last)
        const { uid, namespace, name, spec } = reservation
        const [home] = spec.items
        const key = keyOf(namespace, name)
        engine.departed.add(key, { uid, homeKey: home ? keyOf(home.stockNamespace, home.stock) : '', reservation })
        engine.unexplained.forget(uid)
        enqueue(key)
      })
    },
  }
}

interface StockConcerns {
  readonly enqueue: (key: string) => void
  readonly rows: Pick<RowWork, 'seen' | 'gone'>
  readonly seen: (before: VirtualStock | undefined, after: VirtualStock | undefined) => void
}

/** Has the engine lead what comes, look at what changes and let go of what is gone. */
export function stockHandlers(
  engineNow: () => Engine | undefined,
  { enqueue, seen, rows }: StockConcerns,
): CacheHandlers<VirtualStock> {
  const changed = (resource: VirtualStock): void => {
    const engine = engineNow()
    if (!engine) return
    const stock = stockFromResource(resource)
    stockSeen(engine, stock)
    rows.seen(stock)
    enqueue(keyOfObject(resource))
  }
  return {
    onAdded(resource) {
      changed(resource)
      seen(undefined, resource)
    },
    onUpdated(before, resource) {
      changed(resource)
      seen(before, resource)
    },
    onDeleted(last) {
      goneFrom(engineNow(), last.metadata.uid ?? '', keyOfObject(last))
      rows.gone(stockFromResource(last))
      seen(last, undefined)
    },
  }
}

function goneFrom(engine: Engine | undefined, uid: string, key: string): void {
  engine?.stocks.findByUid(uid)?.stop(new StockGone(key))
}

/** Watches the stocks of each namespace from now on; each promise tells whether all of one are there now. */
export function followStocks(
  engine: Engine,
  cache: Pick<WatchedCache<VirtualStock>, 'follow' | 'get'>,
  namespaces: Namespaces,
): Promise<boolean>[] {
  return namespaces.map(async (namespace) => {
    const seen = await cache.follow(namespace)
    if (seen) dropVanished(engine, cache, namespace)
    return seen
  })
}

/** Stocks of a namespace (undefined: of any) that went between the takeover's list and the watch's are told by nobody. */
export function dropVanished(
  engine: Engine,
  cache: Pick<WatchedCache<VirtualStock>, 'get'>,
  namespace: string | undefined,
): void {
  for (const { stock } of [...engine.actors.values()]) {
    if (namespace !== undefined && stock.namespace !== namespace) continue
    const key = keyOf(stock.namespace, stock.name)
    if (cache.get(key)?.metadata.uid !== stock.uid) goneFrom(engine, stock.uid, key)
  }
}
