import type { PoolClient as ClientBase, Pool, QueryResultRow } from 'pg'
import { isUid } from '../../application/rows/sound-order.ts'
import type {
  AdoptedStock,
  Adoption,
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
import { openStock, reading, writing } from './statements.ts'
import { leading } from './stock-statements.ts'
import { all, rowsOf, Transactions } from './transactions.ts'
import { given } from './write-statement.ts'
import { within } from './writer-pool.ts'

const LONGEST_MS = 60_000
const patient = within(LONGEST_MS)
/** Nothing is sold of either stock meanwhile, and it is done once. */
const ADOPTED_WITHIN_MS = 10 * 60_000

interface LedColumns extends StockColumns {
  readonly generation: number
  readonly known: number
}

type LookColumns = { readonly now: Date; readonly looked_for: string | null } & (LedColumns | { readonly uid: null })

/** Of what is no uid. */
const nothingFound: LockedStock = { at: 0, row: undefined, isDelivered: true, sums: undefined }

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
      const changed = decide(await read(client, uid, sums ? LONGEST_MS : undefined))
      if (changed?.countsConsumers) await countConsumers(client, changed.row)
      return changed && writesOf(changed)
    })
  }

  async adopt(wanted: AdoptedStock, decide: (former: LockedStock) => Adoption | undefined): Promise<void> {
    const { former } = wanted
    if (!isUid(former)) return void decide(nothingFound)
    await this.#transactions.runAlone(async (client) => {
      const adoption = decide(await read(client, former, ADOPTED_WITHIN_MS))
      return adoption && (await move(client, wanted, adoption)) ? adoptionWrites(adoption) : undefined
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

/** `sumsWithinMs`: how long its claims may be read; undefined = they are not. */
async function read(client: ClientBase, uid: string, sumsWithinMs: number | undefined): Promise<LockedStock> {
  const ofIt = { values: [uid] }
  const [, locked, records, time, , , sums] = await all([
    client.query({ ...reading.begin }),
    client.query<LedColumns>({ ...leading.lock, ...ofIt }),
    client.query({ ...leading.records, ...ofIt }),
    client.query<{ now: Date }>({ ...reading.time }),
    ...(sumsWithinMs === undefined
      ? []
      : [...unhurried(client, sumsWithinMs), client.query({ ...leading.sums, ...ofIt, ...within(sumsWithinMs) })]),
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
function unhurried(client: ClientBase, withinMs = LONGEST_MS) {
  return [
    client.query('SET LOCAL transaction_timeout = 0'),
    client.query(`SET LOCAL transaction_timeout = ${withinMs}`),
  ] as const
}

/** Makes the new row, and has all that is live and that was sold be of it. False = it is there already. */
async function move(
  client: ClientBase,
  { uid, former, reservations }: AdoptedStock,
  { opened }: Adoption,
): Promise<boolean> {
  const { bytesOf } = recordValues([{ stock: uid, told: opened.told }])
  const values = [...openedValues(opened, bytesOf(uid)), opened.cluster ?? null]
  const named = [
    reservations.map(({ namespace }) => namespace),
    reservations.map(({ name }) => name),
    reservations.map((one) => one.uid),
  ]
  const both = { values: [former, uid], ...within(ADOPTED_WITHIN_MS) }
  const [inserted] = await all([
    client.query(given(openStock, [values])),
    client.query({ ...leading.moveClaims, ...both }),
    client.query({ ...leading.moveCounts, ...both }),
    client.query({ ...leading.moveSold, ...both }),
    client.query({ ...leading.renameClaims, values: [uid, ...named], ...within(ADOPTED_WITHIN_MS) }),
    client.query({ ...leading.renameFinished, values: [uid, ...named, former], ...within(ADOPTED_WITHIN_MS) }),
    client.query({ ...leading.forgetUnits, values: [former] }),
  ])
  const { terms } = opened.row
  if (inserted?.rowCount === 1 && terms.limits.perConsumer !== undefined) {
    const counted = { values: columnsOf([[uid, terms.reclaimPolicy === 'Return']]), ...within(ADOPTED_WITHIN_MS) }
    await all([client.query({ ...leading.countConsumers, ...counted })])
  }
  return inserted?.rowCount === 1
}

function adoptionWrites({ opened, former }: Adoption): Write[] {
  const { rows } = recordValues([{ stock: opened.row.uid, told: opened.told }])
  return [...writesOf(former), [writing.records, rows]]
}

function writesOf({ row, told }: StockChange): Write[] {
  const { rows: records, bytesOf } = recordValues([{ stock: row.uid, told }])
  return [
    [leading.write, [[...openedValues({ row, generation: row.generation, told }, bytesOf(row.uid)), row.known]]],
    [writing.records, records],
  ]
}
