import { setImmediate as turnOfEventLoop } from 'node:timers/promises'
import type { EachBatchPayload, OffsetsByTopicPartition } from 'kafkajs'
import type { Clock } from '../../../application/clock.ts'
import { inTime } from '../../../application/in-time.ts'

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

/** The library gives a request ten seconds, and looks for the coordinator before; nothing of that is to hold up all others for ever. */
const ANSWERED_WITHIN_MS = 30_000

/**
 * One request tells the group of all partitions that came to their end at the same time, or while another was under way:
 * with one for each, a worker that has little to do for a message waits for commits most of the time. Where a request for
 * several is refused, each is tried by itself and all at once, so that none fails for another, nor waits for it; where it
 * has no answer, all fail. No more wait than there are partitions.
 */
export function jointCommits(clock: Pick<Clock, 'schedule'>): JointCommits {
  let waiting: Waiting[] = []
  let isSending = false

  async function sendAll(): Promise<void> {
    isSending = true
    await turnOfEventLoop() // others of the same fetch end in this turn
    while (waiting.length > 0) {
      const together = waiting
      waiting = []
      await sendTogether(clock, together)
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
async function sendTogether(clock: Pick<Clock, 'schedule'>, all: readonly Waiting[]): Promise<void> {
  const ours = all.filter(({ due }) => due.isOurs())
  for (const one of all) if (!ours.includes(one)) one.ended.resolve()
  if (ours.length === 0) return
  try {
    await send(clock, ours)
    for (const { ended } of ours) ended.resolve()
  } catch (error) {
    if (ours.length > 1 && isRefusal(error)) await Promise.all(ours.map((one) => sendTogether(clock, [one])))
    else for (const { ended } of ours) ended.reject(error)
  }
}

async function send(clock: Pick<Clock, 'schedule'>, ours: readonly Waiting[]): Promise<void> {
  const sending = ours[0]?.due.send(offsetsOf(ours)) ?? Promise.resolve()
  const answered = await inTime(clock, ANSWERED_WITHIN_MS, sending)
  if (!answered) throw new Error(`no answer to a commit within ${ANSWERED_WITHIN_MS / 1_000} s`)
}

/** The brokers have answered. The library's classes can't be imported by name. */
const isRefusal = (error: unknown) => (error as Error | undefined)?.name === 'KafkaJSProtocolError'

function offsetsOf(all: readonly Waiting[]): OffsetsByTopicPartition {
  const byTopic = Map.groupBy(all, ({ due }) => due.topic)
  return {
    topics: [...byTopic].map(([topic, those]) => ({
      topic,
      partitions: those.map(({ due: { partition, offset } }) => ({ partition, offset: String(offset) })),
    })),
  }
}
