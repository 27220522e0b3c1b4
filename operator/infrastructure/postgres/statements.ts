import type { QueryConfig } from 'pg'
import { type Columns, writeStatement } from './write-statement.ts'

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
  // those whose rows somebody has at this moment
  taken: {
    name: 'taken',
    text: `WITH free AS (SELECT uid FROM kbnt.stock WHERE uid = ANY ($1::uuid[]) FOR NO KEY UPDATE SKIP LOCKED)
      SELECT uid FROM kbnt.stock WHERE uid = ANY ($1::uuid[]) AND uid NOT IN (SELECT uid FROM free)`,
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

const claimTypes: Columns = {
  ...{ uid: 'uuid', stock: 'uuid', namespace: 'text', name: 'text', consumer: 'text', source: 'text' },
  ...{ request_id: 'text', note: 'text', phase: 'text', quantity: 'int8', sequence: 'int8', since: 'timestamptz' },
  ...{ deadline: 'timestamptz', price: 'jsonb', lines: 'jsonb', follows: 'jsonb' },
}
const finishedTypes: Columns = {
  ...{ uid: 'uuid', namespace: 'text', name: 'text', consumer: 'text', source: 'text', request_id: 'text' },
  ...{ note: 'text', phase: 'text', reason: 'text', at: 'timestamptz', since: 'timestamptz' },
  ...{ deadline: 'timestamptz', lines: 'jsonb', shortages: 'jsonb' },
}
const recordTypes: Columns = {
  ...{ stock: 'uuid', first: 'int8', last: 'int8', bytes: 'int4', at: 'timestamptz', tells_stock: 'bool' },
  entries: 'text',
}

/** Trip 2: everything that a transaction writes. */
export const writing = {
  stocks: writeStatement(
    'write-stocks',
    {
      ...{ uid: 'uuid', reserved: 'int8', confirmed: 'int8', ceiling: 'int8', level: 'text', sequence: 'int8' },
      ...{ at: 'timestamptz', recorded: 'int8' },
    },
    (rows) => `UPDATE kbnt.stock AS s
      SET reserved = n.reserved, confirmed = n.confirmed, ceiling = n.ceiling, level = n.level, sequence = n.sequence,
        at = n.at, recorded = s.recorded + n.recorded
      FROM ${rows} WHERE s.uid = n.uid`,
  ),
  // in the order of the uids, or two transactions could wait for each other; who finds one taken reads again
  keys: writeStatement(
    'write-keys',
    { uid: 'uuid', fingerprint: 'text' },
    (rows) => `INSERT INTO kbnt.request_key (uid, fingerprint, day)
      SELECT uid, fingerprint, (clock_timestamp() AT TIME ZONE 'UTC')::date FROM ${rows} ORDER BY uid`,
  ),
  // nobody else can have made them: their reservations' keys are new, or their stocks are locked
  claims: writeStatement(
    'write-claims',
    claimTypes,
    (rows) => `INSERT INTO kbnt.claim (${Object.keys(claimTypes).join(', ')}) SELECT * FROM ${rows}`,
  ),
  changed: writeStatement(
    'write-changed',
    {
      ...{ uid: 'uuid', stock: 'uuid', phase: 'text', sequence: 'int8', deadline: 'timestamptz', lines: 'jsonb' },
      follows: 'jsonb',
    },
    (rows) => `UPDATE kbnt.claim AS c
      SET phase = n.phase, sequence = n.sequence, deadline = n.deadline, lines = n.lines, follows = n.follows
      FROM ${rows} WHERE c.uid = n.uid AND c.stock = n.stock`,
  ),
  gone: writeStatement(
    'write-gone',
    { uid: 'uuid', stock: 'uuid' },
    (rows) => `DELETE FROM kbnt.claim AS c USING ${rows} WHERE c.uid = n.uid AND c.stock = n.stock`,
  ),
  reopened: writeStatement(
    'write-reopened',
    { uid: 'uuid' },
    (rows) => `DELETE FROM kbnt.finished AS f USING ${rows} WHERE f.uid = n.uid`,
  ),
  finished: writeStatement(
    'write-finished',
    finishedTypes,
    (rows) => `INSERT INTO kbnt.finished (${Object.keys(finishedTypes).join(', ')}) SELECT * FROM ${rows}`,
  ),
  units: writeStatement(
    'write-units',
    { stock: 'uuid', consumer: 'text', units: 'int8' },
    (rows) => `INSERT INTO kbnt.consumer_units AS u (stock, consumer, units)
      SELECT stock, consumer, units FROM ${rows}
      ON CONFLICT (stock, consumer) DO UPDATE SET units = u.units + excluded.units`,
  ),
  noUnits: writeStatement(
    'write-no-units',
    { stock: 'uuid', consumer: 'text' },
    (rows) => `DELETE FROM kbnt.consumer_units AS u USING ${rows}
      WHERE u.stock = n.stock AND u.consumer = n.consumer AND u.units <= 0`,
  ),
  records: writeStatement(
    'write-records',
    recordTypes,
    (rows) => `INSERT INTO kbnt.record (${Object.keys(recordTypes).join(', ')}) SELECT * FROM ${rows}`,
  ),
  setBack: writeStatement(
    'halt-set-back',
    { stock: 'uuid', known: 'int8' },
    (rows) => `SELECT kbnt.halt_set_back(n.stock, n.known) FROM ${rows}`,
  ),
} as const

/** The end of a transaction. */
export const ending = {
  // what waits for the standby when nothing else is written
  mark: { name: 'write-mark', text: "SELECT pg_logical_emit_message(true, 'kbnt', '')" },
  commit: { text: 'COMMIT' },
} as const satisfies Record<string, Statement>

/** A whole stock; the bytes are those of what tells of it. */
export const stockTypes: Columns = {
  ...{ uid: 'uuid', namespace: 'text', name: 'text', quantity: 'int8', safety: 'int8', reserved: 'int8' },
  ...{ confirmed: 'int8', ceiling: 'int8', level: 'text', sequence: 'int8', at: 'timestamptz', generation: 'int8' },
  ...{ state: 'text', terms: 'jsonb', recorded: 'int8' },
}

const openedTypes: Columns = { ...stockTypes, cluster: 'uuid' }

/** A stock that is opened; nothing where it is there. */
export const openStock = writeStatement(
  'open-stock',
  openedTypes,
  (rows) =>
    `INSERT INTO kbnt.stock (${Object.keys(openedTypes).join(', ')}) SELECT * FROM ${rows} ON CONFLICT DO NOTHING`,
)

/** A stock that decides nothing any more until somebody has looked at it. */
export const haltStock = {
  name: 'halt-stock',
  text: 'SELECT kbnt.halt($1)',
} as const satisfies Statement

/** Reservations that are over, stock by stock, so that no further index has to be kept for it; each has its turn. */
export const overReservations = {
  name: 'over-reservations',
  text: `SELECT over.uid, s.uid AS stock FROM kbnt.stock s CROSS JOIN LATERAL (
      SELECT c.uid, c.deadline, row_number() OVER (ORDER BY c.deadline) AS turn FROM kbnt.claim c
      WHERE c.stock = s.uid AND c.phase = 'Reserved' AND c.deadline <= statement_timestamp() AND c.source = 'http'
        AND c.follows IS NULL AND (c.lines IS NULL OR NOT EXISTS (
          SELECT 1 FROM jsonb_array_elements(c.lines) AS line
          JOIN kbnt.stock h ON h.uid = (line ->> 'stockUID')::uuid WHERE h.state = 'Halted'))
      ORDER BY c.deadline LIMIT $1
    ) AS over WHERE s.state <> 'Halted' AND s.uid <> ALL ($2::uuid[]) ORDER BY over.turn, over.deadline LIMIT $1`,
} as const satisfies Statement

/** Whether a commit of that connection waits for a standby. */
export const waitingForStandby = {
  name: 'waiting-for-standby',
  text: "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'",
} as const satisfies Statement

/** What objects in the cluster have; a set has one row that follows none. */
export const rowsOfObjects = {
  name: 'of-objects',
  text: `SELECT c.uid, c.namespace, c.name, c.stock, s.namespace AS "stockNamespace", s.name AS "stockName", s.cluster
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
