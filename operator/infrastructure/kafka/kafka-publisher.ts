import { type Clock, later } from '../../application/clock.ts'
import type { Delivery, EventPublisher, PublishSession, TopicBatch } from '../../application/event/publisher.ts'
import type { Logger } from '../../application/logger.ts'
import type { KafkaConnection } from './connection.ts'
import { faultOf } from './fault.ts'
import { type ProducerSession, producerSession } from './producer-session.ts'
import { type Reachability, reachability } from './reachability.ts'
import type { Progress } from './request.ts'
import { type RequestSize, requestSize } from './request-size.ts'
import { abandon, type PublisherObserver, type Sending, type SessionSlot, sendAll } from './sending.ts'

export interface KafkaPublisherOptions {
  readonly connection: KafkaConnection
  readonly clock: Clock
  readonly logger: Logger
  /** From a publish's turn to its answer; default 10 s. */
  readonly publishTimeoutMs?: number
  /** Default 512 KiB; a single larger message goes alone. Less while Kafka is slow. */
  readonly maxRequestBytes?: number
  /** Default: a session over `connection`. */
  readonly newSession?: () => ProducerSession
  readonly observe?: PublisherObserver
}

export interface KafkaPublisher extends EventPublisher {
  reachability(): Reachability
  /** Connects ahead of the first event, so that health can tell. Never throws; takes as long as a publish at most. */
  connect(): Promise<void>
}

function sessionSlot(newSession: () => ProducerSession): SessionSlot {
  let current: ProducerSession | undefined
  return {
    session() {
      current ??= newSession()
      return current
    },
    giveUp() {
      current?.giveUp()
      current = undefined
    },
    async close() {
      const last = current
      current = undefined
      await last?.close()
    },
  }
}

/** Runs `work`, but no longer than `limitMs`; `late` is called when the time is up and `work` goes on unheeded. */
async function bounded(clock: Clock, limitMs: number, work: Promise<void>, late: () => void): Promise<void> {
  let cancel = () => {}
  const timeUp = new Promise<void>((resolve) => {
    cancel = clock.schedule(limitMs, () => {
      late()
      resolve()
    })
  })
  await Promise.race([work, timeUp]).finally(cancel)
}

async function establish(sending: Sending): Promise<void> {
  try {
    await sending.slot.session().connected()
    if (!sending.over) sending.state.reached()
  } catch (error) {
    if (sending.over) return
    sending.slot.giveUp()
    sending.state.lost(faultOf(error).reason)
  }
}

/** One session with those who wait for it. */
interface Desk {
  readonly slot: SessionSlot
  readonly inTurn: ReturnType<typeof turns>
  readonly size: RequestSize
  /** Topics that failed by themselves last time. */
  readonly suspects: Set<string>
}

/** Lets each piece of work wait for all earlier ones. */
function turns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}

/**
 * Publishes to Apache Kafka: idempotent, acknowledged by all in-sync replicas, one request in flight in each session
 * (with two the library loses messages). Rounds and trials have a session each: what a topic refuses costs time and the
 * session, and neither is to be that of the others.
 *
 *   publish ─▶ request (≤ 512 KiB, several topics) ─ok──▶ next request; after half of the time: the rest is unfinished
 *                  │ failed: the session is given up
 *                  ├─ cluster away ─────────▶ every undecided topic: unavailable
 *                  └─ some topic's fault ───▶ each topic of the request by itself, in a new session
 *
 * A session is given up after any failure, because the library then counts its sequence numbers back: had the failed
 * request arrived after all, the broker would take the next one for its repetition, acknowledge it and drop it.
 */
export function kafkaPublisher(options: KafkaPublisherOptions): KafkaPublisher {
  const { connection, clock, logger, publishTimeoutMs = 10_000, maxRequestBytes = 512 * 1024, observe } = options
  const { newSession = () => producerSession(connection, publishTimeoutMs, logger) } = options
  const state = reachability({ clock, logger, changed: (reachable) => observe?.reachable(reachable) })
  const newDesk = (): Desk => ({
    slot: sessionSlot(newSession),
    inTurn: turns(),
    size: requestSize(maxRequestBytes, publishTimeoutMs),
    suspects: new Set(),
  })
  const desks: Readonly<Record<PublishSession, Desk>> = { rounds: newDesk(), trials: newDesk() }
  let closing: Promise<unknown> | undefined

  function timed(
    { slot, size, suspects }: Desk,
    work: (sending: Sending) => Promise<void>,
    late: (sending: Sending, reason: string) => void,
  ) {
    const until = later(clock.tick(), publishTimeoutMs / 2)
    const sending: Sending = { ...{ slot, state, clock, size, suspects, observe, until }, asked: [], over: false }
    return bounded(clock, publishTimeoutMs, work(sending), () => {
      sending.over = true
      slot.giveUp()
      late(sending, `no answer within ${publishTimeoutMs / 1_000} s`)
    })
  }
  async function deliver(desk: Desk, batches: readonly TopicBatch[]): Promise<readonly Delivery[]> {
    const all = batches.map((batch): Progress => ({ batch, sent: 0 }))
    await timed(
      desk,
      (sending) => sendAll(sending, all),
      (sending, reason) => abandon(sending, all, reason),
    )
    return all.map(({ delivery }) => delivery ?? { kind: 'unavailable', reason: 'not sent' })
  }
  const end = (desk: Desk) =>
    desk.inTurn(() =>
      timed(
        desk,
        () => desk.slot.close(),
        () => {},
      ),
    )
  return {
    publish(batches, session = 'rounds') {
      if (closing !== undefined)
        return Promise.resolve(batches.map(() => ({ kind: 'unavailable', reason: 'the publisher is closed' })))
      const desk = desks[session]
      return desk.inTurn(() => deliver(desk, batches))
    },
    connect: () => desks.rounds.inTurn(() => timed(desks.rounds, establish, (_, reason) => state.lost(reason))),
    reachability: state.now,
    async close() {
      closing ??= Promise.all(Object.values(desks).map(end))
      await closing
    },
  }
}
