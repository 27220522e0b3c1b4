import type { Clock } from '../../application/clock.ts'
import type { StorageProvider } from '../../application/storage/storage-kind.ts'
import { childNameOf, isTrue } from '../../domain/resource/resource.ts'
import type { ProvidedStorage } from '../../domain/storage/provided-storage.ts'
import type { Storage } from '../../domain/storage/storage.ts'
import { doneAtMs, simulated } from './simulated.ts'
import { type SimulatedStorageFaults, simulatedStorageFaults } from './simulated-faults.ts'

export interface SimulatedStorageParts {
  readonly clock: Pick<Clock, 'now'>
  readonly allocationDelayMs: number
}

/**
 * Storages that exist only in their status: what that says of them is how they are, and how they will be follows from it
 * and the clock. So nothing is forgotten when the operator restarts.
 */
export function simulatedStorageProvider(parts: SimulatedStorageParts): StorageProvider {
  return simulated({
    faultsIn: simulatedStorageFaults,
    simulate: (storage: Storage, faults: SimulatedStorageFaults) => simulate(parts, storage, faults),
  })
}

function simulate(parts: SimulatedStorageParts, storage: Storage, faults: SimulatedStorageFaults): ProvidedStorage {
  const { status } = storage
  if (!isTrue(status, 'Provisioned') && (status?.tries ?? 0) < faults.create)
    return { kind: 'refused', message: 'the simulated provider was told to refuse' }
  const ref = { apiVersion: 'kbnt.io/v1beta1', kind: 'SimulatedStorage', name: childNameOf(storage) }
  if (status?.phase !== 'Allocated') return allocate(parts, storage, faults, ref)
  return faults.lose > 0
    ? { kind: 'lost', message: 'the simulated provider was told to lose it' }
    : { kind: 'allocated', ref, volume: ref.name }
}

function allocate(
  { clock, allocationDelayMs }: SimulatedStorageParts,
  { status }: Storage,
  faults: SimulatedStorageFaults,
  ref: Extract<ProvidedStorage, { kind: 'allocated' }>['ref'],
): ProvidedStorage {
  if (faults.allocate > 0)
    return { kind: 'allocating', ref, message: 'the simulated storage was told never to be allocated' }
  const now = clock.now()
  const readyAt = doneAtMs(status?.allocatingSince, allocationDelayMs, now)
  if (now >= readyAt) return { kind: 'allocated', ref, volume: ref.name }
  return { kind: 'allocating', ref, message: 'being allocated', recheckAfterMs: readyAt - now }
}
