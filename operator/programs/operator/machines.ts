import type { Clock } from '../../application/clock.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Logger } from '../../application/logger.ts'
import { machineAttachments } from '../../application/machine/machine-attachments.ts'
import { type MachineObserver, type MachineProvider, machineKind } from '../../application/machine/machine-kind.ts'
import { machineNetworks } from '../../application/machine/machine-networks.ts'
import { machineStorages } from '../../application/machine/machine-storages.ts'
import type { Removal } from '../../application/resource/provider.ts'
import type { BootTimes } from '../../application/virtualization/boot-times.ts'
import type { Machine, ProviderName } from '../../domain/machine/machine.ts'
import { keyOf } from '../../domain/reservation/reservation.ts'
import type { ResourceIdentity } from '../../domain/resource/resource.ts'
import type { NetworkSeat } from '../../infrastructure/kubernetes/kubevirt/kubevirt-guests.ts'
import { type KubevirtProvider, kubevirtProvider } from '../../infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { machineMarks } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import {
  BY_NETWORK,
  BY_STORAGE,
  networkIndexers,
  storageIndexers,
  storedMachines,
} from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { MachineSettings } from '../../infrastructure/settings/settings.ts'
import { simulatedProvider } from '../../infrastructure/simulated/simulated-provider.ts'
import { machineObserver } from '../../infrastructure/telemetry/machine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import type { NetworkWork } from './networks.ts'
import { type ResourceWork, type ResourceWorkParts, resourceWork } from './resource-work.ts'
import type { MachinesWithStorages, StorageWork } from './storages.ts'

export interface MachineWorkParts {
  readonly settings: MachineSettings
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly logger: Logger
  readonly api: Api
  readonly outlet: Pick<EventOutlet, 'machineEventFor'>
  readonly gauges: Pick<Metrics, 'machines'>
  readonly caches: ResourceWorkParts<VirtualMachine, Machine, never, never>['caches']
  /** Told how long machines take to come up. */
  readonly bootTimes: Pick<BootTimes, 'add'>
  /** What machines may be on. */
  readonly networks: Pick<NetworkWork, 'resources' | 'addresses' | 'isServed' | 'isSeen' | 'fabricOf'>
  /** What they may have instead of a disk. */
  readonly storages: Pick<StorageWork, 'resources' | 'isSeen'>
  /** Which of them have storages, by their own statuses. */
  readonly withStorages: Pick<MachinesWithStorages, 'with' | 'unseen'>
  /** A machine with this uid came, changed or went. */
  readonly onSeen: (uid: string) => void
  /** All machines of a namespace were seen; undefined stands for all of them. */
  readonly onListed: (namespace: string | undefined) => void
  /** Has a machine looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about machines. */
export interface MachineWork extends ResourceWork<VirtualMachine, Machine> {
  /**
   * A network came, changed or went: machines that wait for it are looked at, unless it has nothing new for them, those
   * on it that it has forgotten, so that it names them again, and those that have failed and still have an address of it.
   */
  networkSeen(networkKey: string, isAwaited?: boolean): void
  /**
   * A storage came, changed or went: machines that wait for it are looked at, those that were made with it and that it has
   * forgotten, and those that have failed and still have it.
   */
  storageSeen(storageKey: string): void
  /** Takes away what a provider still has of a machine that is gone. */
  removeRest(machine: ResourceIdentity): Promise<Removal>
  /** What providers still have on a network, also of machines that are gone, in words; undefined = nothing. */
  guestsOn(network: NetworkSeat): Promise<string | undefined>
}

export function machineWork(parts: MachineWorkParts): MachineWork {
  const { api, clock, skew, settings, enqueue, onSeen, caches, outlet } = parts
  const providers = providersOf(parts)
  const providerOf = ({ spec, status }: Machine) => status?.provider ?? spec.provider ?? settings.provider
  const { resources: networks, ...ofNetworks } = parts.networks
  const onNetworks = machineNetworks({ ...ofNetworks, networks, providerOf, now: clock.now })
  const { resources: storages, isSeen } = parts.storages
  const { with: known, unseen } = parts.withStorages
  const attachments = machineAttachments(onNetworks, machineStorages({ storages, isSeen, known, unseen, providerOf }))
  function seen(machine: VirtualMachine): void {
    onSeen(machine.metadata.uid ?? '')
    if (!isOver(machine)) return
    for (const key of networkIndexers[BY_NETWORK](machine)) networkSeen(key) // others may wait for its address
    for (const key of storageIndexers[BY_STORAGE](machine)) storageSeen(key)
  }

  function networkSeen(networkKey: string, isAwaited = true): void {
    const network = networks.find(networkKey)
    const listed = new Set(network?.status?.allocations?.map(({ uid }) => uid))
    for (const { metadata, status } of work.cache.byIndex(BY_NETWORK, networkKey)) {
      const { namespace = '', name = '', uid = '' } = metadata
      const waits = isAwaited && (status === undefined || status.phase === 'Pending')
      const isForgotten = network !== undefined && status?.network?.uid === network.uid && !listed.has(uid)
      if (waits || isForgotten || (listed.has(uid) && hasInVain(status))) enqueue(keyOf(namespace, name))
    }
  }

  function storageSeen(storageKey: string): void {
    const storage = storages.find(storageKey)
    const user = storage?.status?.attachedTo?.uid
    for (const { metadata, status } of work.cache.byIndex(BY_STORAGE, storageKey)) {
      const { namespace = '', name = '', uid = '' } = metadata
      const waits = status === undefined || status.phase === 'Pending'
      const isForgotten = user === undefined && status?.storages?.some((one) => one.uid === storage?.uid)
      if (waits || isForgotten || (user === uid && hasInVain(status))) enqueue(keyOf(namespace, name))
    }
  }

  const work = resourceWork({
    kind: machineKind({ providers, defaultProvider: settings.provider, policies: settings.policies, attachments }),
    ...{ stored: storedMachines, marks: machineMarks, client: api.clients.machines, cacheOf: api.machineCache },
    ...{ eventFor: outlet.machineEventFor, observer: observerOf(parts), maxTries: settings.maxTries },
    ...{ clock, skew, api, caches, onSeen: seen, onListed: parts.onListed, enqueue },
    ...{ removeRest: providers.KubeVirt.removeRest, stopProviders: providers.KubeVirt.stop },
  })
  return {
    ...work,
    networkSeen,
    storageSeen,
    removeRest: providers.KubeVirt.removeRest,
    guestsOn: providers.KubeVirt.guestsOn,
  }
}

/** One that has failed may not have known of what it has; one that has lost its capacity is kept, with all that it has. */
function hasInVain(status: VirtualMachine['status']): boolean {
  return status?.phase === 'Failed' && status.reason !== 'CapacityLost'
}

function isOver({ metadata, status }: VirtualMachine): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Failed'
}

/** Tells those who count and log; of boots also whoever says how long they take. */
function observerOf({ gauges, logger, api, bootTimes }: MachineWorkParts): MachineObserver {
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

/** Everything that can run machines. */
function providersOf({
  api,
  clock,
  settings,
  enqueue,
}: MachineWorkParts): Readonly<Record<ProviderName, MachineProvider>> & { readonly KubeVirt: KubevirtProvider } {
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
