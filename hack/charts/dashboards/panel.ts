/** One question to Prometheus. */
export interface Query {
  readonly expr: string
  /** How a line or value is called, as Grafana's legend says it, or a table's column. */
  readonly name: string
}

/** What a panel shows, without where it stands. */
export interface Panel {
  readonly type: 'stat' | 'timeseries' | 'table'
  readonly title: string
  /** What it means, and what would be odd. */
  readonly description: string
  /** Grafana's name of it: s, short, percentunit, bytes, ops … */
  readonly unit: string
  /** Of 24 columns. */
  readonly width: number
  readonly queries: readonly Query[]
}

type Words = Pick<Panel, 'title' | 'description'> & { readonly unit?: string }

/** The present value, large; several where a query answers with several. */
export function stat(words: Words, expr: string, name = ''): Panel {
  return { type: 'stat', unit: 'short', width: 4, queries: [{ expr, name }], ...words }
}

/** Lines over time: only for what has few of them, however many stocks there are. */
export function lines(words: Words, ...queries: readonly (readonly [expr: string, name: string])[]): Panel {
  return {
    type: 'timeseries',
    unit: 'short',
    width: 12,
    queries: queries.map(([expr, name]) => ({ expr, name })),
    ...words,
  }
}

/** One row for each set of labels, one column for each query; all queries must answer with the same labels. */
export function table(words: Words, ...queries: readonly (readonly [expr: string, name: string])[]): Panel {
  return { type: 'table', unit: 'short', width: 12, queries: queries.map(([expr, name]) => ({ expr, name })), ...words }
}
