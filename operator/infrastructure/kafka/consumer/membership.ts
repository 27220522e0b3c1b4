import type { Consumer } from 'kafkajs'
import { type Clock, later, longAgo, msBetween, type Tick } from '../../../application/clock.ts'
import type { TopicPartition } from '../../../application/flow/flow.ts'

/** What the group has given to this member, and whether that still holds. */
export interface Membership {
  /** A number for each time that partitions were given out; undefined = nothing is ours now. */
  readonly generation: number | undefined
  readonly partitions: readonly TopicPartition[]
  /** How long ago this member has sent what the group has answered last, in ms; Infinity = never. */
  silentMs(): number
}

/** Of a member that hears of its group no more, though brokers answer: a new process would do better. */
const SILENT_MS = 60_000

/** Why a member is stuck; undefined = it isn't, or where nobody answers nobody would do better. */
export function whyStuck(silentMs: number, brokersAnswer: boolean): string | undefined {
  if (!brokersAnswer || silentMs < SILENT_MS) return undefined
  return `no heartbeat was answered for ${Math.round(silentMs / 1_000)} s, though brokers answer`
}

interface MembershipListener {
  joined(partitions: readonly TopicPartition[]): void
}

/** Follows a consumer's place in its group from now on. */
export function followMembership(
  consumer: Consumer,
  clock: Pick<Clock, 'tick'>,
  listener: MembershipListener,
): Membership {
  let joins = 0
  let holds = false
  let partitions: readonly TopicPartition[] = []
  let heardAt: Tick = longAgo
  let tookMs = 0
  /** The group counts from when the request came to it, and that may be long before its answer came to us. */
  const answered = () => {
    heardAt = later(clock.tick(), -tookMs)
  }
  const { GROUP_JOIN, REBALANCING, HEARTBEAT, CRASH, REQUEST } = consumer.events
  consumer.on(REQUEST, ({ payload: { apiName, duration } }) => {
    if (apiName === 'Heartbeat' || apiName === 'SyncGroup') tookMs = duration
  })
  consumer.on(HEARTBEAT, answered) // a fetch tells nothing: the library says that it has fetched when nobody was there
  consumer.on(REBALANCING, () => {
    holds = false
  })
  consumer.on(CRASH, () => {
    holds = false
  })
  consumer.on(GROUP_JOIN, ({ payload }) => {
    answered()
    joins += 1
    holds = true
    partitions = Object.entries(payload.memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    )
    listener.joined(partitions)
  })
  return {
    get generation() {
      return holds ? joins : undefined
    },
    get partitions() {
      return holds ? partitions : []
    },
    silentMs: () => msBetween(heardAt, clock.tick()),
  }
}
