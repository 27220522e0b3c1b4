import type { QueryConfig } from 'pg'
import type { RowsPage, RowsWanted } from '../../application/gateway/rows/row-databases.ts'
import type { Standing } from '../../application/rows/order.ts'
import { standingOfFinished } from '../../application/rows/reservation-rows.ts'
import type { EntryLine } from '../../domain/stock/entry.ts'
import { type ClaimColumns, claimRow, type FinishedColumns, finishedRow } from './row-values.ts'

/** Rows of each table that one page looks at, however few of them it shows: it has to end while others wait for it. */
const LOOKED_AT = 5_000

/** One reservation, or none where a page has none: then only up to where it has looked. */
export type PageColumns = { readonly up_to: string | null } & (HeldColumns | EndedColumns | { readonly uid: null })

/** Its home, with the lines of its other stocks. */
interface HeldColumns extends ClaimColumns {
  readonly at: null
  readonly stock_namespace: string | null
  readonly stock_name: string | null
}

type EndedColumns = FinishedColumns

/**
 * What is held and what is over, as of one moment and by the primary key alone, so that no hold has an index more to keep.
 * A table that has more rows than are looked at ends the page there, for both.
 */
const text = `WITH held AS MATERIALIZED (
    SELECT * FROM kbnt.claim WHERE uid >= $1::uuid AND uid <= $2::uuid ORDER BY uid LIMIT $3
  ), ended AS MATERIALIZED (
    SELECT * FROM kbnt.finished WHERE uid >= $1::uuid AND uid <= $2::uuid ORDER BY uid LIMIT $3
  ), looked AS (
    SELECT least(
      (SELECT uid FROM held WHERE $3 <= (SELECT count(*) FROM held) ORDER BY uid DESC LIMIT 1),
      (SELECT uid FROM ended WHERE $3 <= (SELECT count(*) FROM ended) ORDER BY uid DESC LIMIT 1)) AS up_to
  ), reservation AS (
    SELECT c.uid, c.namespace, c.name, c.consumer, c.source, c.request_id, c.note, c.phase, NULL AS reason,
      NULL::timestamptz AS at, c.since, c.deadline, c.lines, NULL::jsonb AS shortages,
      c.stock, c.quantity, c.sequence, c.price, s.namespace AS stock_namespace, s.name AS stock_name
    FROM held c LEFT JOIN kbnt.stock s ON s.uid = c.stock
    WHERE c.follows IS NULL AND ($7::text IS NULL OR s.namespace = $7 AND s.name = $8 OR EXISTS (
      SELECT 1 FROM jsonb_array_elements(c.lines) AS line
      WHERE line ->> 'stockNamespace' = $7 AND line ->> 'stock' = $8))
    UNION ALL
    SELECT f.uid, f.namespace, f.name, f.consumer, f.source, f.request_id, f.note, f.phase, f.reason,
      f.at, f.since, f.deadline, f.lines, f.shortages, NULL, NULL, NULL, NULL, NULL, NULL
    FROM ended f
    WHERE $7::text IS NULL OR EXISTS (
      SELECT 1 FROM jsonb_array_elements(f.lines) AS line
      WHERE line ->> 'stockNamespace' = $7 AND line ->> 'stockName' = $8)
  )
  SELECT looked.up_to, r.* FROM looked LEFT JOIN LATERAL (
    SELECT * FROM reservation
    WHERE (looked.up_to IS NULL OR uid < looked.up_to) AND source = 'http' AND namespace = $4
      AND ($5::text IS NULL OR consumer = $5) AND ($6::text IS NULL OR phase = $6)
    ORDER BY uid LIMIT $9
  ) AS r ON true ORDER BY r.uid`

export function pageStatement({ namespace, filter, from, to, limit }: RowsWanted): QueryConfig {
  const { consumer = null, phase = null, stock } = filter
  const isFiltered = consumer !== null || phase !== null || stock !== undefined
  const most = isFiltered ? LOOKED_AT : Math.min(LOOKED_AT, 2 * limit + 100) // most rows of a namespace are shown then
  const values = [from, to, most, namespace, consumer, phase, stock?.namespace ?? null, stock?.name ?? null]
  return { name: 'reservation-page', text, values: [...values, limit + 1] }
}

export function pageOf(rows: readonly PageColumns[], limit: number): RowsPage {
  const found = rows.flatMap((row) => (row.uid === null ? [] : [row]))
  const next = found[limit]?.uid ?? rows[0]?.up_to
  return { items: found.slice(0, limit).map(standingOf), ...(next && { next }) }
}

function standingOf(columns: HeldColumns | EndedColumns): Standing {
  if (columns.at !== null) return standingOfFinished(finishedRow(columns))
  const { stock, stock_namespace: stockNamespace, stock_name: stockName, phase } = columns
  const { about, claim } = claimRow(columns)
  const { uid, quantity, sequence, unitPrice, reservedAt: since, deadline, lines = [] } = claim
  const home = { stock, stockNamespace: stockNamespace ?? '', stockName: stockName ?? '', quantity, sequence }
  return {
    ...{ uid, about, phase, since, deadline },
    lines: [{ ...home, ...(unitPrice && { unitPrice }) }, ...lines.map(lineOf)],
  }
}

function lineOf({ stock: stockName, stockUID: stock, ...line }: EntryLine): Standing['lines'][number] {
  return { ...line, stock, stockName }
}
