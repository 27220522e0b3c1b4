import type { Clock } from '../../application/clock.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { StockGone } from '../../application/ledger/ledger-faults.ts'
import type { Logger } from '../../application/logger.ts'
import { type Outcome, settled } from '../../application/outcome.ts'
import type { Keeping } from '../../application/reservation/kept.ts'
import { positionRefresher } from '../../application/reservation/refresh-positions.ts'
import { type KeepingObserver, type Retention, retirement } from '../../application/reservation/retire.ts'
import { LeaderEnds } from '../../application/rows/order.ts'
import { reconcileStock } from '../../application/stock/reconcile-stock.ts'
import {
  type Controller,
  type ControllerObserver,
  type ControllerOptions,
  controller,
} from '../../infrastructure/kubernetes/controller.ts'
import { fairShares } from '../../infrastructure/kubernetes/fair-shares.ts'
import { namespaceOfKey } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { type WorkQueue, type WorkQueueObserver, workQueue } from '../../infrastructure/kubernetes/work-queue.ts'
import type { MachineWork } from './machines.ts'
import type { NetworkWork } from './networks.ts'
import type { OrderWork } from './orders.ts'
import type { RequestWork } from './requests.ts'
import { reconcilerOfReservations } from './row-reservations.ts'
import type { RowWork } from './row-work.ts'
import type { StorageWork } from './storages.ts'

/** Each reservation and each stock waits for nobody but its own stocks, and what waits holds nothing that another needs. */
const EACH_BY_ITSELF = Infinity

/**
 * A machine's reconcile is a few calls, one after the other, and nothing else bounds how many are sent when thousands of
 * machines are seen at once; a storage's, a network's and a VirtualizationRequest's, too. They may hang for half a minute where a webhook or a provider
 * is sick: such a namespace has its share and no more.
 */
const SHARES = { inAll: 64, each: 16, longMs: 500 }

/** The keys that are to be looked at. */
export interface Queues {
  readonly reservations: WorkQueue<string>
  readonly stocks: WorkQueue<string>
  readonly machines: WorkQueue<string>
  readonly storages: WorkQueue<string>
  readonly networks: WorkQueue<string>
  readonly requests: WorkQueue<string>
  readonly orders: WorkQueue<string>
  readonly chores: WorkQueue<string>
}

export function queuesFor(observer: WorkQueueObserver): Queues {
  const queue = (name: string) => workQueue<string>({ name, clock: steadyClock(), observer })
  return {
    reservations: queue('reservation'),
    stocks: queue('virtualstock'),
    machines: queue('virtualmachine'),
    storages: queue('virtualstorage'),
    networks: queue('virtualnetwork'),
    requests: queue('virtualizationrequest'),
    orders: queue('order'),
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
  readonly storages: Pick<StorageWork, 'reconcile' | 'sweep' | 'sweepAttachments'>
  readonly networks: Pick<NetworkWork, 'reconcile' | 'sweep' | 'sweepAddresses'>
  readonly requests: Pick<RequestWork, 'reconcile' | 'retire'>
  readonly orders: Pick<OrderWork, 'reconcile' | 'retire' | 'sweep' | 'mayNeed'>
  readonly rows: Pick<RowWork, 'reconcile' | 'stocks' | 'ledgerOf'>
}

export interface LeaderControllers {
  start(): void
  /** Takes no more keys; true when none was being worked on after `graceMs`. */
  stop(graceMs: number): Promise<boolean>
}

/** What the leader works on: reservations, stocks, machines, storages, networks, requests, and chores that come back by the clock. */
export function leaderControllers(parts: ControllerParts): LeaderControllers {
  const { queues, engine, clock, retention, keeping, keepingObserver } = parts
  const { world } = engine
  const voices = { clock, onRetry: world.observer.retried, onTrouble: world.observer.trouble }
  const chores: Readonly<Record<string, () => Promise<Outcome>>> = {
    retire: retirement({
      ...{ ...voices, reservations: world.reservations, skew: world.skew },
      ...{ retention, keeping, observer: keepingObserver },
      mayNeed: ({ namespace, order }) => order !== undefined && parts.orders.mayNeed({ namespace, orderUid: order }),
    }),
    'refresh-positions': positionRefresher({ ...engine, clock, reservations: world.reservations }),
    'sweep-capacity': parts.machines.sweep,
    'sweep-storage-capacity': parts.storages.sweep,
    'sweep-storage-attachments': parts.storages.sweepAttachments,
    'sweep-network-claims': parts.networks.sweep,
    'sweep-network-addresses': parts.networks.sweepAddresses,
    'retire-requests': parts.requests.retire,
    'retire-orders': parts.orders.retire,
    'sweep-order-holds': parts.orders.sweep,
  }
  let stopping = false
  /** Whoever still waits for its turn when all ends begins nothing. */
  const inShares = (reconcile: (key: string) => Promise<Outcome>) => {
    const shares = fairShares(SHARES, steadyClock())
    return (key: string) => shares.run(namespaceOfKey(key), async () => (stopping ? settled : reconcile(key)))
  }
  const inSharesEach = [
    ['virtualmachine', queues.machines, parts.machines.reconcile],
    ['virtualstorage', queues.storages, parts.storages.reconcile],
    ['virtualnetwork', queues.networks, parts.networks.reconcile],
    ['virtualizationrequest', queues.requests, parts.requests.reconcile],
    ['order', queues.orders, parts.orders.reconcile],
  ] as const
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
    ...inSharesEach.map(([name, queue, reconcile]) =>
      aController(parts, { name, workers: EACH_BY_ITSELF, queue, reconcile: inShares(reconcile) }),
    ),
    aController(parts, {
      name: 'chores',
      workers: EACH_BY_ITSELF, // where a provider hangs, its sweeps take minutes
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
