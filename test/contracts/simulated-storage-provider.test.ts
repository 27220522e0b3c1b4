import { randomUUID } from 'node:crypto'
import { simulatedStorageProvider } from '../../operator/infrastructure/simulated/simulated-storage-provider.ts'
import { fakeClock } from '../fakes/fake-clock.ts'
import { aStorage } from '../fixtures/storage-builders.ts'
import { storageProviderContract } from './storage-provider.contract.ts'

storageProviderContract('Simulated', async () => {
  const clock = fakeClock()
  return {
    provider: simulatedStorageProvider({ clock, allocationDelayMs: 2_000 }),
    newStorage: () => aStorage({ uid: randomUUID(), spec: { reclaim: 'Delete' } }),
    goOn: () => clock.advance(1_000),
    now: clock.now,
  }
})
