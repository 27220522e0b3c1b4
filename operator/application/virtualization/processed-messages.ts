import type { Place } from '../../domain/flow/place.ts'

/** What became of a message, for when it comes again after its request is gone. */
export interface ProcessedMessage {
  /** Of its request: the same whenever the message is delivered, and no other message's. */
  readonly name: string
  readonly namespace: string
  readonly messageId: string
  /** Of what was stored of it: another message under the same id has another one. */
  readonly digest: string
  readonly requestUid: string
  readonly outcome: 'Completed' | 'Failed'
  readonly reason: string
  /** When its request was over, in ms since 1970. */
  readonly endedAt: number
  /** Where it lay at first. */
  readonly origin: Place
}

/** What a member has to know of one that comes again. */
export type KnownMessage = Pick<ProcessedMessage, 'digest' | 'outcome'>

/** Messages whose requests are over; the same for every process. Throws where it does not answer. */
export interface ProcessedMessages {
  /** Those that are remembered, by the names of their requests. */
  find(names: readonly string[]): Promise<ReadonlyMap<string, KnownMessage>>
  /** Harmless when repeated. Of two requests of one name the one that is told later counts. When it resolves, no crash forgets them. */
  remember(messages: readonly ProcessedMessage[]): Promise<void>
  /** Takes away what was first remembered longer ago than this, some thousands at most; answers how many. What is left is for the next call. */
  forget(keptMs: number): Promise<number>
}
