import { backOff, type Clock, later, msBetween, type Tick } from '../clock.ts'
import { arrivedOf, type Delivery, type EventPublisher, type TopicMessage } from '../event/publisher.ts'

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
  /** Some may have arrived. */
  | { readonly kind: 'failed'; readonly reason: string }

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
 * topic does not take now is tried again behind all others, for ten seconds; what it refuses fails at once.
 */
export function logOutlet({ publisher, clock, mostBytes, observer }: LogOutletParts): LogOutlet {
  let waiting: Parcel[] = []
  const bytesOf = new Map<string, number>()
  let total = 0
  let isRunning = false

  function count(topic: string, bytes: number): void {
    total += bytes
    const now = (bytesOf.get(topic) ?? 0) + bytes
    if (now === 0) bytesOf.delete(topic)
    else bytesOf.set(topic, now)
  }

  function end(call: CallUnderWay, posted: Posted): void {
    if (call.isOver) return
    call.isOver = true
    call.end(posted)
  }

  function nextRound(): Parcel[] {
    let bytes = 0
    const first = waiting.findIndex((parcel) => {
      bytes += parcel.bytes
      return bytes > ROUND_BYTES
    })
    const round = waiting.slice(0, first === -1 ? undefined : Math.max(1, first))
    waiting = waiting.slice(round.length)
    return round
  }

  /** Answers whether any has arrived. */
  async function send(round: readonly Parcel[]): Promise<boolean> {
    const byTopic = Map.groupBy(round, ({ topic }) => topic)
    const batches = [...byTopic].map(([topic, parcels]) => ({ topic, messages: parcels.map(({ message }) => message) }))
    const deliveries = await publisher.publish(batches)
    const again: Parcel[] = []
    let arrived = 0
    for (const [index, [topic, parcels]] of [...byTopic].entries()) {
      const delivery = deliveries[index] ?? { kind: 'unavailable', reason: 'not sent' }
      const there = arrivedOf(delivery, parcels.length)
      arrived += there
      if (there > 0) observer.sent(topic, there)
      for (const parcel of parcels.slice(0, there)) leave(parcel)
      again.push(...leftOf(parcels.slice(there), topic, delivery))
    }
    waiting.push(...again)
    return arrived > 0
  }

  function leave({ topic, bytes, call }: Parcel): void {
    count(topic, -bytes)
    call.left -= 1
    if (call.left === 0) end(call, { kind: 'taken' })
  }

  /** Those that are tried again. */
  function leftOf(parcels: readonly Parcel[], topic: string, delivery: Delivery): Parcel[] {
    if (delivery.kind === 'acknowledged') return []
    const now = clock.tick()
    return parcels.filter((parcel) => {
      const { call, bytes } = parcel
      const isLate = msBetween(call.until, now) >= 0
      if (delivery.kind === 'refused' || isLate) end(call, { kind: 'failed', reason: `${topic}: ${delivery.reason}` })
      if (!call.isOver) return true
      count(topic, -bytes)
      return false
    })
  }

  /** Parcels of calls that have failed are nobody's any more. */
  function dropOver(): void {
    waiting = waiting.filter(({ call, topic, bytes }) => {
      if (call.isOver) count(topic, -bytes)
      return !call.isOver
    })
  }

  async function run(): Promise<void> {
    let wait = backOff(clock, 100, 1_000)
    while (waiting.length > 0) {
      if (await send(nextRound())) wait = backOff(clock, 100, 1_000)
      else await wait()
      dropOver()
    }
    isRunning = false
  }

  return {
    post(letters) {
      const parcels = letters.flatMap(({ topics, message }) => topics.map((topic) => ({ topic, message })))
      if (parcels.length === 0) return Promise.resolve({ kind: 'taken' })
      const wanted = Map.groupBy(parcels, ({ topic }) => topic)
      const isFull = [...wanted.keys()].some((topic) => (bytesOf.get(topic) ?? 0) >= mostBytes / 2)
      if (isFull || total >= mostBytes) return Promise.resolve({ kind: 'full' })
      return new Promise((resolve) => {
        const until = later(clock.tick(), PATIENCE_MS)
        const call: CallUnderWay = { left: parcels.length, until, end: resolve, isOver: false }
        for (const { topic, message } of parcels) {
          const bytes = Buffer.byteLength(message.key) + Buffer.byteLength(message.value) + RECORD_BYTES
          count(topic, bytes)
          waiting.push({ topic, message, bytes, call })
        }
        if (isRunning) return
        isRunning = true
        void run()
      })
    },
    get waitingBytes() {
      return total
    },
  }
}
