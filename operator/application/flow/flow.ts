import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Place } from '../../domain/flow/place.ts'

/** One message as a flow sees it. Where it lies now is its `place`; headers are read as text. */
export interface FlowMessage extends Place {
  /** Messages of one key are handled one after the other. Absent: no order is asked for. */
  readonly key?: string
  readonly value: Uint8Array
  readonly headers: Readonly<Record<string, string>>
  readonly timestampMs: number
}

/** What is done with the messages of some topics. It knows nothing of offsets, retries and members. */
export interface Flow {
  readonly name: string
  /** Effects are idempotent: a message may come again at any time. Throwing counts as a wait of which nobody knows whose fault it is. */
  handle(message: FlowMessage, signal: AbortSignal): Promise<Answer>
  /**
   * Given all messages of a chunk before they are handled one by one: what these need of elsewhere is asked for once. Whether
   * it answers or not, each is handled after it, and must find its way without. Not for flows that have them together.
   */
  ahead?(messages: readonly FlowMessage[], signal: AbortSignal): Promise<void>
  /** Keys of one partition that are worked on at once; 16 where nothing is said. More for flows that mostly wait, and for several others in turn. */
  readonly keysAtOnce?: number
  /** For flows that do better with many messages at once, and whose effects need no order: then these are asked together. */
  readonly together?: Together
  /** For flows that go by all that their topics tell, and not by single messages. */
  readonly memory?: FlowMemory
  /** For flows that need the order of each key even where one of its messages is retried. Shared by all members. */
  readonly keysInRetry?: KeysInRetry
}

/** Not beside `keysInRetry`, and not for what lies in a retry topic: these are handled one by one. */
export interface Together {
  /** Messages of one partition that are given at once. A crash repeats so many. */
  readonly most: number
  /** An answer to each, in their order. */
  handle(messages: readonly FlowMessage[], signal: AbortSignal): Promise<readonly Answer[]>
}

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** What a flow knows of each partition; told from the partition's beginning each time that it comes to this member. */
export interface FlowMemory {
  /** These are ours from now on and no others; of none anything is known yet. */
  begin(partitions: readonly TopicPartition[]): void
  /** A message that was handled before. */
  recall(message: FlowMessage): void
  /** All that was handled before has been recalled; what follows is handled. */
  recalled(partition: TopicPartition): void
}

/** Which messages are in the retry topic, by key. Durable, and the same for every member. */
export interface KeysInRetry {
  /** Keys without any are left out, and so is what was added last longer ago than the retry topic keeps its records: nothing would ever remove it. */
  of(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Place[]>>
  /** Harmless when repeated. */
  add(key: string, origin: Place): Promise<void>
  /** Harmless when repeated. */
  remove(key: string, origin: Place): Promise<void>
}
