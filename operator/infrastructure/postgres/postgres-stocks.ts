import type { PoolClient as ClientBase, Pool, QueryResultRow } from 'pg'
import type {
  KnownRow,
  LedRow,
  LockedStock,
  Look,
  StockChange,
  StockRows,
} from '../../application/rows/stock/stock-rows.ts'
import type { StockIdentity } from '../../domain/stock/stock-book.ts'
import type { Write } from './commit.ts'
import type { Durability } from './durability.ts'
import { recordValues } from './record-values.ts'
import { columnsOf, openedValues, type StockColumns, stockRow } from './row-values.ts'
import { reading, writing } from './statements.ts'
import { leading } from './stock-statements.ts'
import { all, rowsOf, Transactions } from './transactions.ts'

const LONGEST_MS = 60_000
const patient = { query_timeout: LONGEST_MS }

interface LedColumns extends StockColumns {
  readonly generation: number
  readonly known: number
}

type LookColumns = { readonly now: Date; readonly looked_for: string | null } & (LedColumns | { readonly uid: null })

/** The rows of stocks in PostgreSQL, for whoever leads them. */
export class PostgresStocks implements StockRows {
  readonly #transactions: Transactions

  constructor(pool: Pool, options: { readonly durability?: Durability } = {}) {
    this.#transactions = new Transactions(pool, options)
  }

  async look(known: readonly KnownRow[]): Promise<Look & { readonly at: number }> {
    await this.#transactions.demandDurability()
    const values = columnsOf(known.map(({ uid, sequence, generation, state }) => [uid, sequence, generation, state]))
    const rows = await this.#transactions.query<LookColumns>({
      ...leading.look,
      values: values.length > 0 ? values : [[], [], [], []],
    })
    return {
      at: rows[0]?.now.getTime() ?? Number.NaN,
      changed: rows.flatMap((row) => (row.uid === null ? [] : [ledRow(row)])),
      missing: rows.flatMap((row) => (row.uid === null && row.looked_for !== null ? [row.looked_for] : [])),
    }
  }

  async change(
    { uid, sums }: { readonly uid: string; readonly sums: boolean },
    decide: (found: LockedStock) => StockChange | undefined,
  ): Promise<void> {
    await this.#transactions.runAlone(async (client) => {
      const changed = decide(await read(client, uid, sums))
      if (changed?.countsConsumers) await countConsumers(client, changed.row)
      return changed && writesOf(changed)
    })
  }

  async claimFor(cluster: string, uids: readonly string[]): Promise<void> {
    await this.#transactions.query({ ...leading.claimFor, values: [cluster, uids] })
  }

  openIn(cluster: string, after: string, limit: number): Promise<readonly StockIdentity[]> {
    const values = [cluster, after, limit]
    return this.#transactions.query<StockIdentity & QueryResultRow>({ ...leading.openIn, values })
  }
}

async function read(client: ClientBase, uid: string, withSums: boolean): Promise<LockedStock> {
  const ofIt = { values: [uid] }
  const [, locked, records, time, , , sums] = await all([
    client.query({ ...reading.begin }),
    client.query<LedColumns>({ ...leading.lock, ...ofIt }),
    client.query({ ...leading.records, ...ofIt }),
    client.query<{ now: Date }>({ ...reading.time }),
    ...(withSums ? [...unhurried(client), client.query({ ...leading.sums, ...ofIt, ...patient })] : []),
  ])
  const [row] = rowsOf<LedColumns>(locked)
  return {
    at: time?.rows[0].now.getTime(),
    row: row && ledRow(row),
    isDelivered: rowsOf<{ waits: boolean }>(records)[0]?.waits === false,
    sums: rowsOf<{ reserved: number; confirmed: number }>(sums)[0],
  }
}

function ledRow(columns: LedColumns): LedRow {
  return { ...stockRow(columns), generation: columns.generation, known: columns.known }
}

/** Counts anew what each consumer has, under the stock's lock: nobody did so while there was no limit. */
async function countConsumers(client: ClientBase, { uid, terms }: LedRow): Promise<void> {
  const values = columnsOf([[uid, terms.reclaimPolicy === 'Return']])
  await all([
    ...unhurried(client),
    client.query({ ...leading.forgetConsumers, values, ...patient }),
    client.query({ ...leading.countConsumers, values, ...patient }),
  ])
}

/**
 * Lets a transaction that reads all claims of a stock take a minute, where others must not take two seconds: once in a
 * stock's life, and who orders meanwhile is told to come again. A timer that runs is only set anew once it is stopped.
 */
function unhurried(client: ClientBase) {
  return [
    client.query('SET LOCAL transaction_timeout = 0'),
    client.query(`SET LOCAL transaction_timeout = ${LONGEST_MS}`),
  ] as const
}

function writesOf({ row, told }: StockChange): Write[] {
  const { rows: records, bytesOf } = recordValues([{ stock: row.uid, told }])
  return [
    [leading.write, [[...openedValues({ row, generation: row.generation, told }, bytesOf(row.uid)), row.known]]],
    [writing.records, records],
  ]
}
