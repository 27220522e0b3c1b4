import type { PoolStock } from '../../domain/resource/pool.ts'

/** The stocks that resources live on. */
export interface Pools {
  /** Those that belong to a pool, as last seen; undefined = the stocks of that namespace could not be listed yet. */
  stocksOf(namespace: string, pool: string): readonly PoolStock[] | undefined
}
