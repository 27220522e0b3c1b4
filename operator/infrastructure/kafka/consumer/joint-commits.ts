import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs'

/** How far one partition is through, and how the group is told. */
export interface DueCommit {
  readonly topic: string
  readonly partition: number
  /** The first that is not through. */
  readonly offset: bigint
  /** Asked when it is to be sent; what is somebody else's by then is not. */
  readonly isOurs: () => boolean
  readonly send: EachBatchPayload['commitOffsetsIfNecessary']
}

/** Commits of all partitions of one member. */
export interface JointCommits {
  /** Resolves once the group has it, or the partition is not ours any more. Rejects as the library does. */
  commit(due: DueCommit): Promise<void>
}

interface Waiting {
  readonly due: DueCommit
  readonly ended: PromiseWithResolvers<void>
}

/**
 * One request tells the group of all partitions that came to their end at the same time, or while another was under way:
 * with one for each, a worker that has little to do for a message waits for commits most of the time. Where a request for
 * several fails, each is tried by itself, so that no partition fails for another. No more wait than there are partitions.
 */
export function jointCommits(): JointCommits {
  let waiting: Waiting[] = []
  let isSending = false

  async function sendAll(): Promise<void> {
    isSending = true
    await turnOfEventLoop() // others of the same fetch end in this turn
    while (waiting.length > 0) {
      const together = waiting
      waiting = []
      await sendTogether(together)
    }
    isSending = false
  }

  return {
    commit(due) {
      const ended = Promise.withResolvers<void>()
      waiting.push({ due, ended })
      if (!isSending) void sendAll()
      return ended.promise
    },
  }
}

/** Never rejects. */
async function sendTogether(all: readonly Waiting[]): Promise<void> {
  const ours = all.filter(({ due }) => due.isOurs())
  for (const one of all) if (!ours.includes(one)) one.ended.resolve()
  const [first] = ours
  if (!first) return
  try {
    await first.due.send(offsetsOf(ours))
    for (const { ended } of ours) ended.resolve()
  } catch (error) {
    if (ours.length === 1) first.ended.reject(error)
    else for (const one of ours) await sendTogether([one])
  }
}

function offsetsOf(all: readonly Waiting[]): OffsetsByTopicPartition {
  const byTopic = Map.groupBy(all, ({ due }) => due.topic)
  return {
    topics: [...byTopic].map(([topic, those]) => ({
      topic,
      partitions: those.map(({ due: { partition, offset } }) => ({ partition, offset: String(offset) })),
    })),
  }
}
