import { type Clock, longAgo, msBetween, type Tick } from '../../../application/clock.ts'
import type { Logger } from '../../../application/logger.ts'
import type { ConsumerSession } from './consumer-session.ts'

/** How far a member is behind in one of its partitions. */
export interface PartitionLag {
  readonly topic: string
  readonly partition: number
  readonly messages: number
  /** Since the first message that is not handled was written, as far as it was fetched; while there is one. */
  readonly seconds: number
}

/** What the brokers say of a group, asked again and again. */
export interface GroupWatch {
  /** As of some seconds ago; empty while nothing is known. */
  lags(): readonly PartitionLag[]
  /** As of some seconds ago; undefined = the brokers don't say, or nobody asks them. */
  members(): number | undefined
  /** They have told how far the group is, a short while ago. */
  brokersAnswer(): boolean
  start(): void
  stop(): void
}

type Asked = Pick<ConsumerSession, 'membership' | 'offsets' | 'members' | 'reachedMs'>

export interface GroupWatchParts {
  readonly clock: Clock
  readonly logger: Pick<Logger, 'debug'>
  /** Undefined = there is none now. */
  readonly session: () => Asked | undefined
  readonly countsMembers: boolean
}

const EVERY_MS = 15_000
/** Of what is not known yet since partitions were given out. */
const SOON_MS = 1_000
const ANSWER_HOLDS_MS = 2 * EVERY_MS

/** Of one session and one giving out of partitions. */
interface Known<T> {
  readonly session: Asked
  readonly generation: number | undefined
  readonly value: T
}

/** How far the group is and how many it has are two questions: neither waits for the other's answer. */
export function groupWatch({ clock, logger, session, countsMembers }: GroupWatchParts): GroupWatch {
  let lags: Known<readonly PartitionLag[]> | undefined
  let members: Known<number | undefined> | undefined
  let answeredAt: Tick = longAgo
  let over = false
  const cancels: (() => void)[] = []

  /** Undefined once another session is under way. */
  const stillOf = <T>(known: Known<T> | undefined) => (known?.session === session() ? known : undefined)
  function isCurrent(known: Known<unknown> | undefined): boolean {
    const generation = stillOf(known)?.generation
    return generation !== undefined && generation === session()?.membership.generation
  }

  async function askOffsets(asked: Asked): Promise<void> {
    const { generation } = asked.membership
    try {
      const offsets = await asked.offsets()
      answeredAt = clock.tick()
      lags = { session: asked, generation, value: offsets.map((one) => lagOf(one, asked, clock.now())) }
    } catch (error) {
      answeredAt = longAgo
      lags = { session: asked, generation, value: lags?.session === asked ? lags.value : [] }
      logger.debug("how far the group is can't be read", { error })
    }
  }

  async function askMembers(asked: Asked): Promise<void> {
    const { generation } = asked.membership
    const value = await asked.members().catch((error: unknown) => {
      logger.debug("how many the group has can't be read", { error })
      return undefined
    })
    members = { session: asked, generation, value }
  }

  async function again(index: number, ask: (asked: Asked) => Promise<void>, isKnown: () => boolean): Promise<void> {
    const asked = session()
    if (asked) await ask(asked)
    if (!over) cancels[index] = clock.schedule(isKnown() ? EVERY_MS : SOON_MS, () => void again(index, ask, isKnown))
  }

  return {
    lags: () => stillOf(lags)?.value ?? [],
    members: () => (isCurrent(members) ? members?.value : undefined),
    brokersAnswer: () => session() !== undefined && msBetween(answeredAt, clock.tick()) <= ANSWER_HOLDS_MS,
    start() {
      void again(0, askOffsets, () => isCurrent(lags))
      if (countsMembers) void again(1, askMembers, () => isCurrent(members))
    },
    stop() {
      over = true
      for (const cancel of cancels) cancel()
    },
  }
}

function lagOf(
  { topic, partition, low, high, committed }: Awaited<ReturnType<Asked['offsets']>>[number],
  asked: Asked,
  nowMs: number,
): PartitionLag {
  const messages = Math.max(0, Math.min(Number(high - low), Number(high - committed)))
  const since = asked.reachedMs({ topic, partition })
  const seconds = messages > 0 && since !== undefined ? Math.max(0, (nowMs - since) / 1_000) : 0
  return { topic, partition, messages, seconds }
}
