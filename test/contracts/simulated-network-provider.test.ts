import { randomUUID } from 'node:crypto'
import { simulatedNetworkProvider } from '../../operator/infrastructure/simulated/simulated-network-provider.ts'
import { aNetwork } from '../fixtures/network-builders.ts'
import { networkProviderContract } from './network-provider.contract.ts'

networkProviderContract('Simulated', async () => ({
  provider: simulatedNetworkProvider(),
  newNetwork: () => aNetwork({ uid: randomUUID() }),
}))
