import type { PoolClient as ClientBase, Pool } from 'pg'
import {
  type Changes,
  type Found,
  type KeyRow,
  NotWritten,
  type ObjectRow,
  type OpenedStock,
  type OverHold,
  type RowBooks,
  type Wanted,
} from '../../application/rows/row-books.ts'
import { binaryArray } from './binary-arrays.ts'
import type { Write } from './commit.ts'
import type { Durability } from './durability.ts'
import { isLockedOut } from './faults.ts'
import { recordValues } from './record-values.ts'
import {
  type ClaimColumns,
  changedValues,
  claimRow,
  claimValues,
  columnsOf,
  type FinishedColumns,
  finishedRow,
  finishedValues,
  openedValues,
  type StockColumns,
  stockRow,
} from './row-values.ts'
import {
  haltStock,
  openStock,
  overReservations,
  reading,
  rowsOfObjects,
  stocksOfReservations,
  writing,
} from './statements.ts'
import { all, rowsOf, Transactions } from './transactions.ts'
import { given } from './write-statement.ts'

/** Reservations whose time is up that one transaction may end: each home has its share, or one would hide all others. */
const OVER = 500
/** More can't have been found at a stock: a share is rounded up, and no transaction has as many stocks as this leaves. */
const COUNTED = OVER + 100
/** Of what is over at one stock, so many are looked at for what can be ended; of 64 stocks that takes a fraction of a second. */
const LOOKED_AT = 2_000

/**
 * Books in PostgreSQL. A transaction is two round trips: lock and read, then write and commit; nothing but the decision
 * is between them. The pool's connections are in pipeline mode and its size bounds the transactions under way.
 */
export class PostgresBooks implements RowBooks {
  readonly #transactions: Transactions

  constructor(pool: Pool, options: { readonly durability?: Durability } = {}) {
    this.#transactions = new Transactions(pool, options)
  }

  async open(uid: string, make: (at: number) => OpenedStock): Promise<boolean> {
    let isNew = false
    await this.#transactions.runAlone(async (client) => {
      const [, time] = await all([client.query({ ...reading.begin }), client.query<{ now: Date }>({ ...reading.time })])
      const opened = make(time?.rows[0].now.getTime())
      const { rows, bytesOf } = recordValues([{ stock: uid, told: opened.told }])
      const values = [...openedValues(opened, bytesOf(uid)), opened.cluster ?? null]
      const [inserted] = await all([client.query(given(openStock, [values]))])
      isNew = inserted?.rowCount === 1
      return isNew ? [[writing.records, rows]] : undefined
    })
    return isNew
  }

  async transact(wanted: Wanted, decide: (found: Found) => Changes | undefined): Promise<void> {
    try {
      await this.#transactions.run(async (client) => {
        const changes = decide(await read(client, wanted))
        return changes && writesOf(changes)
      })
    } catch (error) {
      if (!isLockedOut(error) || wanted.stocks.length < 2) throw error
      const { message, cause, trouble, told } = error
      throw new NotWritten(message, { cause, trouble, told, stocks: await this.#takenOf(wanted.stocks) })
    }
  }

  /** Whose rows somebody has; undefined = nobody's any more, or it can't be told. What is locked for it is let go at once. */
  async #takenOf(stocks: readonly string[]): Promise<readonly string[] | undefined> {
    let taken: string[] = []
    const look = this.#transactions.run(async (client) => {
      const [, found] = await all([
        client.query({ ...reading.begin }),
        client.query({ ...reading.taken, values: [stocks] }),
      ])
      taken = rowsOf<{ uid: string }>(found).map(({ uid }) => uid)
      return undefined
    })
    await look.catch(() => undefined) // then any of them may be at fault
    return taken.length > 0 ? taken : undefined
  }

  over(limit: number, without: readonly string[]): Promise<readonly OverHold[]> {
    return this.#transactions.query<{ uid: string; stock: string }>({ ...overReservations, values: [limit, without] })
  }

  async stocksOf(reservations: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>> {
    const found = { ...stocksOfReservations, values: [reservations] }
    const rows = await this.#transactions.query<{ uid: string; stocks: string[] }>(found)
    return new Map(rows.map(({ uid, stocks }) => [uid, stocks]))
  }

  async ofObjects(after: string, limit: number): Promise<readonly ObjectRow[]> {
    const found = { ...rowsOfObjects, values: [after, limit] }
    const rows = await this.#transactions.query<Omit<ObjectRow, 'cluster'> & { cluster: string | null }>(found)
    return rows.map(({ cluster, ...row }) => ({ ...row, cluster: cluster ?? undefined }))
  }

  async halt(stock: string): Promise<void> {
    await this.#transactions.query({ ...haltStock, values: [stock] })
  }
}

async function read(client: ClientBase, { stocks, existing, ordered, consumers }: Wanted): Promise<Found> {
  const wanted = columnsOf(consumers.map(({ stock, consumer }) => [stock, consumer]))
  const share = Math.ceil(OVER / Math.max(1, stocks.length))
  const [, locked, keys, claims, finished, over, overAt, units, time] = await all([
    client.query({ ...reading.begin }),
    client.query<StockColumns>({ ...reading.lock, values: [stocks] }),
    client.query({ ...reading.keys, values: [binaryArray('uuid', [...existing, ...ordered])] }),
    ...standing(client, existing),
    client.query<ClaimColumns>({ ...reading.over, values: [stocks, share, LOOKED_AT] }),
    client.query({ ...reading.overAt, values: [stocks, COUNTED, LOOKED_AT] }),
    client.query({ ...reading.units, values: wanted.length > 0 ? wanted : [[], []] }),
    client.query<{ now: Date }>({ ...reading.time }),
  ])
  const known = rowsOf<KeyRow>(keys)
  const again = await orderedBefore(client, ordered, known)
  return {
    at: time?.rows[0].now.getTime(),
    stocks: rowsOf<StockColumns>(locked).map(stockRow),
    keys: known,
    claims: [...rowsOf<ClaimColumns>(claims), ...again.claims].map(claimRow),
    finished: [...rowsOf<FinishedColumns>(finished), ...again.finished].map(finishedRow),
    units: rowsOf(units),
    over: rowsOf<ClaimColumns>(over).map(claimRow),
    overAt: rowsOf(overAt),
  }
}

/** How reservations stand, by their uids: what they have, and the rows of those that are over. */
function standing(client: ClientBase, uids: readonly string[]) {
  return [
    client.query<ClaimColumns>({ ...reading.claims, values: [uids] }),
    client.query<FinishedColumns>({ ...reading.finished, values: [uids] }),
  ] as const
}

/** A trip more for orders that come again, of which there are few; most uids of a batch stand for nothing yet. */
async function orderedBefore(client: ClientBase, ordered: readonly string[], known: readonly KeyRow[]) {
  const isOrdered = new Set(ordered)
  const uids = known.flatMap(({ uid }) => (isOrdered.has(uid) ? [uid] : []))
  const [claims, finished] = uids.length > 0 ? await all(standing(client, uids)) : []
  return { claims: rowsOf<ClaimColumns>(claims), finished: rowsOf<FinishedColumns>(finished) }
}

/** What there is to be written, in the order in which rows are locked: the same in every transaction. */
function writesOf(changes: Changes): Write[] {
  const { reopened } = changes
  const records = recordValues(changes.entries)
  const stocks = changes.stocks.map(({ uid, balances, ceiling }) => {
    const { reserved, confirmed, level, sequence, at } = balances
    return [uid, reserved, confirmed, ceiling, level, sequence, at, records.bytesOf(uid)]
  })
  const units = changes.units.map(({ stock, consumer, units: more }) => [stock, consumer, more])
  return [
    [writing.stocks, stocks],
    [writing.setBack, changes.setBack.map(({ stock, known }) => [stock, known])],
    [writing.keys, changes.keys.map(({ uid, fingerprint }) => [uid, fingerprint])],
    [writing.claims, changes.claims.map(claimValues)],
    [writing.changed, changes.changed.map(changedValues)],
    [writing.gone, changes.gone.map(({ stock, uid }) => [uid, stock])],
    [writing.reopened, reopened.map((uid) => [uid])],
    [writing.finished, changes.finished.map(finishedValues)],
    [writing.units, units],
    [
      writing.noUnits,
      changes.units.filter(({ units: more }) => more < 0).map(({ stock, consumer }) => [stock, consumer]),
    ],
    [writing.records, records.rows],
  ]
}
