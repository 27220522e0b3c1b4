/** One line of the table: what was measured, and the bar that it is held against. */
export interface Row {
  readonly what: string
  readonly measured: number
  readonly unit: string
  /** What a bare client, producer and so on reached in the same run; absent where the bar is absolute. */
  readonly bare?: number
  /** The bar is on measured ÷ bare where there is a bare one, else on what was measured. */
  readonly bar: { readonly atLeast: number } | { readonly atMost: number } | 'none'
  /** How it came about, in a few words. */
  readonly note?: string
}

export function ratioOf({ measured, bare }: Row): number {
  return bare === undefined ? measured : measured / bare
}

/** Undefined where there is no bar. */
export function meetsBar(row: Row): boolean | undefined {
  if (row.bar === 'none') return undefined
  return 'atLeast' in row.bar ? ratioOf(row) >= row.bar.atLeast : ratioOf(row) <= row.bar.atMost
}

/** The value at this share of `values`, which need not be in order. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
