import type { Logger } from '../../application/logger.ts'
import type { NetworkObserver } from '../../application/network/network-kind.ts'
import type { Network, NetworkPhase } from '../../domain/network/network.ts'
import { quietNetworkReasons } from '../../domain/network/network-reasons.ts'
import type { KindMetrics } from './resource-metrics.ts'
import { isFirst, type ResourceOccurrence, resourceObserver } from './resource-observer.ts'

export interface NetworkObserverParts {
  readonly metrics: KindMetrics<NetworkPhase>
  readonly logger: Logger
  /** Must not wait or throw. */
  readonly record: (occurrence: ResourceOccurrence) => void
}

/** What is logged, counted and recorded of networks. */
export function networkObserver({ metrics, logger, record }: NetworkObserverParts): NetworkObserver {
  return resourceObserver<Network>({
    ...{ noun: 'network', logger, record, actions, waiting: new Set<string>() },
    quietReasons: quietNetworkReasons,
    measure(network, _, step) {
      const { fabric } = network.spec
      if (step.operation === 'Fail') metrics.ended('failed', fabric)
      if (step.operation === 'Activate' && step.status === 'Succeeded' && isFirst(network, step))
        metrics.ended('success', fabric)
    },
  })
}

const actions: Readonly<Record<NetworkPhase, string>> = {
  Pending: 'Begin',
  Active: 'Activate',
  Failed: 'Fail',
  Deleting: 'Delete',
}
