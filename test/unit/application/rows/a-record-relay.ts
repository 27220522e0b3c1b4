import { RecordRelay } from '../../../../operator/application/rows/record-relay.ts'
import type { EventStock } from '../../../../operator/domain/event/event.ts'
import { eventsOfRecord, type StockRecord } from '../../../../operator/domain/event/record-event.ts'
import type { Routing } from '../../../../operator/domain/event/routing.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { type InMemoryRecords, inMemoryRecords } from '../../../fakes/in-memory-records.ts'
import { firsts, scriptedPublisher } from '../event/a-relay.ts'

const routing: Routing = {
  profile: 'topics',
  routes: [
    { types: ['reservation.*'], topic: 'moves' },
    { types: ['stock.*'], topic: 'stocks' },
  ],
  auditTopic: 'audit',
  flatTopic: 'all',
}

export type Kafka = ReturnType<typeof scriptedPublisher>

export interface RecordWorld {
  readonly clock: FakeClock
  readonly books: InMemoryRecords
  readonly kafka: Kafka
}

/** One relay as a process has it, with what it told of itself. */
export function aProcess({ clock, books, kafka }: RecordWorld, term = 1) {
  const troubles: string[] = []
  const retries: string[] = []
  const lost: number[] = []
  const relay = new RecordRelay({
    ...{ clock, books, publisher: kafka.publisher },
    eventsOf: (record: StockRecord, stock: EventStock) =>
      eventsOfRecord(record, { cluster: 'c', stock, term }, routing),
    onDelivered: () => undefined,
    onLost: (entries) => lost.push(entries),
    onTrouble: (message, fields) => troubles.push(`${message}: ${JSON.stringify(fields)}`),
    onRetry: (operation, cause) => retries.push(`${operation}: ${cause}`),
  })
  return { relay, troubles, retries, lost }
}

/** Relays on virtual time, with all that is around them; `callMs`: what a call of the database takes each way. */
export function aRecordWorld(callMs: () => number = () => 0) {
  const clock = fakeClock()
  const meanwhile = () => new Promise<void>((resolve) => void clock.schedule(callMs(), resolve))
  const world = { clock, books: inMemoryRecords(meanwhile), kafka: scriptedPublisher(clock) }
  /** The records of a stock that a topic has, by their first entries, each once by its first delivery. */
  const arrived = (topic: string, uid: string) =>
    firsts(world.kafka.of(topic, uid)).map((id) => Number(id.slice(uid.length + 1)))
  /** Every topic has these records of a stock in order, and nothing is left of them. */
  const isDelivered = (uid: string, ...records: readonly number[]) =>
    ['moves', 'audit'].every((topic) => String(arrived(topic, uid)) === String(records)) && world.books.left(uid) === 0
  return { ...world, arrived, isDelivered }
}
