import type { NetworkPhase } from '../../domain/network/network.ts'
import type { KindMetrics, ResourceMetrics } from './resource-metrics.ts'

/** Networks in numbers. */
export function networkMetrics(resources: ResourceMetrics): KindMetrics<NetworkPhase> {
  return resources.of<NetworkPhase>({
    ...{ type: 'VirtualNetwork', several: 'networks', noun: 'network', active: 'Active' },
    holds: ['claim', 'claims'],
  })
}
