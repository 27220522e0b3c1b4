import type { Hmac } from '../../../domain/virtualization/signature.ts'
import type { Clock } from '../../clock.ts'
import type { TopicMessage } from '../../event/publisher.ts'
import type { GroupProgress } from './group-progress.ts'
import type { SentKeys } from './sent-keys.ts'

/** What became of a message. */
export type Posted =
  /** All replicas that count have it, there. */
  | { readonly kind: 'taken'; readonly partition: number; readonly offset: bigint }
  /** Certainly not there. */
  | { readonly kind: 'away'; readonly reason: string }
  /** No answer came: it may be there, or may yet be. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** The topic that requests are taken from. */
export interface RequestTopic {
  /** Never rejects, and takes some seconds at most. */
  post(message: TopicMessage): Promise<Posted>
}

/** What takes requests to their topic, where workers make objects of them. */
export interface RequestSending {
  readonly topic: RequestTopic
  readonly progress: GroupProgress
  readonly keys: SentKeys
  /** Absent: workers go by what their settings say of the topic alone. */
  readonly hmac?: Hmac
  readonly clock: Pick<Clock, 'now'>
  readonly names: {
    readonly topic: string
    readonly retryTopic: string
    readonly deadLetterTopic: string
  }
}
