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
  moveClaims: {
    name: 'move-claims',
    text: `UPDATE kbnt.claim AS c SET
        stock = CASE c.stock WHEN $1::uuid THEN $2::uuid ELSE c.stock END,
        lines = CASE WHEN c.lines IS NULL THEN NULL ELSE (
          SELECT jsonb_agg(CASE line ->> 'stockUID' WHEN $1::uuid::text THEN line || jsonb_build_object('stockUID', $2::uuid::text)
            ELSE line END ORDER BY place)
          FROM jsonb_array_elements(c.lines) WITH ORDINALITY AS l (line, place)) END,
        follows = CASE c.follows ->> 'uid' WHEN $1::uuid::text THEN c.follows || jsonb_build_object('uid', $2::uuid::text)
          ELSE c.follows END
      WHERE c.uid IN (SELECT uid FROM kbnt.claim WHERE stock = $1::uuid)`,
  },
  // of what else is over nothing can come back
  moveSold: {
    name: 'move-sold',
    text: `UPDATE kbnt.finished AS f SET lines = (
        SELECT jsonb_agg(CASE line ->> 'stock' WHEN $1::uuid::text THEN line || jsonb_build_object('stock', $2::uuid::text)
          ELSE line END ORDER BY place)
        FROM jsonb_array_elements(f.lines) WITH ORDINALITY AS l (line, place))
      WHERE f.phase = 'Confirmed' AND f.lines @> jsonb_build_array(jsonb_build_object('stock', $1::uuid::text))`,
  },
  // an object is known by its uid, and one that was restored has another one; who was decided under that already stays so
  renameClaims: {
    name: 'rename-claims',
    text: `WITH restored AS (
        SELECT DISTINCT ON (c.namespace, c.name) c.uid AS before, n.uid AS after
        FROM kbnt.claim c JOIN unnest($2::text[], $3::text[], $4::uuid[]) AS n (namespace, name, uid) USING (namespace, name)
        WHERE c.stock = $1 AND c.source = 'object' ORDER BY c.namespace, c.name, c.since DESC
      ), keys AS (
        INSERT INTO kbnt.request_key (uid, fingerprint, day)
        SELECT r.after, k.fingerprint, k.day FROM restored r JOIN kbnt.request_key k ON k.uid = r.before
        ON CONFLICT DO NOTHING RETURNING uid
      )
      UPDATE kbnt.claim c SET uid = r.after FROM restored r JOIN keys k ON k.uid = r.after WHERE c.uid = r.before`,
  },
  renameFinished: {
    name: 'rename-finished',
    text: `WITH restored AS (
        SELECT DISTINCT ON (f.namespace, f.name) f.uid AS before, n.uid AS after
        FROM kbnt.finished f
          JOIN unnest($2::text[], $3::text[], $4::uuid[]) AS n (namespace, name, uid) USING (namespace, name)
        WHERE f.source = 'object' AND (f.lines @> jsonb_build_array(jsonb_build_object('stock', $1::uuid::text))
          OR f.lines @> jsonb_build_array(jsonb_build_object('stock', $5::uuid::text)))
        ORDER BY f.namespace, f.name, f.at DESC
      ), keys AS (
        INSERT INTO kbnt.request_key (uid, fingerprint, day)
        SELECT r.after, k.fingerprint, k.day FROM restored r JOIN kbnt.request_key k ON k.uid = r.before
        ON CONFLICT DO NOTHING RETURNING uid
      )
      UPDATE kbnt.finished f SET uid = r.after FROM restored r JOIN keys k ON k.uid = r.after WHERE f.uid = r.before`,
  },
  // whose triggers see claims that come and go, and not those that move
  moveCounts: { name: 'move-counts', text: 'UPDATE kbnt.live_count SET stock = $2 WHERE stock = $1' },
  forgetUnits: { name: 'forget-units', text: 'DELETE FROM kbnt.consumer_units WHERE stock = $1' },
  claimFor: {
    name: 'claim-stocks',
    // in the order in which they are locked everywhere; those that are busy are claimed the next time
    text: `UPDATE kbnt.stock SET cluster = $1 WHERE uid IN (
        SELECT uid FROM kbnt.stock WHERE uid = ANY ($2::uuid[]) AND cluster IS DISTINCT FROM $1
        ORDER BY uid FOR NO KEY UPDATE SKIP LOCKED)`,
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
