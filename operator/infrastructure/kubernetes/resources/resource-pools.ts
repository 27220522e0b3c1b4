import type { Pools } from '../../../application/resource/pools.ts'
import type { PoolStock } from '../../../domain/resource/pool.ts'
import { isListed, type WatchedCache } from '../watched-cache.ts'
import type { VirtualStock } from './generated/virtual-stock.ts'

const POOL = 'kbnt.io/pool'
const RESOURCE = 'kbnt.io/resource'

/** Pools as stocks with labels, as the watch has brought them. */
export function resourcePools(cache: Pick<WatchedCache<VirtualStock>, 'list' | 'unlisted'>): Pools {
  return {
    stocksOf(namespace, pool) {
      if (!isListed(cache, namespace)) return undefined
      const found: PoolStock[] = []
      for (const { metadata, spec } of cache.list()) {
        if (metadata.namespace !== namespace || metadata.labels?.[POOL] !== pool) continue
        const { name = '', labels } = metadata
        const { unit, reclaimPolicy } = spec
        found.push({ namespace, name, resource: labels[RESOURCE] ?? '', unit, reclaimPolicy })
      }
      return found
    },
  }
}

/** The pool that a stock belongs to, `namespace/pool`; undefined = none. */
export function poolOf({ metadata }: VirtualStock): string | undefined {
  const pool = metadata.labels?.[POOL]
  return pool === undefined ? undefined : `${metadata.namespace}/${pool}`
}
