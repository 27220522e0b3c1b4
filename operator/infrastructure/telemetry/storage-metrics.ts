import { Histogram, type Registry } from 'prom-client'
import type { StoragePhase } from '../../domain/storage/storage.ts'
import type { KindMetrics, ResourceMetrics } from './resource-metrics.ts'

export interface StorageMetrics extends KindMetrics<StoragePhase> {
  /** Creation of the object until it could be used. */
  allocatedAfter(seconds: number): void
}

const waySeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 86_400]

/** Storages in numbers. */
export function storageMetrics(register: Registry, resources: ResourceMetrics): StorageMetrics {
  const allocation = new Histogram({
    name: 'kbnt_storage_allocation_seconds',
    help: 'Creation of a storage until it could be used.',
    buckets: waySeconds,
    registers: [register],
  })
  return {
    ...resources.of<StoragePhase>({
      ...{ type: 'VirtualStorage', several: 'storages', noun: 'storage', active: 'Allocated' },
      holds: ['capacity', 'capacities'],
    }),
    allocatedAfter: (seconds) => allocation.observe(seconds),
  }
}
