import type { Clock } from '../../application/clock.ts'
import type { ClockSkew } from '../../application/clock-skew.ts'
import type { Logger } from '../../application/logger.ts'
import { type MachineObserver, type MachineProvider, machineKind } from '../../application/machine/machine-kind.ts'
import type { BootTimes } from '../../application/virtualization/boot-times.ts'
import type { Machine, ProviderName } from '../../domain/machine/machine.ts'
import { kubevirtProvider } from '../../infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import type { VirtualMachine } from '../../infrastructure/kubernetes/resources/generated/virtual-machine.ts'
import { machineMarks } from '../../infrastructure/kubernetes/resources/resource-capacity.ts'
import { storedMachines } from '../../infrastructure/kubernetes/resources/virtual-machines.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { MachineSettings } from '../../infrastructure/settings/settings.ts'
import { simulatedProvider } from '../../infrastructure/simulated/simulated-provider.ts'
import { machineObserver } from '../../infrastructure/telemetry/machine-observer.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import type { Api } from './api.ts'
import type { EventOutlet } from './event-outlet.ts'
import { type ResourceWork, type ResourceWorkParts, resourceWork } from './resource-work.ts'

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
  /** A machine with this uid came, changed or went. */
  readonly onSeen: (uid: string) => void
  /** Has a machine looked at again. */
  readonly enqueue: (key: string) => void
}

/** The part of leading that is about machines. */
export type MachineWork = ResourceWork<VirtualMachine, Machine>

export function machineWork(parts: MachineWorkParts): MachineWork {
  const { api, clock, skew, settings, enqueue, onSeen, caches, outlet } = parts
  const providers = providersOf(parts)
  return resourceWork({
    kind: machineKind({ providers, defaultProvider: settings.provider, policies: settings.policies }),
    ...{ stored: storedMachines, marks: machineMarks, client: api.clients.machines, cacheOf: api.machineCache },
    ...{ eventFor: outlet.machineEventFor, observer: observerOf(parts), maxTries: settings.maxTries },
    ...{ clock, skew, api, caches, onSeen, enqueue },
    stopProviders: () => Promise.all(Object.values(providers).map((provider) => provider.stop?.())),
  })
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
