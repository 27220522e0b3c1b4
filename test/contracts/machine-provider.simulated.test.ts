import { simulatedProvider } from '../../operator/infrastructure/simulated/simulated-provider.ts'
import { fakeClock } from '../fakes/fake-clock.ts'
import { aMachine, machineProviderContract } from './machine-provider.contract.ts'

machineProviderContract('the simulated provider', async () => {
  const clock = fakeClock()
  let made = 0
  return {
    provider: simulatedProvider({ clock, bootDelayMs: 2_000, network: '10.10.0.0/16' }),
    newMachine: async () => aMachine({ name: `web-${++made}`, uid: `uid-${made}` }),
    goOn: () => clock.advance(1_000),
    now: clock.now,
  }
})
