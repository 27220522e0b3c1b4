import type { PoolStock } from '../../domain/machine/pool.ts'

/** The stocks that machines live on. */
export interface Pools {
  /** Those that belong to a pool, as last seen. */
  stocksOf(namespace: string, pool: string): readonly PoolStock[]
}
