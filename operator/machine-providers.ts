import type { Clock } from './application/clock.ts'
import type { MachineProvider } from './application/machine/machine-provider.ts'
import type { cluster } from './cluster.ts'
import type { ProviderName } from './domain/machine/machine.ts'
import { kubevirtProvider } from './infrastructure/kubernetes/kubevirt/kubevirt-provider.ts'
import { steadyClock } from './infrastructure/kubernetes/timers.ts'
import type { MachineSettings } from './infrastructure/settings/settings.ts'
import { simulatedProvider } from './infrastructure/simulated/simulated-provider.ts'

/** A provider that may have watches of its own. */
export type StartableProvider = MachineProvider & { stop?(): Promise<void> }

export interface ProvidersParts {
  readonly api: Pick<ReturnType<typeof cluster>, 'client' | 'cacheOf'>
  readonly clock: Clock
  readonly settings: MachineSettings
}

/** Everything that can run machines; `enqueue` is told of a machine whose provider has something new. */
export function machineProviders(
  { api, clock, settings }: ProvidersParts,
  enqueue: (key: string) => void,
): Readonly<Record<ProviderName, StartableProvider>> {
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
