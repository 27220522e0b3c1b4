import type { ConsumptionRow } from '../../../application/integration/consumption-log.ts'
import { columnText } from '../integration-tables.ts'

type Column = readonly [name: string, type: string, of: (row: ConsumptionRow) => unknown]

const columns: readonly Column[] = [
  ['event_id', 'text', ({ eventId }) => eventId],
  ['topic', 'text', ({ topic }) => topic],
  ['partition', 'integer', ({ partition }) => partition],
  ['"offset"', 'bigint', ({ offset }) => String(offset)],
  ['event_type', 'text', ({ occasion }) => columnText(occasion)],
  ['stock', 'text', ({ stock }) => columnText(stock)],
  ['stock_uid', 'text', ({ stockUid = null }) => stockUid],
  ['sequence', 'bigint', ({ sequence = null }) => sequence],
  ['status', 'text', ({ status }) => status],
  ['blocks', 'boolean', ({ blocks }) => blocks],
  ['external_id', 'text', ({ externalId = null }) => externalId],
  ['attempts', 'integer', ({ attempts }) => attempts],
  ['duration_ms', 'integer', ({ durationMs = null }) => durationMs],
  ['error', 'text', ({ error }) => (error === undefined ? null : columnText(error))],
]

const learnt: readonly Column[] = [
  ['stock_uid', 'text', ({ stockUid }) => stockUid],
  ['external_id', 'text', ({ learnt: { externalId = null } = {} }) => externalId],
  ['put_sequence', 'bigint', ({ learnt: { putSequence = null } = {} }) => putSequence],
  ['ended', 'boolean', ({ learnt: { ended = false } = {} }) => ended],
]

const names = (all: readonly Column[]) => all.map(([name]) => name).join(', ')
const parameters = (all: readonly Column[], from: number) =>
  all.map(([, type], index) => `$${from + index}::${type}[]`).join(', ')
const valuesOf = (all: readonly Column[], rows: readonly ConsumptionRow[]) => all.map(([, , of]) => rows.map(of))

const rewritten = columns
  .slice(1)
  .map(([name]) => `${name} = excluded.${name}`)
  .join(', ')

/** An event's row stays once it is settled; of several that were put, the latest state counts. */
const recordText = `WITH told AS (
    INSERT INTO kbnt_integration.consumption_log AS log (target, ${names(columns)})
    SELECT $1, * FROM unnest(${parameters(columns, 2)})
    ON CONFLICT (target, event_id) DO UPDATE SET ${rewritten}, at = clock_timestamp()
    WHERE log.status IN ('FAILED', 'NEEDS_ATTENTION'))
  INSERT INTO kbnt_integration.external_ids AS known (target, stock_uid, external_id, put_sequence, ended_at)
  SELECT $1, stock_uid, external_id, put_sequence, CASE WHEN ended THEN clock_timestamp() END
  FROM unnest(${parameters(learnt, 2 + columns.length)}) AS learnt(${names(learnt)})
  ON CONFLICT (target, stock_uid) DO UPDATE SET
    external_id = coalesce(excluded.external_id, known.external_id),
    put_sequence = greatest(excluded.put_sequence, known.put_sequence),
    ended_at = coalesce(known.ended_at, excluded.ended_at)`

const claimText = `INSERT INTO kbnt_integration.consumption_log AS log (target, ${names(columns)})
  SELECT $1, * FROM unnest(${parameters(columns, 2)})
  ON CONFLICT (target, event_id) DO UPDATE SET ${rewritten}, at = clock_timestamp()
  WHERE log.status = 'FAILED' OR (log.status = 'NEEDS_ATTENTION'
    AND log.at <= clock_timestamp() - $${2 + columns.length}::float8 * interval '1 millisecond')
  RETURNING true`

/** Of rows with the same id the last one counts. In the order of their ids: whoever writes the same at once waits, and nobody for each other. */
export function recordStatement(target: string, rows: readonly ConsumptionRow[]) {
  const byId = new Map(rows.map((row) => [row.eventId, row]))
  const once = [...byId.values()].toSorted((one, other) => (one.eventId < other.eventId ? -1 : 1))
  const values = [target, ...valuesOf(columns, once), ...valuesOf(learnt, learntOnce(rows))]
  return { name: 'record-consumption', text: recordText, values }
}

/** Without a number nothing is ever old enough. */
export function claimStatement(target: string, row: ConsumptionRow, afterMs?: number) {
  return { name: 'claim-consumption', text: claimText, values: [target, ...valuesOf(columns, [row]), afterMs ?? null] }
}

/** One for each stock, as no statement writes a row twice. */
function learntOnce(rows: readonly ConsumptionRow[]): ConsumptionRow[] {
  const byStock = new Map<string, ConsumptionRow>()
  for (const row of rows) {
    const { stockUid, learnt: told = {} } = row
    if (stockUid === undefined || Object.keys(told).length === 0) continue
    const before = byStock.get(stockUid)?.learnt
    const puts = [before?.putSequence, told.putSequence].filter((put) => put !== undefined)
    const both = { ...before, ...told, ...(puts.length > 0 && { putSequence: Math.max(...puts) }) }
    byStock.set(stockUid, { ...row, learnt: both })
  }
  return [...byStock.values()].toSorted((one, other) => ((one.stockUid ?? '') < (other.stockUid ?? '') ? -1 : 1))
}
