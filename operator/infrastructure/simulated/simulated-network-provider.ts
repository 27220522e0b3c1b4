import type { NetworkProvider } from '../../application/network/network-kind.ts'
import type { Network } from '../../domain/network/network.ts'
import type { ProvidedNetwork } from '../../domain/network/provided-network.ts'
import { childNameOf, isTrue } from '../../domain/resource/resource.ts'
import { simulated } from './simulated.ts'
import { type SimulatedNetworkFaults, simulatedNetworkFaults } from './simulated-faults.ts'

/** Networks that exist only in their status. */
export function simulatedNetworkProvider(): NetworkProvider {
  return simulated({ faultsIn: simulatedNetworkFaults, simulate })
}

function simulate(network: Network, faults: SimulatedNetworkFaults): ProvidedNetwork {
  const { status } = network
  if (!isTrue(status, 'Provisioned') && (status?.tries ?? 0) < faults.create)
    return { kind: 'refused', message: 'the simulated provider was told to refuse' }
  return {
    kind: 'active',
    ref: { apiVersion: 'kbnt.io/v1beta1', kind: 'SimulatedNetwork', name: childNameOf(network) },
  }
}
