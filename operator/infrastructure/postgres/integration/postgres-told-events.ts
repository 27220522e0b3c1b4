import type { Pool } from 'pg'
import type { ToldEvent, ToldEvents } from '../../../application/gateway/told-events.ts'

interface Columns {
  readonly event_id: string
  readonly target: string
  readonly event_type: string
  readonly stock: string
  readonly stock_uid: string | null
  readonly sequence: number
  readonly status: ToldEvent['status']
  readonly external_id: string | null
  readonly attempts: number
  readonly duration_ms: number | null
  readonly error: string | null
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly first_at: string
  readonly at: string
}

/** Times of JavaScript have no microseconds, and a page has to go on where the last one ended. */
const timeOf = (column: string) => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS ${column}`
const columns = `event_id, target, event_type, stock, stock_uid, sequence, status, external_id, attempts, duration_ms, error,
  topic, partition, "offset", ${timeOf('first_at')}, ${timeOf('at')}`

// what was never read has no stock and no sequence: it is nobody's to see here
const ofStock = {
  name: 'told-of-stock',
  text: `SELECT ${columns} FROM kbnt_integration.consumption_log AS log
    WHERE stock = $1 AND sequence IS NOT NULL AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR target = $3)
      AND ($4::bigint IS NULL OR sequence < $4
        OR (sequence = $4 AND (event_id COLLATE "C", target COLLATE "C") < ($5::text, $6::text)))
      AND ($8::text IS NULL OR stock_uid = $8)
    ORDER BY sequence DESC, event_id COLLATE "C" DESC, target COLLATE "C" DESC LIMIT $7`,
}
// a prefix of stock would be looked for among all events of the namespace: few are unsettled, and have an index of their own
const unsettled = {
  name: 'told-in-vain',
  text: `SELECT ${columns} FROM kbnt_integration.consumption_log AS log
    WHERE status IN ('FAILED', 'NEEDS_ATTENTION') AND split_part(stock, '/', 1) = $1 AND sequence IS NOT NULL
      AND ($2::text IS NULL OR status = $2) AND ($3::text IS NULL OR target = $3)
      AND ($4::timestamptz IS NULL
        OR (log.first_at, event_id COLLATE "C", target COLLATE "C") < ($4, $5::text, $6::text))
    ORDER BY log.first_at DESC, event_id COLLATE "C" DESC, target COLLATE "C" DESC LIMIT $7`,
}

/** Reads what workers keep, through connections that only read. */
export function postgresToldEvents(pool: Pick<Pool, 'query'>): ToldEvents {
  return {
    async ofStock({ namespace, stock, stockUid = null, status = null, target = null }, { after, limit }) {
      const from = after ? [after.sequence, after.eventId, after.target] : [null, null, null]
      const values = [`${namespace}/${stock}`, status, target, ...from, limit, stockUid]
      return (await pool.query<Columns>({ ...ofStock, values })).rows.map(eventIn)
    },
    async unsettled({ namespace, status = null, target = null }, { after, limit }) {
      const from = after ? [after.firstAt, after.eventId, after.target] : [null, null, null]
      const values = [namespace, status, target, ...from, limit]
      return (await pool.query<Columns>({ ...unsettled, values })).rows.map(eventIn)
    },
  }
}

function eventIn(row: Columns): ToldEvent {
  const [namespace = '', stock = ''] = row.stock.split('/')
  return {
    ...{ eventId: row.event_id, target: row.target, eventType: row.event_type, namespace, stock },
    ...{ sequence: row.sequence, status: row.status, attempts: row.attempts },
    ...(row.stock_uid !== null && { stockUid: row.stock_uid }),
    ...(row.external_id !== null && { externalId: row.external_id }),
    ...(row.duration_ms !== null && { durationMs: row.duration_ms }),
    ...(row.error !== null && { error: row.error }),
    ...{ topic: row.topic, partition: row.partition, offset: row.offset },
    ...{ firstAt: row.first_at, at: row.at },
  }
}
