import { DatabaseError, type Pool, type PoolClient } from 'pg'
import type { HistoryStore, Stored } from '../../../application/history/history-store.ts'
import { messageOf } from '../../../application/message-of.ts'
import { faultIn } from '../../../application/rows/failure.ts'
import { dayUnits, foldHistory, type HistoryChange, type StockDay } from '../../../domain/history/fold-history.ts'
import type { LastKnown } from '../../../domain/history/history-fault.ts'
import { eventIdOf, type HistoryRow } from '../../../domain/history/history-row.ts'
import type { ToldRow } from '../../../domain/history/told-twice.ts'
import type { Write } from '../commit.ts'
import { all, rowsOf, Transactions } from '../transactions.ts'
import { given } from '../write-statement.ts'
import { type HistoryStatements, historyStatements } from './history-statements.ts'

/** 22 = a value that is none, 23 = a rule of a table. Both say that the same is refused each time. */
const ofItsOwn = ['22', '23']

/** Histories in one schema of a database. Two trips a transaction: what is known, and what is to be kept; three where some of it has come before. */
export function postgresHistory(pool: Pool, schema: string): HistoryStore {
  const transactions = new Transactions(pool)
  const statements = historyStatements(schema)

  return {
    async store(rows) {
      let change: HistoryChange | undefined
      try {
        await transactions.run(async (client) => {
          change = await known(client, statements, rows)
          return writesOf(statements, change)
        })
      } catch (error) {
        return failureOf(error)
      }
      return { kind: 'stored', rows: change?.rows.length ?? 0, findings: change?.findings ?? [] }
    },
  }
}

/** Throws again what says nothing of the rows. */
function failureOf(error: unknown): Stored {
  const code = error instanceof DatabaseError ? (error.code ?? '') : ''
  if (ofItsOwn.some((beginning) => code.startsWith(beginning)))
    return { kind: 'refused', reason: `the database refuses it: ${messageOf(error)} (${code})` }
  if (error instanceof RangeError) return { kind: 'refused', reason: `it can't be written: ${error.message}` }
  if (faultIn(error) === 'size') return { kind: 'late', reason: messageOf(error) }
  throw error
}

type LastColumns = LastKnown & { readonly stock: string }

async function known(
  client: PoolClient,
  statements: HistoryStatements,
  rows: readonly HistoryRow[],
): Promise<HistoryChange> {
  const stocks = new Map(rows.map((row) => [row.stock, row]))
  const lock = [...stocks.values()].map(({ stock, namespace, name, product }) => [stock, namespace, name, product])
  const [, , found] = await all([
    client.query('BEGIN'),
    client.query(given(statements.lock, lock)),
    client.query({ ...statements.last, values: [[...stocks.keys()]] }),
  ])
  const last = new Map(rowsOf<LastColumns>(found).map((one) => [one.stock, one]))
  const old = rows.filter(({ stock, sequence }) => sequence <= (last.get(stock)?.sequence ?? 0))
  return foldHistory({ last, present: await presentAmong(client, statements, old) }, rows)
}

/** Nobody asks of rows that are newer than all of their stock: these are not there. */
async function presentAmong(
  client: PoolClient,
  { present }: HistoryStatements,
  old: readonly HistoryRow[],
): Promise<ReadonlyMap<string, ToldRow>> {
  if (old.length === 0) return new Map()
  const places = old.map(({ stock, sequence }) => [stock, sequence])
  const [there] = await all([client.query(given(present, places))])
  return new Map(rowsOf<ToldRow & Parameters<typeof eventIdOf>[0]>(there).map((row) => [eventIdOf(row), row]))
}

function writesOf(statements: HistoryStatements, { rows, last, days, findings, late }: HistoryChange): Write[] {
  return [
    [statements.rows, rows.map(eventValues)],
    [statements.newest, last.map(newestValues)],
    [statements.days, days.map(dayValues)],
    [
      statements.findings,
      findings.map(({ stock, sequence, atMs, fault }) =>
        fault.kind === 'gap'
          ? [stock, sequence, 'gap', atMs, fault.first, fault.last, fault.last - fault.first + 1, null]
          : [stock, sequence, 'difference', atMs, null, null, null, fault.message],
      ),
    ],
    [statements.late, late.map(({ stock, sequence }) => [stock, sequence])],
  ]
}

const balancesOf = ({ quantity, reserved, confirmed, available }: HistoryRow | StockDay['close']) => [
  ...[quantity, reserved, confirmed, available],
]

function eventValues(row: HistoryRow): unknown[] {
  const { stock, sequence, atMs, units, occasion, level, price, reservation } = row
  return [
    ...[stock, sequence, atMs, units, ...balancesOf(row), occasion, level],
    ...[price?.amount ?? null, price?.currency ?? null],
    ...[reservation?.uid ?? null, reservation?.namespace ?? null],
    ...[reservation && reservation.name !== '' ? reservation.name : null, reservation?.consumer ?? null],
  ]
}

function newestValues(row: HistoryRow): unknown[] {
  return [row.stock, row.name, row.product, row.sequence, row.atMs, ...balancesOf(row)]
}

function dayValues({ stock, namespace, product, dayMs, events, units, close }: StockDay): unknown[] {
  return [
    ...[stock, dayMs, events, ...dayUnits.map((name) => units[name])],
    ...[close.sequence, ...balancesOf(close), close.occasion === 'stock.deleted', namespace, product],
  ]
}
