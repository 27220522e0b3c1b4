import { pause } from '../../../../operator/application/clock.ts'
import { type EventSpools, type SpoolRef, SpoolTooLarge } from '../../../../operator/application/event/event-spools.ts'
import { parcelOf } from '../../../../operator/application/event/lane.ts'
import type { OutgoingEvent } from '../../../../operator/application/event/outgoing-event.ts'
import {
  arrivedOf,
  type Delivery,
  type EventPublisher,
  type PublishSession,
} from '../../../../operator/application/event/publisher.ts'
import { type RelayParts, relay } from '../../../../operator/application/event/relay.ts'
import { bytesOfAll } from '../../../../operator/application/event/spool-batch.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'

/** What a publish takes, and one that a topic refuses. */
const PUBLISH_MS = 5
const REFUSAL_MS = 330

export function anEvent(stock: string, sequence: number, particular: Partial<OutgoingEvent> = {}): OutgoingEvent {
  return {
    id: `${stock}-${sequence}`,
    type: 'io.kbnt.reservation.reserved.v1',
    sequence,
    key: stock,
    headers: { ce_id: `${stock}-${sequence}` },
    value: `{"sequence":${sequence}}`,
    timestampMs: Date.UTC(2026, 10, 22, 10),
    topics: ['moves', 'audit'],
    ...particular,
  }
}

export const refusal: Delivery = { kind: 'refused', reason: 'the topic does not exist', tooLarge: false }
export const away: Delivery = { kind: 'unavailable', reason: 'nobody answers' }

/** Kafka whose answers can be changed; what it takes lies in `topics` as ids, repetitions included. */
export function scriptedPublisher(clock: FakeClock) {
  const topics = new Map<string, string[]>()
  const publishes: { session: PublishSession; ids: readonly string[] }[] = []
  const underWay = { rounds: 0, trials: 0 }
  let mostUnderWay = 0
  let answerTo: (topic: string, ids: readonly string[]) => Delivery = () => ({ kind: 'acknowledged' })
  const publisher: EventPublisher = {
    async publish(batches, session = 'rounds') {
      const idsOf = batches.map(({ messages }) => messages.map(({ headers }) => headers['ce_id'] ?? ''))
      publishes.push({ session, ids: idsOf.flat() })
      const answers = batches.map(({ topic }, index) => answerTo(topic, idsOf[index] ?? []))
      underWay[session] += 1
      mostUnderWay = Math.max(mostUnderWay, underWay[session])
      await pause(clock, answers.some(({ kind }) => kind === 'refused') ? REFUSAL_MS : PUBLISH_MS)
      for (const [index, { topic }] of batches.entries()) {
        const ids = idsOf[index] ?? []
        const arrived = ids.slice(0, arrivedOf(answers[index] ?? away, ids.length))
        if (arrived.length > 0) topics.set(topic, [...(topics.get(topic) ?? []), ...arrived])
      }
      underWay[session] -= 1
      return answers
    },
    close: () => Promise.resolve(),
  }
  return {
    publisher,
    publishes,
    /** In one session. */
    get mostUnderWay() {
      return mostUnderWay
    },
    of: (topic: string, stock?: string) =>
      (topics.get(topic) ?? []).filter((id) => stock === undefined || id.startsWith(`${stock}-`)),
    answer(to: typeof answerTo) {
      answerTo = to
    },
    /** Topics that refuse everything. */
    refuse: (...refusing: readonly string[]) => {
      answerTo = (topic) => (refusing.includes(topic) ? refusal : { kind: 'acknowledged' })
    },
    goAway() {
      answerTo = () => away
    },
    comeBack() {
      answerTo = () => ({ kind: 'acknowledged' })
    },
  }
}

export type SpoolVerb = 'create' | 'read' | 'remove'

/** Spools in memory; `fail` answers what a call is to throw, before or (`late`) after it was carried out. */
function scriptedSpools(clock: FakeClock) {
  const kept = new Map<string, SpoolRef & { readonly content: readonly OutgoingEvent[] }>()
  const underWay: Record<SpoolVerb, number> = { create: 0, read: 0, remove: 0 }
  const most: Record<SpoolVerb, number> = { create: 0, read: 0, remove: 0 }
  let uids = 0
  let fail: (verb: SpoolVerb, name: string, events: readonly OutgoingEvent[]) => Error | undefined = () => undefined
  let late = false

  async function call<T>(verb: SpoolVerb, name: string, events: readonly OutgoingEvent[], act: () => T): Promise<T> {
    underWay[verb] += 1
    most[verb] = Math.max(most[verb], underWay[verb])
    await pause(clock, PUBLISH_MS)
    underWay[verb] -= 1
    const error = fail(verb, name, events)
    if (error && !late) throw error
    const answer = act()
    if (error) throw error
    return answer
  }

  const spools: EventSpools = {
    list: async () => [...kept.values()],
    create(stockUid, events) {
      const name = `${stockUid}-${events[0]?.sequence}`
      return call('create', name, events, () => {
        const present = kept.get(name)
        if (present) return present
        uids += 1
        const range = { firstSequence: events[0]?.sequence ?? 0, lastSequence: events.at(-1)?.sequence ?? 0 }
        const size = { count: events.length, bytes: bytesOfAll(events) }
        const spool = { name, uid: `uid-${uids}`, stockUid, ...range, ...size, content: events }
        kept.set(name, spool)
        return spool
      })
    },
    read: ({ name, uid }) =>
      call('read', name, [], () => (kept.get(name)?.uid === uid ? kept.get(name)?.content : undefined)),
    remove: ({ name, uid }) =>
      call('remove', name, [], () => {
        if (kept.get(name)?.uid === uid) kept.delete(name)
      }),
  }
  return {
    spools,
    kept,
    most,
    failing(why: typeof fail, whenCarriedOut = false) {
      fail = why
      late = whenCarriedOut
    },
    sound() {
      fail = () => undefined
    },
    /** Somebody writes something else into it. */
    edit(name: string, content: unknown) {
      const spool = kept.get(name)
      if (spool) kept.set(name, { ...spool, content: content as readonly OutgoingEvent[] })
    },
  }
}

export const tooLarge = () => new SpoolTooLarge('request is too large')

/** A relay on virtual time, with all that is around it. */
export function aRelay(particular: Partial<RelayParts> = {}) {
  const clock = fakeClock()
  const kafka = scriptedPublisher(clock)
  const store = scriptedSpools(clock)
  const troubles: string[] = []
  const retries: string[] = []
  const lost: number[] = []
  const done: string[] = []
  const subject = relay({
    ...{ clock, publisher: kafka.publisher, spools: store.spools, spoolAfterMs: 2_000, maxSpooledBytes: 1 << 20 },
    ...{ onDelivered: () => undefined, onProgress: () => undefined },
    onTrouble: (message, fields) => troubles.push(`${message}: ${JSON.stringify(fields)}`),
    onLost: (events) => lost.push(events),
    onRetry: (operation, cause) => retries.push(`${operation}: ${cause}`),
    ...particular,
  })
  const send = (stock: string, ...events: readonly OutgoingEvent[]) =>
    subject.send(
      stock,
      `shop/${stock}`,
      events.map((event) => parcelOf(event, () => done.push(event.id))),
    )
  const laneOf = (stock: string) => [...subject.lanes()].find(({ stockUid }) => stockUid === stock)
  return { clock, kafka, store, troubles, retries, lost, done, relay: subject, send, laneOf }
}

/** Each id once, by its first delivery. */
export function firsts(ids: readonly string[]): string[] {
  return [...new Set(ids)]
}

export function idsOf(stock: string, first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `${stock}-${first + index}`)
}

export function eventsOf(
  stock: string,
  first: number,
  last: number,
  particular: Partial<OutgoingEvent> = {},
): OutgoingEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => anEvent(stock, first + index, particular))
}
