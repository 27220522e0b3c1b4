import type { Machine, ProviderName } from '../../domain/machine/machine.ts'
import type { OwnMachineReason } from '../../domain/machine/machine-reasons.ts'
import { machineStatusAfter } from '../../domain/machine/machine-status.ts'
import { type MachinePolicies, violationOf } from '../../domain/machine/policy.ts'
import type { Provided } from '../../domain/machine/provided.ts'
import { machineAsks, machineWants } from '../../domain/machine/wants.ts'
import { isTrue } from '../../domain/resource/resource.ts'
import type { Provider } from '../resource/provider.ts'
import type { Attachments, Kind, ResourceObserver, ResourceParts } from '../resource/resource-parts.ts'

export interface MachineProvider extends Provider<Machine, Provided, ProviderName> {
  /** Has one be off, where it is there, whatever its spec says, and makes none; answers whether it is off. */
  halt(machine: Machine): Promise<boolean>
}
export type MachineObserver = ResourceObserver<Machine>
export type MachineParts = ResourceParts<Machine, Provided, OwnMachineReason>

export interface MachineChoices {
  readonly providers: Readonly<Record<ProviderName, MachineProvider>>
  /** For machines that name none. */
  readonly defaultProvider: ProviderName
  readonly policies: MachinePolicies
  /** What they have of others; absent = nothing. */
  readonly attachments?: Attachments<Machine, OwnMachineReason>
}

const passing: ReadonlySet<string> = new Set(['Reserving', 'Starting'])

/** What is particular to machines. */
export function machineKind({
  providers,
  defaultProvider,
  policies,
  attachments,
}: MachineChoices): MachineParts['kind'] {
  /** Settled with the first status, so that a changed setting moves no machine. */
  const providerOf = ({ spec, status }: Machine) => providers[status?.provider ?? spec.provider ?? defaultProvider]

  /** One of which nothing was told may have been made all the same; nothing of it is worth keeping. */
  async function halted(machine: Machine): Promise<boolean> {
    const provider = providerOf(machine)
    if (!isTrue(machine.status, 'Provisioned')) return (await provider.remove(machine)).kind === 'gone'
    await provider.unavailable(machine.namespace) // whatever it says: from then on it tells when the machine is off
    return provider.halt(machine)
  }

  return {
    ...{ what: 'machine', name: 'VirtualMachine', command: 'vmachine', passing, providerOf },
    maxPerOwner: policies.maxPerOwner,
    wants: ({ spec }) => machineWants(spec),
    asks: ({ spec }) => machineAsks(spec),
    violation: ({ spec }) => violationOf(spec, policies),
    obstacle: () => undefined,
    ...(attachments && { attachments }),
    /** It is kept for its disk. */
    afterLoss: async (machine) => `the machine ${(await halted(machine)) ? 'is stopped' : 'is being stopped'}`,
    statusAfter: machineStatusAfter,
  } satisfies Kind<Machine, Provided, OwnMachineReason>
}
