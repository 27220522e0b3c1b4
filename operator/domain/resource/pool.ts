import type { PooledSpec } from './resource.ts'

/** A stock of a pool, by its labels. */
export interface PoolStock {
  readonly namespace: string
  readonly name: string
  /** What of a resource it counts: the label `kbnt.io/resource`. */
  readonly resource: string
  readonly unit: string
  readonly reclaimPolicy: 'Consume' | 'Return'
}

export interface PoolLine {
  readonly stockNamespace: string
  readonly stock: string
  readonly quantity: number
}

export type PoolAnswer =
  | { readonly kind: 'lines'; readonly lines: readonly PoolLine[] }
  | {
      readonly kind: 'trouble'
      readonly reason: 'PoolMissing' | 'PoolAmbiguous' | 'WrongUnit'
      /** Names what is missing or wrong, and what would be right. */
      readonly message: string
    }

/** What a resource takes of one stock of its pool. */
export interface Want {
  /** The label `kbnt.io/resource` of the stock. */
  readonly resource: string
  /** What that stock has to count. */
  readonly unit: string
  readonly quantity: number
}

type PoolOf = Pick<PooledSpec, 'pool' | 'poolNamespace'>

/** What it takes of the stocks of its pool, or why these are no pool for it. */
export function linesOf(spec: PoolOf, wants: readonly Want[], stocks: readonly PoolStock[]): PoolAnswer {
  const lines: PoolLine[] = []
  for (const want of wants) {
    const found = stocks.filter(({ resource }) => resource === want.resource)
    const trouble = troubleOf(spec, want, found)
    if (trouble) return trouble
    const [stock] = found as [PoolStock]
    lines.push({ stockNamespace: stock.namespace, stock: stock.name, quantity: want.quantity })
  }
  return { kind: 'lines', lines }
}

function troubleOf(
  { pool, poolNamespace }: PoolOf,
  { resource, unit }: Want,
  found: readonly PoolStock[],
): Extract<PoolAnswer, { kind: 'trouble' }> | undefined {
  const [stock, ...others] = found
  if (!stock) {
    const labels = `kbnt.io/pool=${pool} and kbnt.io/resource=${resource}`
    return trouble(
      'PoolMissing',
      `pool ${pool} has no stock for ${resource}: no VirtualStock in namespace ${poolNamespace} carries the labels ${labels}`,
    )
  }
  if (others.length > 0) {
    const names = found.map(({ name }) => name).sort()
    return trouble(
      'PoolAmbiguous',
      `pool ${pool} has ${found.length} stocks for ${resource}: ${names.join(', ')}; there must be one`,
    )
  }
  if (stock.unit !== unit)
    return trouble(
      'WrongUnit',
      `stock ${stock.name} of pool ${pool} counts ${stock.unit}; for ${resource} it must count ${unit}`,
    )
  if (stock.reclaimPolicy !== 'Return')
    return trouble(
      'WrongUnit',
      `stock ${stock.name} of pool ${pool} has the reclaimPolicy Consume: its units would never come back; a pool needs Return`,
    )
  return undefined
}

function trouble(
  reason: Extract<PoolAnswer, { kind: 'trouble' }>['reason'],
  message: string,
): Extract<PoolAnswer, { kind: 'trouble' }> {
  return { kind: 'trouble', reason, message }
}
