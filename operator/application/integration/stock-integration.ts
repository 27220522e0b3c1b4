import { journeyFrom } from '../../domain/flow/journey.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import {
  type IntegrationEvent,
  type IntegrationNews,
  integrationNewsFrom,
} from '../../domain/integration/integration-event.ts'
import { msBetween } from '../clock.ts'
import type { Flow, FlowMessage, KeysInRetry } from '../flow/flow.ts'
import { hitchOf } from '../patience.ts'
import type { ConsumptionLog, ConsumptionRow } from './consumption-log.ts'
import { knownInMessage } from './known-in-message.ts'
import { type TellingParts, type Told, tellEvent } from './tell-event.ts'

export interface StockIntegrationParts extends TellingParts {
  readonly keysInRetry: KeysInRetry
  readonly retryTopic: string
  /** After so many retries a message is dead. */
  readonly retries: number
}

/** An event waits for two trips to the database, a call and a commit, and shares all but the call with those beside it; calls have a bound of their own. */
const KEYS_AT_ONCE = 50
/** Rows that are written together at most. */
const MOST_ROWS = 50
/** A record of many entries is told in turns of this length, so that no handling of it is taken for one that hangs. */
const TURN_MS = 60_000

/**
 * Events of stocks, told to somebody else's API in the order of each stock. What came of each is a row; the message is
 * through once all of its rows are written.
 */
export function stockIntegration(parts: StockIntegrationParts): Flow {
  const { log, retryTopic, retries } = parts
  const isLastTry = ({ topic, headers }: FlowMessage) =>
    (topic === retryTopic ? (journeyFrom(headers)?.attempt ?? 0) : 0) >= retries
  return {
    name: 'integration',
    keysAtOnce: KEYS_AT_ONCE,
    keysInRetry: parts.keysInRetry,
    async handle(message, signal) {
      const news = integrationNewsFrom(message.headers, Buffer.from(message.value).toString())
      try {
        if (news.kind !== 'events') return await untold(log, message, news)
        return await tellAll(parts, { message, signal, isLast: isLastTry(message) }, news.events)
      } catch (error) {
        return { kind: 'wait', certain: false, cause: 'LogAway', reason: hitchOf(error).reason }
      }
    },
  }
}

async function untold(
  log: ConsumptionLog,
  { topic, partition, offset }: FlowMessage,
  news: Exclude<IntegrationNews, { kind: 'events' }>,
): Promise<Answer> {
  // ids are unique for each source alone: a row under this one could stand for an event of ours that is still to come
  if (news.kind === 'other') return { kind: 'done' }
  const { id, occasion, reason } = news
  const row = {
    ...{ occasion, stock: '', stockUid: undefined, sequence: undefined, topic, partition, offset },
    ...{ blocks: false, externalId: undefined, attempts: 0, durationMs: undefined },
  }
  if (id !== undefined) await log.record([{ ...row, status: 'FAILED', error: reason, eventId: id }])
  return { kind: 'dead', cause: 'Unreadable', reason }
}

interface Handling {
  readonly message: FlowMessage
  readonly signal: AbortSignal
  /** If it fails once more it is dead: what follows an event that the other side refuses is told now or never. */
  readonly isLast: boolean
}

const unfinished: Answer = {
  ...{ kind: 'wait', certain: true, cause: 'Unfinished', reason: 'it has many entries; the rest of them is told next' },
  retryAfterMs: 0,
}

async function tellAll(
  parts: StockIntegrationParts,
  { message, signal, isLast }: Handling,
  events: readonly IntegrationEvent[],
): Promise<Answer> {
  const { clock, log, target } = parts
  const since = clock.tick()
  const known = knownInMessage(
    await log.known(
      events.map(({ id }) => id),
      uidsOf(events),
    ),
  )
  const rows = rowsFor(parts)
  let taken = false
  let dead: Extract<Told, { kind: 'refused' }> | undefined
  const isOver = () => signal.aborted || msBetween(since, clock.tick()) > TURN_MS
  for (const event of events) {
    if (isOver()) return rows.writtenThen(unfinished)
    const told = await tellEvent(parts, { event, known: known.of(event), place: message, signal })
    if (told.row) {
      known.learn(told.row)
      await rows.add(told.row)
    }
    if (told.kind === 'through') taken ||= told.taken
    else if (told.kind === 'away') return rows.writtenThen(waiting(told.away, target.name))
    else if (told.forGood || isLast) dead ??= told
    else return rows.writtenThen({ kind: 'retry', ...blameOf(told) })
  }
  if (dead) return rows.writtenThen({ kind: 'dead', ...blameOf(dead) })
  return rows.writtenThen({ kind: 'done', ...(taken && { neighbour: target.name }) })
}

function uidsOf(events: readonly IntegrationEvent[]): string[] {
  return [...new Set(events.flatMap(({ stockUid }) => stockUid ?? []))]
}

function blameOf({ cause, reason, row }: Extract<Told, { kind: 'refused' }>) {
  return { cause, reason: `${row.eventId}: ${reason}` }
}

function waiting({ certain, cause, reason, retryAfterMs }: Extract<Told, { kind: 'away' }>['away'], name: string) {
  const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { kind: 'wait' as const, certain, cause, reason, neighbour: name, ...asked }
}

/** Where a second call could have a second effect each row is written at once; others come together. */
function rowsFor({ log, idempotency }: StockIntegrationParts) {
  const most = idempotency === 'key' ? MOST_ROWS : 1
  let rows: ConsumptionRow[] = []
  const write = async () => {
    const given = rows
    rows = []
    if (given.length > 0) await log.record(given)
  }
  return {
    async add(row: ConsumptionRow): Promise<void> {
      rows.push(row)
      if (rows.length >= most) await write()
    },
    async writtenThen(answer: Answer): Promise<Answer> {
      await write()
      return answer
    },
  }
}
