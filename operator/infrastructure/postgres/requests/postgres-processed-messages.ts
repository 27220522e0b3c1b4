import type { Pool } from 'pg'
import type {
  KnownMessage,
  ProcessedMessage,
  ProcessedMessages,
} from '../../../application/virtualization/processed-messages.ts'
import { forgetOlder } from '../forget-older.ts'

const PROCESSED = 'kbnt_requests.processed_message'
/** Beyond it there is no offset, whatever an object says. */
const LAST_OFFSET = 2n ** 63n - 1n
/** `timestamptz` knows later times, ISO 8601 in four digits does not. */
const LAST_MS = Date.parse('9999-12-31T23:59:59Z')
const LONGEST_TEXT = 1_000

const findText = `SELECT request, digest, outcome FROM ${PROCESSED} WHERE request = ANY ($1)`

// in the order of their keys: two leaders that write the same ones would else lock each other out
const rememberText = `INSERT INTO ${PROCESSED} AS known
    (request, namespace, message_id, digest, request_uid, outcome, reason, ended_at, topic, partition, "offset")
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
    $8::timestamptz[], $9::text[], $10::integer[], $11::bigint[])
  ON CONFLICT (request) DO UPDATE SET digest = excluded.digest, request_uid = excluded.request_uid,
    outcome = excluded.outcome, reason = excluded.reason, ended_at = excluded.ended_at,
    topic = excluded.topic, partition = excluded.partition, "offset" = excluded."offset", at = clock_timestamp()
  WHERE known.request_uid <> excluded.request_uid`

type FoundColumns = KnownMessage & { readonly request: string }

/** What is remembered of messages, in the tables of requests. */
export function postgresProcessedMessages(pool: Pick<Pool, 'query'>): ProcessedMessages {
  return {
    async find(names) {
      if (names.length === 0) return new Map()
      const { rows } = await pool.query<FoundColumns>({ name: 'known-messages', text: findText, values: [names] })
      return new Map(rows.map(({ request, ...known }) => [request, known]))
    },
    async remember(messages) {
      const rows = oneEach(messages).map(valuesOf)
      const [first] = rows
      if (!first) return
      const values = first.map((_, column) => rows.map((row) => row[column]))
      await pool.query({ name: 'remember-messages', text: rememberText, values })
    },
    forget: (keptMs) => forgetOlder(pool, { table: PROCESSED, column: 'at' }, keptMs),
  }
}

/** One statement can't write a row twice. */
function oneEach(messages: readonly ProcessedMessage[]): readonly ProcessedMessage[] {
  const byName = new Map(messages.map((message) => [message.name, message]))
  return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

function valuesOf({ name, namespace, messageId, digest, ...others }: ProcessedMessage) {
  const { requestUid, outcome, reason, endedAt, origin } = others
  const { topic, partition, offset } = origin
  const ended = new Date(Math.min(Math.max(endedAt, 0), LAST_MS)).toISOString()
  const place = [text(topic), partition, String(offset > LAST_OFFSET ? LAST_OFFSET : offset)] as const
  return [name, namespace, text(messageId), digest, requestUid, outcome, text(reason), ended, ...place] as const
}

/** What a column takes: a row that the server refuses would keep all others from being written. */
function text(given: string): string {
  return given.slice(0, LONGEST_TEXT).replaceAll('\0', '\u{fffd}').toWellFormed()
}
