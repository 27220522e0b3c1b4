import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { BridgeError } from './bridge-error.ts'
import type { ConsumerWishes } from './consumer-wishes.ts'
import type { StoredRecord } from './formats.ts'
import { type GroupMember, groupMember } from './group-member.ts'
import { oneAtATime } from './one-at-a-time.ts'
import type { Position } from './positions.ts'

/** What a consumer is to read: topics by name, or all whose names match. */
export type Subscription = { readonly topics: readonly string[] } | { readonly pattern: RegExp }

/** A consumer of the bridge. Its calls run one after the other. */
export interface BridgeConsumer {
  readonly wishes: ConsumerWishes
  /** Takes the place of what was subscribed to. Topics may come to be later. */
  subscribe(subscription: Subscription): Promise<void>
  unsubscribe(): Promise<void>
  /** The first one joins the group, which takes a moment: nothing may come although there is something. */
  poll(withinMs: number): Promise<readonly StoredRecord[]>
  /** Undefined: as far as it has read. */
  commit(offsets: readonly Position[] | undefined): Promise<void>
  /** Leaves the group at once, whoever waits. */
  close(): Promise<void>
}

export interface BridgeConsumerParts {
  readonly kafka: Kafka
  readonly groupId: string
  readonly wishes: ConsumerWishes
  readonly topicNames: () => Promise<readonly string[]>
  readonly now: () => number
}

const MOST_WAITING = 16
const NOT_SUBSCRIBED = 'Consumer is not subscribed to any topics or assigned any partitions'
const NO_MEMBER = 'Commit cannot be completed: the consumer is no member of its group yet, read records first'
/** How often it is looked whether there are other topics now. */
const LOOK_MS = 5_000

export function bridgeConsumer({ kafka, groupId, wishes, topicNames, now }: BridgeConsumerParts): BridgeConsumer {
  const inTurn = oneAtATime(MOST_WAITING)
  let subscription: Subscription | undefined
  let reading: readonly string[] = []
  let member: GroupMember | undefined
  const closing = new AbortController()
  let lookedMs = Number.NEGATIVE_INFINITY

  async function leave(): Promise<void> {
    const leaving = member
    member = undefined
    reading = []
    await leaving?.close()
  }

  /** With the topics that there are now. */
  async function asSubscribed(wanted: Subscription): Promise<void> {
    if (now() - lookedMs < LOOK_MS) return
    const topics = topicsOf(wanted, await topicNames())
    if (topics.join() !== reading.join()) {
      await leave()
      if (topics.length > 0 && !closing.signal.aborted) member = groupMember({ kafka, groupId, topics, wishes, now })
      reading = topics
    }
    lookedMs = now()
  }

  async function read(withinMs: number): Promise<readonly StoredRecord[]> {
    if (!subscription) throw new BridgeError(500, NOT_SUBSCRIBED)
    await asSubscribed(subscription)
    if (member) return member.poll(withinMs)
    await pause(withinMs, undefined, { signal: closing.signal }).catch(() => undefined)
    return []
  }

  function replace(wanted: Subscription | undefined): void {
    subscription = wanted
    lookedMs = Number.NEGATIVE_INFINITY
  }

  return {
    wishes,
    subscribe: (wanted) => inTurn(async () => replace(wanted)),
    unsubscribe: () =>
      inTurn(async () => {
        replace(undefined)
        await leave()
      }),
    poll: (withinMs) =>
      inTurn(async () => {
        try {
          return await read(withinMs)
        } catch (error) {
          replace(subscription)
          await leave() // the next call begins anew
          throw error
        }
      }),
    commit: (offsets) =>
      inTurn(async () => {
        if (member) await member.commit(offsets)
        else if (offsets) throw new BridgeError(500, NO_MEMBER)
      }),
    async close() {
      closing.abort()
      await leave()
    },
  }
}

function topicsOf(wanted: Subscription, known: readonly string[]): readonly string[] {
  const isWanted = (name: string) => ('topics' in wanted ? wanted.topics.includes(name) : wanted.pattern.test(name))
  return known.filter(isWanted).sort()
}
