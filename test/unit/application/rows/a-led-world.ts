import { randomUUID } from 'node:crypto'
import { jointPatience } from '../../../../operator/application/joint-patience.ts'
import type { StoredStock, WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import { LedDatabase } from '../../../../operator/application/rows/stock/led-database.ts'
import { LedRowStocks } from '../../../../operator/application/rows/stock/led-row-stocks.ts'
import { reconcileRowStock } from '../../../../operator/application/rows/stock/reconcile-row-stock.ts'
import { telling } from '../../../../operator/application/rows/stock/tell-row-stocks.ts'
import { whyRowNotReady } from '../../../../operator/application/rows/stock/why-row-not-ready.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { rowBooksIn } from '../../../fakes/in-memory-rows.ts'
import { inMemoryStockRows } from '../../../fakes/in-memory-stock-rows.ts'
import { InMemoryTables } from '../../../fakes/in-memory-tables.ts'
import { someTerms, tenOClock } from '../../../fixtures/builders.ts'

const key = 'shop/bean'
/** What tells the cluster of this world from others. */
const cluster = 'here'

/** One leader, its objects and one database; the objects are shown at once after each write. */
export function aWorld() {
  const clock = fakeClock(tenOClock)
  /** The database's clock, beside that of the leader. */
  const skew = { aheadMs: 0 }
  /** Whether all namespaces can be listed. */
  const sight = { isWhole: true }
  const tables = new InMemoryTables(() => clock.now() + skew.aheadMs)
  const rows = inMemoryStockRows(tables)
  const books = rowBooksIn(tables)
  const objects = new Map<string, StoredStock>()
  const queue = new Set<string>()
  const answers: WriteResult[] = []
  const written: StoredStock[] = []
  const stocks = new LedRowStocks({ isServed: () => true, eventsBehind: () => false })
  let position = 0
  const show = (stock: StoredStock): void => {
    const shown = { ...stock, position: String(++position) }
    objects.set(`${stock.namespace}/${stock.name}`, shown)
    stocks.seen(shown)
    queue.add(`${stock.namespace}/${stock.name}`)
  }
  const write = (stock: StoredStock): WriteResult => {
    const answer = answers.shift()
    if (answer) return answer
    written.push(stock)
    show(stock)
    return { kind: 'committed', stock }
  }
  const ledger = {
    open: async ({ acceptBooks: _, ...stock }: StoredStock) =>
      write({ ...stock, acceptBooks: false, openedAs: `postgres.${stock.uid}`, guarded: true }),
    close: async (stock: StoredStock) => write({ ...stock, guarded: false }),
    serves: () => sight.isWhole,
    read: async (namespace: string, name: string) => objects.get(`${namespace}/${name}`),
    append: async (stock: StoredStock, status: NonNullable<StoredStock['status']>) => write({ ...stock, status }),
  }
  const troubles: string[] = []
  const onTrouble = (message: string) => void troubles.push(message)
  const patience = { clock, onRetry: () => undefined, onTrouble }
  const tell = telling({
    ...{ ...patience, ledger, author: { servedBy: 'kbnt', writer: 'me', term: 1 } },
    whyNotReady: (led) => whyRowNotReady(led, database.stateFor(led.stock.namespace)),
    fairly: (_, work) => work(),
    onRow: () => undefined,
  })
  const database: LedDatabase = new LedDatabase({
    ...{ name: 'default', rows, patience, stocks, tell },
    migrate: () => (rows.fault ? Promise.reject(rows.fault) : Promise.resolve()),
    mayOpen: (namespace) => namespace !== 'foreign',
    enqueue: (one) => queue.add(one),
  })
  const tries = jointPatience<string>(patience, 'bring')
  const databaseOf = () => (database.mayDecide ? { books, rows } : undefined)
  /** All work that there is. */
  async function reconcile(): Promise<void> {
    for (const one of [...queue]) {
      queue.delete(one)
      await reconcileRowStock(
        { stocks, databaseOf, ledger, tries, cluster: async () => cluster, reservations: { all: () => [] } },
        one,
      )
    }
  }
  /** One look at the database, and all work that comes of it. */
  async function round(): Promise<void> {
    await database.round()
    await reconcile()
    await clock.advance(1_000)
  }
  const settle = async (): Promise<void> => {
    for (let count = 0; count < 6; count++) await round()
  }
  const object = (name = key) => objects.get(name) as StoredStock
  return {
    ...{ clock, skew, tables, rows, show, settle, reconcile, answers, written, object, stocks, change, database },
    ...{ troubles, queue, sight },
  }

  /** Somebody changes the spec. */
  function change(terms: Partial<StockTerms>, name = key): void {
    const { terms: before, generation, ...stock } = object(name)
    show({ ...stock, generation: generation + 1, terms: { ...before, ...terms } })
  }
}

export function aStock(particular: Partial<StoredStock> = {}): StoredStock {
  return {
    ...{ namespace: 'shop', name: 'bean', uid: randomUUID(), position: '1', generation: 1, database: 'default' },
    ...{ terms: someTerms({ quantity: 20 }), formerUids: [], acceptBooks: false, finalizers: [], guarded: false },
    ...particular,
  }
}

export function readyOf({ status }: StoredStock) {
  return status?.conditions.find(({ type }) => type === 'Ready')
}
