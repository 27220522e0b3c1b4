import type { PoolStock } from '../../domain/machine/pool.ts'

/** The stocks that machines live on. */
export interface Pools {
  /** Those that belong to a pool, as last seen; undefined = the stocks of that namespace could not be listed yet. */
  stocksOf(namespace: string, pool: string): readonly PoolStock[] | undefined
}
