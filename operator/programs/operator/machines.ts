import type { Clock, Tick } from '../../application/clock.ts'
import { clockCheck } from '../../application/clock-check.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { stepEvents } from '../../application/event/step-events.ts'
import { inTime } from '../../application/in-time.ts'
import type { Logger } from '../../application/logger.ts'
import type { Capacity } from '../../application/machine/capacity.ts'
import type { MachineParts } from '../../application/machine/machine-parts.ts'
import type { MachineProvider } from '../../application/machine/machine-provider.ts'
import type { Machines } from '../../application/machine/machines.ts'
import { nextTries } from '../../application/machine/next-tries.ts'
import { reconcileMachine } from '../../application/machine/reconcile-machine.ts'
import { capacitySweep, lostOwners } from '../../application/machine/sweep-capacity.ts'
import { type Outcome, recheckAfter } from '../../application/outcome.ts'
import type { BootTimes } from '../../application/virtualization/boot-times.ts'
import type { ProviderName } from '../../domain/machine/machine.ts'
import { keyOfObject } from '../../infrastructure/kubernetes/kubernetes-object.ts'
import { kubevirtProvider } from '../../infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import type { ObjectList } from '../../infrastructure/kubernetes/resource-client.ts'
import type { Reservation } from '../../infrastructure/kubernetes/resources/generated/reservation.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import type { VirtualStock } from '../../infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { machineCapacity, machineOf } from '../../infrastructure/kubernetes/resources/machine-capacity.ts'
import { machinePools, poolOf } from '../../infrastructure/kubernetes/resources/machine-pools.ts'
import { kubernetesMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import { isListed, type Namespaces, type WatchedCache } from '../../infrastructure/kubernetes/watched-cache.ts'
import type { MachineSettings } from '../../infrastructure/settings/settings.ts'
import { simulatedProvider } from '../../infrastructure/simulated/simulated-provider.ts'
import { machineObserver } from '../../infrastructure/telemetry/machine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'

export interface MachineWorkParts {
  readonly settings: MachineSettings
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'machineEventFor'>
  readonly gauges: Pick<Metrics, 'machines'>
  /** What the engine has seen of its own kinds. */
  readonly caches: { readonly reservations: WatchedCache<Reservation>; readonly stocks: WatchedCache<VirtualStock> }
  /** Told how long machines take to come up. */
  readonly bootTimes: Pick<BootTimes, 'add'>
  /** A machine with this uid came, changed or went. */
  readonly onSeen: (uid: string) => void
  /** Has a machine looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about machines. */
export interface MachineWork {
  readonly machines: Machines
  /** What was seen of them. */
  readonly cache: WatchedCache<VirtualMachine>
  /** A reservation came, changed or went: if it is a machine's, that one is looked at. */
  reservationSeen(reservation: Reservation): void
  /** A stock came, went (`after` undefined) or changed: machines that wait for its pool are looked at. */
  stockSeen(before: VirtualStock | undefined, after: VirtualStock | undefined): void
  /**
   * Begins when all machines and stocks of these namespaces were seen: what one owner may have is counted in all of them.
   * One that can't be listed keeps the others waiting for seconds only. Those of others are told of later.
   */
  start(engine: Engine, seen: readonly Promise<boolean>[], namespaces: Namespaces): void
  /** Machines of one more namespace. Before its reservations: else their machines would seem to be gone. */
  follow(namespace: string, from: ObjectList<VirtualMachine>): void
  reconcile(key: string): Promise<Outcome>
  /** Uids of the machines that are gone and whose capacity is still held, as last seen. */
  lost(): Iterable<string>
  /** Gives back the capacity of machines that are gone. */
  sweep(): Promise<Outcome>
  stop(): Promise<void>
}

/** Until the caches are complete nothing can be said of a machine. */
const NOT_YET_MS = 100
/** Who isn't seen by then is waited for no longer. */
const SEEN_WITHIN_MS = 10_000

export function machineWork(parts: MachineWorkParts): MachineWork {
  const { api, clock, skew, settings, enqueue } = parts
  const askedAt = new Map<string, Tick>()
  const tries = nextTries(clock)
  let stopped = false
  let leading: (MachineParts & Pick<MachineWork, 'lost'> & { readonly sweep: () => Promise<Outcome> }) | undefined
  function changed(machine: VirtualMachine): void {
    enqueue(keyOfObject(machine))
    parts.onSeen(machine.metadata.uid ?? '')
  }
  const cache = api.machineCache({
    onAdded: changed,
    onUpdated: (_, machine) => changed(machine),
    onDeleted({ metadata: { uid = '' } }) {
      parts.onSeen(uid)
      askedAt.delete(uid)
      tries.forget(uid)
      leading?.events.forget(uid)
    },
  })
  const machines = kubernetesMachines({ client: api.clients.machines, cache, onServerDate: skew.observe })
  const providers = providersOf(parts)

  /** Of the machines of a namespace that isn't seen nobody can say that they are gone. */
  function seenCapacity({ giveBack, owners }: Capacity): Pick<Capacity, 'giveBack' | 'owners'> {
    return { giveBack, owners: () => [...owners()].filter(({ namespace }) => isListed(cache, namespace)) }
  }

  function begin(engine: Engine): void {
    const { retried: onRetry, trouble: onTrouble } = engine.world.observer
    const capacity = machineCapacity({ client: api.clients.reservations, cache: parts.caches.reservations })
    const seen = seenCapacity(capacity)
    leading = {
      ...{
        machines,
        capacity,
        lost: () => lostOwners({ machines, capacity: seen }).map(({ uid }) => uid),
        sweep: capacitySweep({ machines, capacity: seen, clock, onRetry, onTrouble }),
      },
      pools: machinePools(parts.caches.stocks),
      providers,
      defaultProvider: settings.provider,
      policies: settings.policies,
      maxTries: settings.maxTries,
      events: stepEvents({
        relay: engine.relay,
        eventFor: (machine, number) => parts.outlet.machineEventFor(machine, number, engine.term),
        onPublished: enqueue,
      }),
      ...{ askedAt, nextTries: tries, clock, skew, clockIsRight: clockCheck({ skew, clock, objects: machines }) },
      observer: observerOf(parts),
    }
  }

  return {
    machines,
    cache,
    reservationSeen(reservation) {
      const machine = machineOf(reservation)
      if (machine) enqueue(`${machine.namespace}/${machine.name}`)
    },
    stockSeen(before, after) {
      if (before && after && !isNewToPools(before, after)) return
      const pools = new Set([before, after].map((stock) => stock && poolOf(stock)))
      for (const { namespace, name, spec, status } of machines.all()) {
        const waits = status === undefined || status.phase === 'Pending'
        if (waits && pools.has(`${spec.poolNamespace}/${spec.pool}`)) enqueue(`${namespace}/${name}`)
      }
    },
    start(engine, seen, namespaces) {
      const machinesSeen = namespaces.map((namespace) => cache.follow(namespace))
      const all = Promise.all([...machinesSeen, ...seen])
      void inTime(clock, SEEN_WITHIN_MS, all).then(() => stopped || begin(engine))
    },
    follow: (namespace, from) => void cache.follow(namespace, from),
    reconcile: async (key) => (leading ? reconcileMachine(leading, key) : recheckAfter(NOT_YET_MS)),
    lost: () => leading?.lost() ?? [],
    sweep: async () => (leading ? leading.sweep() : recheckAfter(NOT_YET_MS)),
    async stop() {
      stopped = true
      await Promise.all([cache.stop(), ...Object.values(providers).map((provider) => provider.stop?.())])
    },
  }
}

/** Tells those who count and log; of boots also whoever says how long they take. */
function observerOf({ gauges, logger, api, bootTimes }: MachineWorkParts): MachineParts['observer'] {
  const observer = machineObserver({
    metrics: gauges.machines,
    logger: logger.child({ component: 'machines' }),
    record: api.recordMachine,
  })
  return {
    told(machine, status, steps) {
      observer.told(machine, status, steps)
      const { provider, bootTimeSeconds } = status
      if (bootTimeSeconds !== undefined && steps.some(({ operation }) => operation === 'Run'))
        bootTimes.add(provider, bootTimeSeconds)
    },
  }
}

/** A provider that may have watches of its own. */
type StartableProvider = MachineProvider & { stop?(): Promise<void> }

/** Everything that can run machines. */
function providersOf({
  api,
  clock,
  settings,
  enqueue,
}: MachineWorkParts): Readonly<Record<ProviderName, StartableProvider>> {
  const { storage, storageClass } = settings.kubevirt
  return {
    Simulated: simulatedProvider({ clock, ...settings.simulated }),
    KubeVirt: kubevirtProvider({
      client: api.client,
      cacheOf: (client, handlers) => api.cacheOf(client, 'kubevirt', handlers),
      clock: steadyClock(),
      storage: storage === 'emptyDisk' ? { kind: storage } : { kind: storage, ...(storageClass && { storageClass }) },
      onChanged: enqueue,
    }),
  }
}

/** A stock's books change all the time; what makes it part of a pool hardly ever. */
function isNewToPools({ metadata: before }: VirtualStock, { metadata: after }: VirtualStock): boolean {
  const labels = ({ labels = {} }: typeof before) => `${labels['kbnt.io/pool']}\n${labels['kbnt.io/resource']}`
  return before.generation !== after.generation || labels(before) !== labels(after)
}
