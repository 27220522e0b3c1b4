import type { Pool, QueryConfig, QueryResultRow } from 'pg'
import type {
  NextRecords,
  Pressure,
  RecordBooks,
  Share,
  Stretch,
  WaitingStock,
} from '../../application/rows/record-books.ts'
import { relaying } from './record-statements.ts'
import { columnsOf } from './row-values.ts'

/** Sorts before every uid. */
const FIRST = '00000000-0000-0000-0000-000000000000'

/** So many stocks are named at most: where more have as much as is left, hardly anything is. */
const NAMED = 10_000

/** As any connection reads them: whether a bigint comes as text is a setting of the pool. */
type Whole = number | string

interface WaitingColumns {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly product: string
  readonly sequence: Whole
  readonly delivered: Whole
  readonly bytes: Whole
}

interface NextColumns {
  readonly stock: string
  readonly sequence: Whole
  readonly delivered: Whole
  /** Null, as all that follows: nothing comes next. */
  readonly first: Whole | null
  readonly last: Whole
  readonly bytes: number
  readonly at: Date
  readonly tells_stock: boolean
  readonly entries: string
}

/** The outbox in PostgreSQL, by way of any pool. Its calls end when the pool's time-outs say so. */
export class PostgresRecords implements RecordBooks {
  readonly #pool: Pool

  constructor(pool: Pool) {
    this.#pool = pool
  }

  async waiting(after: string | undefined, limit: number): Promise<readonly WaitingStock[]> {
    const rows = await this.#query<WaitingColumns>({ ...relaying.waiting, values: [after ?? FIRST, limit] })
    return rows.map(({ uid, namespace, name, product, sequence, delivered, bytes }) => ({
      stock: { namespace, name, uid, product },
      delivered: Number(delivered),
      sequence: Number(sequence),
      bytes: Number(bytes),
    }))
  }

  async next(wanted: readonly Omit<Stretch, 'upTo'>[], { records, bytes }: Share): Promise<readonly NextRecords[]> {
    if (wanted.length === 0) return []
    const columns = columnsOf(wanted.map(({ stock, after }) => [stock, after]))
    const rows = await this.#query<NextColumns>({ ...relaying.next, values: [...columns, records, bytes] })
    return [...Map.groupBy(rows, ({ stock }) => stock).values()].map(nextRecords)
  }

  async delivered(stretches: readonly Stretch[]): Promise<void> {
    if (stretches.length === 0) return
    const values = columnsOf(stretches.map(({ stock, after, upTo }) => [stock, after, upTo]))
    await this.#query({ ...relaying.delivered, values })
  }

  async pressure(stocks: number, maxBytes: number): Promise<Pressure> {
    const rows = await this.#query<{ uid: string; bytes: Whole; all_bytes: Whole; age_ms: number | null }>({
      ...relaying.pressure,
      values: [stocks, maxBytes, NAMED],
    })
    return {
      bytes: Number(rows[0]?.all_bytes ?? 0),
      oldestMs: Math.max(0, ...rows.map(({ age_ms: ageMs }) => ageMs ?? 0)),
      byStock: new Map(rows.map(({ uid, bytes }) => [uid, Number(bytes)])),
    }
  }

  async #query<T extends QueryResultRow>(statement: QueryConfig): Promise<T[]> {
    return (await this.#pool.query<T>(statement)).rows
  }
}

function nextRecords(rows: readonly NextColumns[]): NextRecords {
  const [{ stock, sequence, delivered }] = rows as [NextColumns]
  return {
    ...{ stock, sequence: Number(sequence), delivered: Number(delivered) },
    records: rows.flatMap(({ first, last, bytes, at, tells_stock: tellsStock, entries }) =>
      first === null
        ? []
        : [{ first: Number(first), last: Number(last), bytes, at: at.getTime(), tellsStock, entries }],
    ),
  }
}
