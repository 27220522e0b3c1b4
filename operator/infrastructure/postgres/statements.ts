import type { QueryConfig } from 'pg'

type Statement = Pick<QueryConfig, 'name' | 'text'>

const claimColumns = `uid, stock, namespace, name, consumer, source, request_id, note, phase, quantity, sequence, since,
  deadline, price, lines, follows`

/**
 * What is over at a stock, the oldest $3 of it and no more: where what can't be ended here piles up, all of it would be
 * read under the lock, for nothing. By the statement's time, which an index can be searched for; it begins after the locks
 * were had.
 */
const oldestOver = `SELECT c.uid, c.deadline, c.lines, c.follows FROM kbnt.claim c
  WHERE c.stock = at.stock AND c.phase = 'Reserved' AND c.deadline <= statement_timestamp() AND c.source = 'http'
  ORDER BY c.deadline LIMIT $3`

/** Trip 1. Locks come first; what is read after them is as of after the wait for them, which no join of one statement is. */
export const reading = {
  begin: { text: 'BEGIN ISOLATION LEVEL READ COMMITTED' },
  lock: {
    name: 'lock',
    text: `SELECT uid, namespace, name, quantity, safety, reserved, confirmed, ceiling, level, sequence, at, state, terms
      FROM kbnt.stock WHERE uid = ANY ($1::uuid[]) ORDER BY uid FOR NO KEY UPDATE`,
  },
  keys: { name: 'keys', text: 'SELECT uid, fingerprint FROM kbnt.request_key WHERE uid = ANY ($1::uuid[])' },
  claims: { name: 'claims', text: `SELECT ${claimColumns} FROM kbnt.claim WHERE uid = ANY ($1::uuid[])` },
  // by way of the keys: a uid without one is in no day, and most uids of a batch are new
  finished: {
    name: 'finished',
    text: `SELECT f.uid, f.namespace, f.name, f.consumer, f.source, f.request_id, f.note, f.phase, f.reason, f.at, f.since,
        f.deadline, f.lines, f.shortages
      FROM kbnt.request_key k JOIN kbnt.finished f ON f.uid = k.uid WHERE k.uid = ANY ($1::uuid[])`,
  },
  units: {
    name: 'units',
    text: `SELECT u.stock, u.consumer, u.units FROM unnest($1::uuid[], $2::text[]) AS wanted (stock, consumer)
      JOIN kbnt.consumer_units u USING (stock, consumer)`,
  },
  // homes first, and then all that belongs to them: a half of a set must not be ended
  over: {
    name: 'over',
    text: `SELECT ${claimColumns} FROM kbnt.claim WHERE uid = ANY (ARRAY(
        SELECT home.uid FROM unnest($1::uuid[]) AS at (stock) CROSS JOIN LATERAL (
          SELECT c.uid FROM (${oldestOver}) AS c
          WHERE c.follows IS NULL AND (c.lines IS NULL OR NOT EXISTS (
            SELECT 1 FROM jsonb_array_elements(c.lines) AS line
            WHERE (line ->> 'stockUID')::uuid <> ALL ($1::uuid[])))
          ORDER BY c.deadline LIMIT $2
        ) AS home))`,
  },
  // at each stock, without those that nobody may end because something of them is at a stock that is halted
  overAt: {
    name: 'over-at',
    text: `SELECT at.stock, found.count FROM unnest($1::uuid[]) AS at (stock) CROSS JOIN LATERAL (
        SELECT count(*) AS count FROM (
          SELECT 1 FROM (${oldestOver}) AS c
          WHERE c.follows IS NULL AND c.lines IS NULL OR NOT EXISTS (
            SELECT 1 FROM kbnt.claim part JOIN kbnt.stock s ON s.uid = part.stock
            WHERE part.uid = c.uid AND s.state = 'Halted')
          LIMIT $2
        ) AS over
      ) AS found WHERE found.count > 0`,
  },
  // last: nothing that was read is later than it
  time: { name: 'time', text: "SELECT date_trunc('milliseconds', clock_timestamp()) AS now" },
} as const satisfies Record<string, Statement>

/** Trip 2: everything that a transaction writes, and its end. */
export const writing = {
  stocks: {
    name: 'write-stocks',
    text: `UPDATE kbnt.stock AS s
      SET reserved = n.reserved, confirmed = n.confirmed, ceiling = n.ceiling, level = n.level, sequence = n.sequence,
        at = n.at, recorded = s.recorded + n.recorded
      FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::bigint[], $7::timestamptz[],
        $8::bigint[]) AS n (uid, reserved, confirmed, ceiling, level, sequence, at, recorded)
      WHERE s.uid = n.uid`,
  },
  // in the order of the uids, or two transactions could wait for each other; who finds one taken reads again
  keys: {
    name: 'write-keys',
    text: `INSERT INTO kbnt.request_key (uid, fingerprint, day)
      SELECT uid, fingerprint, (clock_timestamp() AT TIME ZONE 'UTC')::date
      FROM unnest($1::uuid[], $2::text[]) AS n (uid, fingerprint) ORDER BY uid`,
  },
  claims: {
    name: 'write-claims',
    text: `INSERT INTO kbnt.claim (${claimColumns})
      SELECT ${claimColumns} FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::timestamptz[], $13::timestamptz[], $14::jsonb[],
        $15::jsonb[], $16::jsonb[]) AS n (${claimColumns})
      ON CONFLICT (uid, stock) DO UPDATE SET phase = excluded.phase, sequence = excluded.sequence,
        deadline = excluded.deadline, lines = excluded.lines, follows = excluded.follows`,
  },
  gone: {
    name: 'write-gone',
    text: `DELETE FROM kbnt.claim AS c USING unnest($1::uuid[], $2::uuid[]) AS n (uid, stock)
      WHERE c.uid = n.uid AND c.stock = n.stock`,
  },
  reopened: { name: 'write-reopened', text: 'DELETE FROM kbnt.finished WHERE uid = ANY ($1::uuid[])' },
  finished: {
    name: 'write-finished',
    text: `INSERT INTO kbnt.finished (uid, namespace, name, consumer, source, request_id, note, phase, reason, at, since,
        deadline, lines, shortages)
      SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::text[], $10::timestamptz[], $11::timestamptz[], $12::timestamptz[], $13::jsonb[], $14::jsonb[])`,
  },
  units: {
    name: 'write-units',
    text: `INSERT INTO kbnt.consumer_units AS u (stock, consumer, units)
      SELECT stock, consumer, units FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS n (stock, consumer, units)
      ON CONFLICT (stock, consumer) DO UPDATE SET units = u.units + excluded.units`,
  },
  noUnits: {
    name: 'write-no-units',
    text: `DELETE FROM kbnt.consumer_units AS u USING unnest($1::uuid[], $2::text[]) AS n (stock, consumer)
      WHERE u.stock = n.stock AND u.consumer = n.consumer AND u.units <= 0`,
  },
  records: {
    name: 'write-records',
    text: `INSERT INTO kbnt.record (stock, first, last, bytes, at, tells_stock, entries)
      SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::timestamptz[], $6::boolean[],
        $7::text[])`,
  },
  // what waits for the standby when nothing else is written
  mark: { name: 'write-mark', text: "SELECT pg_logical_emit_message(true, 'kbnt', '')" },
  commit: { text: 'COMMIT' },
} as const satisfies Record<string, Statement>

/** A stock that is opened; nothing where it is there. */
export const openStock = {
  name: 'open-stock',
  text: `INSERT INTO kbnt.stock (uid, namespace, name, quantity, safety, reserved, confirmed, ceiling, level, sequence, at,
      generation, state, terms, recorded)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) ON CONFLICT DO NOTHING`,
} as const satisfies Statement

/** A stock that decides nothing any more until somebody has looked at it. */
export const haltStock = {
  name: 'halt-stock',
  text: 'SELECT kbnt.halt($1)',
} as const satisfies Statement

/** Reservations that are over, stock by stock, so that no further index has to be kept for it. */
export const overReservations = {
  name: 'over-reservations',
  text: `SELECT over.uid FROM kbnt.stock s CROSS JOIN LATERAL (
      SELECT c.uid, c.deadline FROM kbnt.claim c
      WHERE c.stock = s.uid AND c.phase = 'Reserved' AND c.deadline <= statement_timestamp() AND c.source = 'http'
        AND c.follows IS NULL AND (c.lines IS NULL OR NOT EXISTS (
          SELECT 1 FROM jsonb_array_elements(c.lines) AS line
          JOIN kbnt.stock h ON h.uid = (line ->> 'stockUID')::uuid WHERE h.state = 'Halted'))
      ORDER BY c.deadline LIMIT $1
    ) AS over WHERE s.state <> 'Halted' ORDER BY over.deadline LIMIT $1`,
} as const satisfies Statement

/** Whether a commit of that connection waits for a standby. */
export const waitingForStandby = {
  name: 'waiting-for-standby',
  text: "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'",
} as const satisfies Statement

/** What objects in the cluster have; a set has one row that follows none. */
export const rowsOfObjects = {
  name: 'of-objects',
  text: `SELECT c.uid, c.namespace, c.name, c.stock, s.namespace AS "stockNamespace", s.name AS "stockName"
    FROM kbnt.claim c JOIN kbnt.stock s ON s.uid = c.stock
    WHERE c.source = 'object' AND c.follows IS NULL AND c.uid > $1 ORDER BY c.uid LIMIT $2`,
} as const satisfies Statement

/** Which stocks reservations have something of; whatever of them changes later, that doesn't. */
export const stocksOfReservations = {
  name: 'stocks-of',
  text: `SELECT uid, array_agg(stock) AS stocks FROM kbnt.claim WHERE uid = ANY ($1::uuid[]) GROUP BY uid
    UNION ALL
    SELECT f.uid, array(SELECT (line ->> 'stock')::uuid FROM jsonb_array_elements(f.lines) AS line)
    FROM kbnt.request_key k JOIN kbnt.finished f ON f.uid = k.uid WHERE k.uid = ANY ($1::uuid[])`,
} as const satisfies Statement

/** How one reservation stands, read without a lock. */
export const reservationReading = {
  held: {
    name: 'held',
    text: `SELECT c.*, k.fingerprint, coalesce(s.namespace, '') AS stock_namespace, coalesce(s.name, '') AS stock_name
      FROM kbnt.claim c JOIN kbnt.request_key k ON k.uid = c.uid LEFT JOIN kbnt.stock s ON s.uid = c.stock
      WHERE c.uid = $1 ORDER BY c.follows IS NOT NULL, stock_namespace, stock_name`,
  },
  ended: {
    name: 'ended',
    text: `SELECT f.*, k.fingerprint FROM kbnt.request_key k JOIN kbnt.finished f ON f.uid = k.uid WHERE k.uid = $1`,
  },
} as const satisfies Record<string, Statement>
