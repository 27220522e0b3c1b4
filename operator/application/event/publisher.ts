/** One message of a topic, complete: a redelivery sends the same bytes. */
export interface TopicMessage {
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

export interface TopicBatch {
  readonly topic: string
  readonly messages: readonly TopicMessage[]
}

/** How many of a batch's first messages the topic has for certain, whatever became of the rest; absent = none. */
interface InPart {
  readonly arrived?: number
}

/**
 * acknowledged = the topic has the whole batch.
 * unfinished = time was up, though something has arrived in this topic or another: send the rest again.
 * unavailable = it may or may not have arrived: send it again.
 * refused = this topic will not take it (missing, forbidden, too large): retrying at once won't help.
 */
export type Delivery =
  | { readonly kind: 'acknowledged' }
  | ({ readonly kind: 'unfinished'; readonly reason: string } & InPart)
  | ({ readonly kind: 'unavailable'; readonly reason: string } & InPart)
  | ({ readonly kind: 'refused'; readonly reason: string; readonly tooLarge: boolean } & InPart)

/** How many of a batch of so many messages the topic has for certain: its first ones. */
export function arrivedOf(delivery: Delivery, messages: number): number {
  return delivery.kind === 'acknowledged' ? messages : (delivery.arrived ?? 0)
}

/** Publishes of one session go one after the other; those of another don't wait for them. */
export type PublishSession = 'rounds' | 'trials'

export interface EventPublisher {
  /**
   * Sends the batches, each in the order given; answers for each topic by itself, in the order of `batches`. May stop
   * after a part of them when that has taken long.
   * Never throws for a broker's fault. Without a session it is one of the rounds.
   */
  publish(batches: readonly TopicBatch[], session?: PublishSession): Promise<readonly Delivery[]>
  /** Waits for what is being sent; batches that come later are unavailable. May be called twice. */
  close(): Promise<void>
}
