import type { Pool } from 'pg'
import type { HistoryPoint, KnownStock, StockHistories } from '../../../application/gateway/stock-histories.ts'

type PointColumns = Omit<HistoryPoint, 'atMs'> & { readonly at: Date }
type KnownColumns = Omit<KnownStock, 'atMs'> & { readonly at: Date }

/** Histories in one schema, through connections that only read. */
export function postgresHistories(pool: Pick<Pool, 'query'>, schema: string): StockHistories {
  const known = `SELECT uid, product, sequence, at FROM ${schema}.stock`
  const byUid = { name: 'history-by-uid', text: `${known} WHERE uid = $1 AND sequence > 0` }
  const byName = {
    name: 'history-by-name',
    text: `${known} WHERE namespace = $1 AND name = $2 AND sequence > 0 ORDER BY at DESC LIMIT 1`,
  }
  // one look into the index for each point, however many decisions lie between two
  const points = {
    name: 'history-points',
    text: `SELECT p.at, e.sequence, e.quantity, e.reserved, e.confirmed, e.available
      FROM generate_series($2::timestamptz, $3::timestamptz, $4::bigint * interval '1 millisecond') AS p (at)
      CROSS JOIN LATERAL (
        SELECT sequence, quantity, reserved, confirmed, available FROM ${schema}.event
        WHERE stock = $1 AND at <= p.at ORDER BY at DESC, sequence DESC LIMIT 1
      ) e ORDER BY p.at`,
  }
  return {
    async find({ namespace, name, uid }) {
      const asked = uid === undefined ? { ...byName, values: [namespace, name] } : { ...byUid, values: [uid] }
      const [found] = (await pool.query<KnownColumns>(asked)).rows
      return found && { uid: found.uid, product: found.product, sequence: found.sequence, atMs: found.at.getTime() }
    },
    async points(uid, { fromMs, toMs, stepMs }) {
      const values = [uid, new Date(fromMs), new Date(toMs), stepMs]
      const { rows } = await pool.query<PointColumns>({ ...points, values })
      return rows.map(({ at, ...balances }) => ({ atMs: at.getTime(), ...balances }))
    },
  }
}
