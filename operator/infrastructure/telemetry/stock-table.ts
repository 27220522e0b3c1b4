import type { Level } from '../../domain/stock/level.ts'

/** What a stock looks like now. */
export interface StockSample {
  readonly namespace: string
  readonly stock: string
  readonly product: string
  readonly quantity: number
  readonly available: number
  readonly reserved: number
  readonly confirmed: number
  readonly waiting: number
  readonly level: Level
  /** Journal entries that are committed but not finished. */
  readonly pendingEntries: number
  readonly value?: { readonly amount: string; readonly currency: string }
}

/** Labels of a stock's series, or of what the stocks over the limit sum up to in their namespace. */
export interface StockLabels {
  readonly namespace: string
  readonly stock: string
  readonly product: string
}

/** Sums of one stock, or of several. */
export interface StockSums {
  quantity: number
  available: number
  reserved: number
  confirmed: number
  waiting: number
  pendingEntries: number
  readonly levels: Map<Level, number>
  readonly values: Map<string, number>
}

/** Counts since the start: operations by name, failures by reason. */
export interface StockCounts {
  readonly successes: Map<string, number>
  readonly failures: Map<string, number>
}

export interface StockRow {
  readonly labels: StockLabels
  readonly sums: StockSums
  readonly counts: StockCounts
}

export interface StockTable {
  put(sample: StockSample): void
  remove(namespace: string, stock: string): void
  /** Where to count for this stock; for one not in the table, or over the limit, its namespace's own sums. */
  counts(namespace: string, stock: string): StockCounts
  rows(): StockRow[]
}

/** Not a name that an object can have. */
const OTHERS = '_other'

interface Listed {
  sample: StockSample
  readonly counts: StockCounts
}

function noCounts(): StockCounts {
  return { successes: new Map(), failures: new Map() }
}

function noSums(): StockSums {
  const zero = { quantity: 0, available: 0, reserved: 0, confirmed: 0, waiting: 0, pendingEntries: 0 }
  return { ...zero, levels: new Map(), values: new Map() }
}

function add(sums: StockSums, sample: StockSample): StockSums {
  sums.quantity += sample.quantity
  sums.available += sample.available
  sums.reserved += sample.reserved
  sums.confirmed += sample.confirmed
  sums.waiting += sample.waiting
  sums.pendingEntries += sample.pendingEntries
  sums.levels.set(sample.level, (sums.levels.get(sample.level) ?? 0) + 1)
  const { value } = sample
  if (value) sums.values.set(value.currency, (sums.values.get(value.currency) ?? 0) + Number(value.amount))
  return sums
}

/**
 * The stocks as the metrics show them: at most `maxStocks` by name, the others summed for each namespace, so that a
 * cluster with very many stocks doesn't drown its Prometheus. The sum over a namespace is right either way.
 */
export function stockTable(maxStocks: number): StockTable {
  const listed = new Map<string, Listed>()
  const unlisted = new Map<string, StockSample>()
  const others = new Map<string, StockCounts>()

  function otherCounts(namespace: string): StockCounts {
    const counts = others.get(namespace) ?? noCounts()
    others.set(namespace, counts)
    return counts
  }
  function put(sample: StockSample): void {
    const key = `${sample.namespace}/${sample.stock}`
    const known = listed.get(key)
    if (known) known.sample = sample
    else if (listed.size < maxStocks) {
      unlisted.delete(key)
      listed.set(key, { sample, counts: noCounts() })
    } else unlisted.set(key, sample)
  }
  function otherRows(): StockRow[] {
    const sums = new Map<string, StockSums>()
    for (const namespace of others.keys()) sums.set(namespace, noSums())
    for (const sample of unlisted.values())
      sums.set(sample.namespace, add(sums.get(sample.namespace) ?? noSums(), sample))
    return [...sums].map(([namespace, sum]) => ({
      labels: { namespace, stock: OTHERS, product: OTHERS },
      sums: sum,
      counts: otherCounts(namespace),
    }))
  }
  return {
    put,
    remove(namespace, stock) {
      const key = `${namespace}/${stock}`
      listed.delete(key)
      unlisted.delete(key)
    },
    counts: (namespace, stock) => listed.get(`${namespace}/${stock}`)?.counts ?? otherCounts(namespace),
    rows: () => [
      ...[...listed.values()].map(({ sample, counts }) => ({
        labels: { namespace: sample.namespace, stock: sample.stock, product: sample.product },
        sums: add(noSums(), sample),
        counts,
      })),
      ...otherRows(),
    ],
  }
}
