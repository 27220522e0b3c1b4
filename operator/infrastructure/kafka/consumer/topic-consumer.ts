import { backOff } from '../../../application/clock.ts'
import { hitchOf, patience } from '../../../application/patience.ts'
import { untilEnded } from '../../../application/until-ended.ts'
import { type ConsumerOptions, usualLimits } from './consumer-options.ts'
import { type ConsumerSession, openConsumerSession } from './consumer-session.ts'
import { forwarder } from './forwarder.ts'
import { groupWatch, type PartitionLag } from './group-watch.ts'
import { whyStuck } from './membership.ts'
import type { KeptTopic } from './topic-terms.ts'

/** A flow as a member of its group, for as long as the program runs. */
export interface TopicConsumer {
  start(): void
  /** Undefined = it has its place in the group, with partitions or because others have them. */
  notReady(): string | undefined
  /** Why a new process would do better; undefined = it wouldn't. */
  stuck(): string | undefined
  /** Whether its partitions are still its own, as far as it can know. */
  isMember(): boolean
  /** As of some seconds ago; empty while nothing is known. */
  lags(): readonly PartitionLag[]
  /** How long its topics keep messages, as they were set when it joined; without those of which that isn't known. */
  kept(): readonly KeptTopic[]
  /** Of its group, as of some seconds ago; undefined = the brokers don't say, or nothing `countsMembers`. */
  members(): number | undefined
  /** Partitions whose first message waits where it is. */
  waiting(): number
  /** Finishes what is begun within `graceMs`; false when something had to be left. */
  stop(graceMs: number): Promise<boolean>
}

/** Of its session, in which a member is sure of its place: what it begins then has time to end. */
const SURE_SHARE = 0.8
const OPEN_AGAIN_MS = [500, 5_000] as const

/**
 * Reads the topics of a flow as one of the members of its group, at least once. What ends a session (a missing topic, a
 * right that is taken away, brokers that are gone) is said, and another one is opened, ever further apart.
 */
export function topicConsumer(options: ConsumerOptions): TopicConsumer {
  const { clock, logger, flow, connection, retryTopic, deadLetterTopic } = options
  const { sessionMs } = { ...usualLimits, ...options.limits }
  const forwarding = forwarder({ connection, retryTopic, deadLetterTopic, clock, logger, requestTimeoutMs: sessionMs })
  const over = untilEnded()
  let session: ConsumerSession | undefined
  let trouble: string | undefined = 'has not joined its group yet'
  let living: Promise<void> = Promise.resolve()
  let stopping = false
  const watch = groupWatch({ clock, logger, session: () => session, countsMembers: options.countsMembers === true })

  async function live(): Promise<void> {
    const tries = patience(
      { clock, onRetry: () => undefined, onTrouble: (message, fields) => logger.warn(message, fields) },
      { operation: 'read the topics', fields: { flow: flow.name } },
    )
    let wait = backOff(clock, ...OPEN_AGAIN_MS)
    while (!stopping) {
      try {
        session = await openConsumerSession(options, forwarding)
        tries.over()
        trouble = undefined
        wait = backOff(clock, ...OPEN_AGAIN_MS)
        const { crashed } = session
        throw await over.wait(() => crashed)
      } catch (error) {
        if (stopping) return
        trouble = hitchOf(error).reason
        tries.failed(hitchOf(error))
        await session?.close(0)
        session = undefined
        await over.wait(wait).catch(() => undefined)
      }
    }
  }

  const silentMs = () => session?.membership.silentMs() ?? Number.POSITIVE_INFINITY
  return {
    start() {
      living = live()
      watch.start()
    },
    notReady() {
      if (trouble !== undefined) return trouble
      return session?.membership.generation === undefined ? 'has no place in its group' : undefined
    },
    stuck: () => whyStuck(silentMs(), watch.brokersAnswer()),
    isMember: () => session?.membership.generation !== undefined && silentMs() < sessionMs * SURE_SHARE,
    lags: watch.lags,
    kept: () => session?.kept ?? [],
    members: watch.members,
    waiting: () => session?.waiting ?? 0,
    async stop(graceMs) {
      stopping = true
      watch.stop()
      over.end(new Error('this consumer has ended'))
      const closed = living.then(async () => (await session?.close(graceMs)) ?? true)
      // one that is just being opened has begun nothing, and may take long where brokers are away
      const clean = session === undefined || (await closed)
      await forwarding.close()
      return clean
    },
  }
}
