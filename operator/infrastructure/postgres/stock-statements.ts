import type { QueryConfig } from 'pg'
import { stockTypes } from './statements.ts'
import { writeStatement } from './write-statement.ts'

type Statement = Pick<QueryConfig, 'name' | 'text'>

const columns = `uid, namespace, name, quantity, safety, reserved, confirmed, ceiling, level, sequence, at, generation, state,
  terms`
const ledColumns = `${columns}, known`

/** What the leader asks of stocks, and writes of one. */
export const leading = {
  look: {
    name: 'look-at-stocks',
    // one row at least, which has the time
    text: `SELECT clock_timestamp() AS now, changed.* FROM (VALUES (1)) AS one LEFT JOIN (
        SELECT seen.uid AS looked_for, ${ledColumns.replaceAll(/\b(\w+)\b/g, 's.$1')}
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::text[]) AS seen (uid, sequence, generation, state)
        LEFT JOIN kbnt.stock s ON s.uid = seen.uid
        WHERE s.uid IS NULL OR s.sequence <> seen.sequence OR s.generation <> seen.generation OR s.state <> seen.state
      ) AS changed ON true`,
  },
  lock: { name: 'lock-stock', text: `SELECT ${ledColumns} FROM kbnt.stock WHERE uid = $1 FOR NO KEY UPDATE` },
  records: {
    name: 'has-records',
    text: 'SELECT EXISTS (SELECT 1 FROM kbnt.record WHERE stock = $1) AS waits',
  },
  sums: {
    name: 'sum-claims',
    text: `SELECT coalesce(sum(quantity) FILTER (WHERE phase = 'Reserved'), 0)::bigint AS reserved,
        coalesce(sum(quantity) FILTER (WHERE phase = 'Confirmed'), 0)::bigint AS confirmed
      FROM kbnt.claim WHERE stock = $1`,
  },
  write: writeStatement(
    'write-stock',
    { ...stockTypes, known: 'int8' },
    (rows) => `UPDATE kbnt.stock AS s
      SET quantity = n.quantity, safety = n.safety, reserved = n.reserved, confirmed = n.confirmed, ceiling = n.ceiling,
        level = n.level, sequence = n.sequence, at = n.at, generation = n.generation, state = n.state, terms = n.terms,
        recorded = s.recorded + n.recorded, known = greatest(s.known, n.known)
      FROM ${rows} WHERE s.uid = n.uid`,
  ),
  claimFor: {
    name: 'claim-stocks',
    text: 'UPDATE kbnt.stock SET cluster = $1 WHERE uid = ANY ($2::uuid[]) AND cluster IS DISTINCT FROM $1',
  },
  openIn: {
    name: 'open-stocks',
    text: `SELECT uid, namespace, name FROM kbnt.stock WHERE state <> 'Closed' AND cluster = $1 AND uid > $2
      ORDER BY uid LIMIT $3`,
  },
  forgetConsumers: {
    name: 'forget-consumers',
    text: `DELETE FROM kbnt.consumer_units AS u USING unnest($1::uuid[], $2::boolean[]) AS n (stock, lends)
      WHERE u.stock = n.stock`,
  },
  countConsumers: {
    name: 'count-consumers',
    text: `INSERT INTO kbnt.consumer_units (stock, consumer, units)
      SELECT c.stock, c.consumer, sum(c.quantity)
      FROM unnest($1::uuid[], $2::boolean[]) AS n (stock, lends) JOIN kbnt.claim c ON c.stock = n.stock
      WHERE c.consumer IS NOT NULL AND (c.phase = 'Reserved' OR n.lends)
      GROUP BY c.stock, c.consumer`,
  },
} as const satisfies Record<string, Statement>
