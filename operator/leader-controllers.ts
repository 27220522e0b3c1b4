import type { Clock } from './application/clock.ts'
import type { Engine } from './application/engine/engine.ts'
import { StockGone } from './application/ledger/ledger-faults.ts'
import type { Logger } from './application/logger.ts'
import type { Outcome } from './application/outcome.ts'
import { reconcileReservation } from './application/reservation/reconcile-reservation.ts'
import { refreshPositions } from './application/reservation/refresh-positions.ts'
import { type Retention, retireReservations } from './application/reservation/retire.ts'
import { reconcileStock } from './application/stock/reconcile-stock.ts'
import {
  type Controller,
  type ControllerObserver,
  type ControllerOptions,
  controller,
} from './infrastructure/kubernetes/controller.ts'
import type { WorkQueue } from './infrastructure/kubernetes/work-queue.ts'
import type { MachineWork } from './machine-work.ts'

/** Each reservation and each stock waits for nobody but its own stocks, and what waits holds nothing that another needs. */
const EACH_BY_ITSELF = Infinity
const MACHINES_AT_ONCE = 64

export interface ControllerParts {
  readonly queues: {
    readonly reservations: WorkQueue<string>
    readonly stocks: WorkQueue<string>
    readonly machines: WorkQueue<string>
    readonly chores: WorkQueue<string>
  }
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ControllerObserver
  readonly retention: Retention
  readonly engine: Engine
  readonly machines: Pick<MachineWork, 'reconcile' | 'sweep'>
}

export interface LeaderControllers {
  start(): void
  /** Takes no more keys; true when none was being worked on after `graceMs`. */
  stop(graceMs: number): Promise<boolean>
}

/** What the leader works on: reservations, stocks, machines, and chores that come back by the clock. */
export function leaderControllers(parts: ControllerParts): LeaderControllers {
  const { queues, engine, clock, retention } = parts
  const { world } = engine
  const chores: Readonly<Record<string, () => Promise<Outcome>>> = {
    retire: () => retireReservations({ reservations: world.reservations, clock, retention }),
    'refresh-positions': () =>
      refreshPositions({ ...engine, clock, reservations: world.reservations, actors: engine.actors.values() }),
    'sweep-capacity': parts.machines.sweep,
  }
  const reservationParts = { ...engine, reservations: world.reservations, clock }
  const controllers = [
    aController(parts, {
      name: 'reservation',
      workers: EACH_BY_ITSELF,
      queue: queues.reservations,
      reconcile: (key) => reconcileReservation(reservationParts, key),
    }),
    aController(parts, {
      name: 'virtualstock',
      workers: EACH_BY_ITSELF,
      queue: queues.stocks,
      reconcile: (key) => reconcileStock(engine, key),
    }),
    aController(parts, {
      name: 'virtualmachine',
      workers: MACHINES_AT_ONCE,
      queue: queues.machines,
      reconcile: parts.machines.reconcile,
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
      if (error instanceof StockGone) log.debug('its stock went meanwhile; looked at again', { key })
      else log.warn('could not be brought where it should be; tried again', { key, failures, error })
    },
  })
}
