import { backOff, type Clock, later, msBetween, type Tick } from '../clock.ts'
import {
  arrivedOf,
  type Delivery,
  type EventPublisher,
  type PublishSession,
  type TopicMessage,
} from '../event/publisher.ts'

/** A message, and the topics that it goes to. */
export interface LogLetter {
  readonly topics: readonly string[]
  readonly message: TopicMessage
}

/** What became of the messages of a call. */
export type Posted =
  /** Every topic has all of them. */
  | { readonly kind: 'taken' }
  /** More waits already than may; nothing of it was sent. */
  | { readonly kind: 'full' }
  /** Some may have arrived. `isRefused`: Kafka does not take them, and won't before somebody has mended that. */
  | { readonly kind: 'failed'; readonly reason: string; readonly isRefused: boolean }

export interface LogOutlet {
  /** Resolves when the brokers have answered, or it has taken too long. Never rejects. */
  post(letters: readonly LogLetter[]): Promise<Posted>
  /** What waits, in bytes. */
  readonly waitingBytes: number
}

export interface LogOutletParts {
  readonly publisher: Pick<EventPublisher, 'publish'>
  readonly clock: Clock
  /** Of all calls together; one topic has half of it, so that one that takes nothing leaves room for the others. */
  readonly mostBytes: number
  readonly observer: { sent(topic: string, entries: number): void }
}

/** One message on its way to one topic. */
interface Parcel {
  readonly topic: string
  readonly message: TopicMessage
  readonly bytes: number
  readonly call: CallUnderWay
}

interface CallUnderWay {
  /** Parcels that no topic has acknowledged yet. */
  left: number
  readonly until: Tick
  readonly end: (posted: Posted) => void
  isOver: boolean
}

/** How long a call's messages are tried. */
const PATIENCE_MS = 10_000
/** What one round takes along. */
const ROUND_BYTES = 1024 * 1024
/** Besides its texts. */
const RECORD_BYTES = 100

/**
 * Sends the messages of all calls together, round after round, each call answered when its own are acknowledged. What a
 * topic does not take now is tried again behind all others, for ten seconds, in rounds of such topics alone: the others
 * don't wait for it. What a topic refuses fails at once.
 */
export function logOutlet({ publisher, clock, mostBytes, observer }: LogOutletParts): LogOutlet {
  const room = bytesByTopic()
  const suspects = new Set<string>()
  const lanes: Record<PublishSession, Lane> = {
    rounds: { waiting: [], isRunning: false },
    trials: { waiting: [], isRunning: false },
  }

  function leave({ topic, bytes, call }: Parcel): void {
    room.add(topic, -bytes)
    call.left -= 1
    if (call.left === 0) end(call, { kind: 'taken' })
  }

  /** Those that are tried again. */
  function leftOf(parcels: readonly Parcel[], topic: string, delivery: Delivery): Parcel[] {
    if (delivery.kind === 'acknowledged') return []
    const now = clock.tick()
    return parcels.filter(({ call, bytes }) => {
      const isLate = msBetween(call.until, now) >= 0
      const isRefused = delivery.kind === 'refused'
      if (isRefused || isLate) end(call, { kind: 'failed', reason: `${topic}: ${delivery.reason}`, isRefused })
      if (call.isOver) room.add(topic, -bytes)
      return !call.isOver
    })
  }

  /** Answers whether any has arrived. */
  async function send(session: PublishSession, round: readonly Parcel[]): Promise<boolean> {
    const byTopic = Map.groupBy(round, ({ topic }) => topic)
    const batches = [...byTopic].map(([topic, parcels]) => ({ topic, messages: parcels.map(({ message }) => message) }))
    const deliveries = await publisher.publish(batches, session).catch(failed)
    let arrived = 0
    for (const [index, [topic, parcels]] of [...byTopic].entries()) {
      const delivery = deliveries[index] ?? notSent
      const there = arrivedOf(delivery, parcels.length)
      arrived += there
      if (there > 0) observer.sent(topic, there)
      if (delivery.kind === 'acknowledged') suspects.delete(topic)
      else suspects.add(topic)
      for (const parcel of parcels.slice(0, there)) leave(parcel)
      give(leftOf(parcels.slice(there), topic, delivery))
    }
    return arrived > 0
  }

  function give(parcels: readonly Parcel[]): void {
    for (const parcel of parcels) lanes[suspects.has(parcel.topic) ? 'trials' : 'rounds'].waiting.push(parcel)
    for (const session of ['rounds', 'trials'] as const) {
      const lane = lanes[session]
      if (lane.isRunning || lane.waiting.length === 0) continue
      lane.isRunning = true
      void run(session)
    }
  }

  async function run(session: PublishSession): Promise<void> {
    const lane = lanes[session]
    let wait = backOff(clock, ...AGAIN_MS)
    while (lane.waiting.length > 0) {
      const round = nextRound(lane)
      if (await send(session, round)) wait = backOff(clock, ...AGAIN_MS)
      else await wait()
      // of calls that have failed, nobody wants the rest any more
      const { over = [], wanted = [] } = Object.groupBy(lane.waiting, ({ call }) => (call.isOver ? 'over' : 'wanted'))
      for (const { topic, bytes } of over) room.add(topic, -bytes)
      lane.waiting = []
      give(wanted) // to the lane of its topic, which may be the other one by now
    }
    lane.isRunning = false
  }

  return {
    post(letters) {
      const parcels = letters.flatMap(({ topics, message }) => topics.map((topic) => ({ topic, message })))
      if (parcels.length === 0) return Promise.resolve({ kind: 'taken' })
      const topics = new Set(parcels.map(({ topic }) => topic))
      const isFull = [...topics].some((topic) => room.of(topic) >= mostBytes / 2)
      if (isFull || room.total() >= mostBytes) return Promise.resolve({ kind: 'full' })
      return new Promise((resolve) => {
        const until = later(clock.tick(), PATIENCE_MS)
        const call: CallUnderWay = { left: parcels.length, until, end: resolve, isOver: false }
        const all = parcels.map(({ topic, message }) => ({ topic, message, bytes: bytesOf(message), call }))
        for (const { topic, bytes } of all) room.add(topic, bytes)
        give(all)
      })
    },
    get waitingBytes() {
      return room.total()
    },
  }
}

interface Lane {
  waiting: Parcel[]
  isRunning: boolean
}

const AGAIN_MS = [100, 1_000] as const
const notSent: Delivery = { kind: 'unavailable', reason: 'not sent' }
/** It never throws for a broker's fault; for one of ours, nobody is to wait without end. */
const failed = (): readonly Delivery[] => []

function end(call: CallUnderWay, posted: Posted): void {
  if (call.isOver) return
  call.isOver = true
  call.end(posted)
}

function bytesOf({ key, value }: TopicMessage): number {
  return Buffer.byteLength(key) + Buffer.byteLength(value) + RECORD_BYTES
}

function nextRound(lane: Lane): Parcel[] {
  let bytes = 0
  const first = lane.waiting.findIndex((parcel) => {
    bytes += parcel.bytes
    return bytes > ROUND_BYTES
  })
  const round = lane.waiting.slice(0, first === -1 ? undefined : Math.max(1, first))
  lane.waiting = lane.waiting.slice(round.length)
  return round
}

/** What waits, in all and by topic. */
function bytesByTopic() {
  const byTopic = new Map<string, number>()
  let total = 0
  return {
    add(topic: string, bytes: number): void {
      total += bytes
      const now = (byTopic.get(topic) ?? 0) + bytes
      if (now === 0) byTopic.delete(topic)
      else byTopic.set(topic, now)
    },
    of: (topic: string) => byTopic.get(topic) ?? 0,
    total: () => total,
  }
}
