import { dayUnits } from '../../../domain/history/fold-history.ts'
import { type Columns, type WriteStatement, writeStatement } from '../write-statement.ts'

/** What is asked of one schema of histories. */
export interface HistoryStatements {
  /** Has the rows of stocks locked, those of new ones too. In the order of uids, as all who write. */
  readonly lock: WriteStatement
  readonly last: { readonly name: string; readonly text: string }
  /** Those of these that are there, as they were told. */
  readonly present: WriteStatement
  readonly rows: WriteStatement
  readonly newest: WriteStatement
  readonly days: WriteStatement
  readonly findings: WriteStatement
  /** Rows that may be of a gap. */
  readonly late: WriteStatement
}

const balances = { quantity: 'int8', reserved: 'int8', confirmed: 'int8', available: 'int8' } as const
const units = Object.fromEntries(dayUnits.map((name) => [`units_${name}`, 'int8' as const]))
const place = { stock: 'uuid', sequence: 'int8' } as const
const balanceNames = Object.keys(balances)

const event: Columns = {
  ...{ ...place, at: 'timestamptz', units: 'int8', ...balances, type: 'text', level: 'text' },
  ...{ price: 'text', currency: 'text', reservation_uid: 'text', reservation_namespace: 'text', reservation: 'text' },
  consumer: 'text',
}
const eventNames = Object.keys(event)
const day: Columns = {
  ...{ stock: 'uuid', day: 'timestamptz', events: 'int8', ...units, sequence: 'int8', ...balances },
  ...{ deleted: 'bool', namespace: 'text', product: 'text' },
}
const dayNames = Object.keys(day)

/** Numbers come as text where they are none of the arrays' own. */
const cast = (name: string) => (name === 'price' ? 'n.price::numeric' : name === 'day' ? 'n.day::date' : `n.${name}`)

/** `name` tells them from those of other schemas on the same connection. */
export function historyStatements(schema: string): HistoryStatements {
  const own = (name: string) => `${schema}-${name}`
  return {
    lock: writeStatement(
      own('lock'),
      { uid: 'uuid', namespace: 'text', name: 'text', product: 'text' },
      (n) => `INSERT INTO ${schema}.stock AS s
        (uid, namespace, name, product, sequence, at, ${balanceNames.join(', ')})
        SELECT uid, namespace, name, product, 0, '-infinity', 0, 0, 0, 0 FROM ${n} ORDER BY uid
        ON CONFLICT (uid) DO UPDATE SET uid = s.uid WHERE false`,
    ),
    last: {
      name: own('last'),
      text: `SELECT uid AS stock, sequence, ${balanceNames.join(', ')} FROM ${schema}.stock
        WHERE uid = ANY($1::uuid[]) AND sequence > 0`,
    },
    present: writeStatement(
      own('present'),
      place,
      (
        n,
      ) => `SELECT e.stock, e.sequence, e.type AS occasion, e.units, ${balanceNames.map((name) => `e.${name}`).join(', ')} FROM ${n}
        JOIN ${schema}.event e ON e.stock = n.stock AND e.sequence = n.sequence`,
    ),
    rows: writeStatement(
      own('rows'),
      event,
      (n) => `INSERT INTO ${schema}.event (${eventNames.join(', ')})
        SELECT ${eventNames.map(cast).join(', ')} FROM ${n} ON CONFLICT DO NOTHING`,
    ),
    newest: writeStatement(
      own('newest'),
      { uid: 'uuid', name: 'text', product: 'text', sequence: 'int8', at: 'timestamptz', ...balances },
      (n) => `UPDATE ${schema}.stock s SET name = n.name, product = n.product, sequence = n.sequence, at = n.at,
        ${balanceNames.map((name) => `${name} = n.${name}`).join(', ')}
        FROM ${n} WHERE s.uid = n.uid AND s.sequence < n.sequence`,
    ),
    days: writeStatement(own('days'), day, (n) => daysText(schema, n)),
    findings: writeStatement(
      own('findings'),
      { ...place, kind: 'text', at: 'timestamptz', first: 'int8', last: 'int8', missing: 'int8', message: 'text' },
      (n) => `INSERT INTO ${schema}.finding (stock, sequence, kind, at, first, last, missing, message)
        SELECT * FROM ${n} ON CONFLICT DO NOTHING`,
    ),
    late: writeStatement(
      own('late'),
      place,
      (n) => `UPDATE ${schema}.finding f SET missing = f.missing - filled.count,
        closed_at = CASE WHEN f.missing = filled.count THEN clock_timestamp() END
        FROM (SELECT g.stock, g.sequence, count(*) FROM ${n} JOIN ${schema}.finding g
          ON g.stock = n.stock AND g.kind = 'gap' AND n.sequence BETWEEN g.first AND g.last
          GROUP BY g.stock, g.sequence) filled
        WHERE f.stock = filled.stock AND f.sequence = filled.sequence AND f.kind = 'gap'`,
    ),
  }
}

/** A day's close is that of its newest row. */
function daysText(schema: string, n: string): string {
  const sums = ['events', ...Object.keys(units)].map((name) => `${name} = d.${name} + excluded.${name}`)
  const closes = ['quantity', 'reserved', 'confirmed', 'available', 'deleted', 'product', 'sequence'].map(
    (name) => `${name} = CASE WHEN excluded.sequence > d.sequence THEN excluded.${name} ELSE d.${name} END`,
  )
  return `INSERT INTO ${schema}.stock_day AS d (${dayNames.join(', ')})
    SELECT ${dayNames.map(cast).join(', ')} FROM ${n} ORDER BY n.stock, n.day
    ON CONFLICT (stock, day) DO UPDATE SET ${[...sums, ...closes].join(', ')}`
}
