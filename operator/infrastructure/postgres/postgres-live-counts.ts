import type { Pool } from 'pg'
import type { LiveCounts } from '../../application/rows/full-namespaces.ts'

/** One row for each stock and namespace that ever had something of it: as many as `kbnt.stock` has, for the most part. */
const statement = {
  name: 'full-namespaces',
  text: 'SELECT namespace FROM kbnt.live_count GROUP BY namespace HAVING sum(claims) >= $1',
}

export function postgresLiveCounts(pool: Pick<Pool, 'query'>): LiveCounts {
  return {
    async fullNamespaces(most) {
      const { rows } = await pool.query<{ namespace: string }>({ ...statement, values: [most] })
      return rows.map(({ namespace }) => namespace)
    },
  }
}
