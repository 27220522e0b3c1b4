import type { Clock } from '../../application/clock.ts'
import type { MachineProvider } from '../../application/machine/machine-kind.ts'
import { type Machine, toldToHalt } from '../../domain/machine/machine.ts'
import type { Provided } from '../../domain/machine/provided.ts'
import { childNameOf, type ProviderRef } from '../../domain/resource/resource.ts'
import { doneAtMs, simulated } from './simulated.ts'
import { simulatedAddress } from './simulated-address.ts'
import { type SimulatedFaults, simulatedFaults } from './simulated-faults.ts'

export interface SimulatedProviderParts {
  readonly clock: Pick<Clock, 'now'>
  readonly bootDelayMs: number
  /** An IPv4 network such as 10.10.0.0/16. */
  readonly network: string
}

/**
 * Machines that exist only in their status: what that says of them is how they are, and how they will be follows from it
 * and the clock. So nothing is forgotten when the operator restarts.
 */
export function simulatedProvider(parts: SimulatedProviderParts): MachineProvider {
  const provider = simulated({
    faultsIn: simulatedFaults,
    simulate: (machine: Machine, faults: SimulatedFaults) => simulate(parts, machine, faults),
  })
  return { ...provider, halt: async (machine) => (await provider.ensure(toldToHalt(machine))).kind === 'stopped' }
}

function simulate(parts: SimulatedProviderParts, machine: Machine, faults: SimulatedFaults): Provided {
  const { spec, status } = machine
  const ref = referenceTo(machine)
  const exists = status?.conditions.some(({ type, status: is }) => type === 'Provisioned' && is === 'True') ?? false
  if (!exists && (status?.tries ?? 0) < faults.create)
    return { kind: 'refused', message: 'the simulated provider was told to refuse' }
  if (spec.runStrategy === 'Halted')
    return { kind: 'stopped', ref, wanted: true, message: 'stopped, as runStrategy says' }
  if (status?.phase === 'Running') return afterRunning(parts, machine, faults)
  const stays = status?.phase === 'Stopped' && status.reason === 'ShutDown' && spec.runStrategy === 'RerunOnFailure'
  return stays ? shutDown(ref) : boot(parts, machine, faults)
}

function referenceTo(machine: Machine): ProviderRef {
  return { apiVersion: 'kbnt.io/v1beta1', kind: 'SimulatedMachine', name: childNameOf(machine) }
}

/** How a machine that ran is now: down for as many times as it was told to go, else as it was. */
function afterRunning(parts: SimulatedProviderParts, machine: Machine, { crash, shutdown }: SimulatedFaults): Provided {
  const { spec, status } = machine
  const ref = referenceTo(machine)
  const restarts = status?.restarts ?? 0
  if (restarts < crash) return { kind: 'starting', ref, message: 'it crashed and starts again' }
  if (restarts >= shutdown) return running(parts, machine, status?.startedAt ?? '')
  if (spec.runStrategy === 'RerunOnFailure') return shutDown(ref)
  return { kind: 'starting', ref, message: 'its guest has shut down; it starts again' }
}

function shutDown(ref: ProviderRef): Provided {
  return {
    kind: 'stopped',
    ref,
    wanted: false,
    message: 'its guest has shut down; runStrategy Always would start it again',
  }
}

function boot(parts: SimulatedProviderParts, machine: Machine, faults: SimulatedFaults): Provided {
  const ref = referenceTo(machine)
  if (faults.boot > 0) return { kind: 'troubled', ref, message: 'the simulated machine was told never to come up' }
  const now = parts.clock.now()
  const { status } = machine
  const upAt = doneAtMs(status?.bootingSince, parts.bootDelayMs, now)
  if (now >= upAt) return running(parts, machine, new Date(upAt).toISOString())
  const message = status?.reason === 'Starting' ? status.message : 'booting' // it may say why it boots again
  return { kind: 'starting', ref, message, recheckAfterMs: upAt - now }
}

function running({ network }: SimulatedProviderParts, machine: Machine, startedAt: string): Provided {
  const own = (machine.attached?.network ?? machine.status?.network)?.address
  const address = own ?? simulatedAddress(network, machine.uid)
  const endpoints = [{ name: 'ssh', address, port: 22 }]
  return { kind: 'running', ref: referenceTo(machine), endpoints, startedAt }
}
