import type { MachineSpec } from './machine.ts'
import { wholeGiB } from './size.ts'

/** A stock of a pool, by its labels. */
export interface PoolStock {
  readonly namespace: string
  readonly name: string
  /** What of a machine it counts: the label `kbnt.io/resource`. */
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

const wanted = [
  { resource: 'cpu', unit: 'vCPU' },
  { resource: 'memory', unit: 'GiB' },
  { resource: 'disk', unit: 'GiB' },
] as const

type Wanted = (typeof wanted)[number]

/** What a machine takes of the stocks of its pool, or why these are no pool for machines. */
export function linesOf(spec: MachineSpec, stocks: readonly PoolStock[]): PoolAnswer {
  const lines: PoolLine[] = []
  for (const one of wanted) {
    const found = stocks.filter(({ resource }) => resource === one.resource)
    const trouble = troubleOf(spec, one, found)
    if (trouble) return trouble
    const [stock] = found as [PoolStock]
    lines.push({ stockNamespace: stock.namespace, stock: stock.name, quantity: quantityOf(spec, one) })
  }
  return { kind: 'lines', lines }
}

function quantityOf({ cpu, memory, disk }: MachineSpec, { resource }: Wanted): number {
  if (resource === 'cpu') return cpu
  return wholeGiB(resource === 'memory' ? memory : disk)
}

function troubleOf(
  { pool, poolNamespace }: MachineSpec,
  { resource, unit }: Wanted,
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
