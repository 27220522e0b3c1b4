import type { Clock } from './application/clock.ts'
import type { MachineProvider } from './application/machine/machine-provider.ts'
import type { ProviderName } from './domain/machine/machine.ts'
import type { MachineSettings } from './infrastructure/settings/settings.ts'
import { simulatedProvider } from './infrastructure/simulated/simulated-provider.ts'

/** A provider that may have watches of its own. */
export type StartableProvider = MachineProvider & { stop?(): Promise<void> }

export interface ProvidersParts {
  readonly clock: Clock
  readonly settings: MachineSettings
}

/** Everything that can run machines. */
export function machineProviders(
  { clock, settings }: ProvidersParts,
  _enqueue: (key: string) => void,
): Readonly<Record<ProviderName, StartableProvider>> {
  return {
    Simulated: simulatedProvider({ clock, ...settings.simulated }),
    KubeVirt: {
      name: 'KubeVirt',
      unavailable: async () => 'KubeVirt is not installed: the API server does not serve kubevirt.io/v1',
      ensure: async () => ({ kind: 'refused', message: 'KubeVirt is not installed' }),
      remove: async () => ({ kind: 'gone' }),
    },
  }
}
