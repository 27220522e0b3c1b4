import type { Clock } from '../../../application/clock.ts'
import type { Flow } from '../../../application/flow/flow.ts'
import type { FlowObserver } from '../../../application/flow/handle-chunk.ts'
import type { Logger } from '../../../application/logger.ts'
import type { KafkaConnection } from '../connection.ts'

/** What a consumer tells the metrics. */
export interface ConsumerObserver extends FlowObserver {
  rebalanced(): void
  /** A try of a message that has to wait where it is. */
  waited(cause: string): void
}

export interface ConsumerTopics {
  readonly group: string
  readonly topics: readonly string[]
  /** This flow's own, or shared: what other groups have sent there is passed by. Absent: nothing is retried out of its order. */
  readonly retryTopic?: string
  readonly deadLetterTopic: string
  /** How long a message waits before each of its retries; after the last it is dead. */
  readonly delaysMs: readonly number[]
  /** The flow goes by the age of messages: topics where that can't be relied on are not read. */
  readonly goesByAge?: true
  /** The flow goes by how many share its group: they are asked for, which takes the right to describe it. */
  readonly countsMembers?: true
}

export interface ConsumerOptions extends ConsumerTopics {
  readonly flow: Flow
  readonly connection: KafkaConnection
  readonly clock: Clock
  readonly logger: Logger
  readonly observer: ConsumerObserver
  readonly limits?: Partial<ConsumerLimits>
}

export interface ConsumerLimits {
  /** A member that has been silent for so long has lost its partitions. */
  readonly sessionMs: number
  /** Beyond it a handler counts as one that the world lets hang. */
  readonly mostHandlingMs: number
  /** Waits between tries of a message that the world doesn't let through: the first, and what they grow to. */
  readonly probeMs: readonly [first: number, last: number]
  /** Of fetches with which handlers go on that hang; beyond it nothing more is begun until one of them ends. */
  readonly mostHeldBytes: number
}

export const usualLimits: ConsumerLimits = {
  sessionMs: 10_000,
  mostHandlingMs: 300_000,
  probeMs: [500, 30_000],
  mostHeldBytes: 32 * 1024 * 1024,
}
