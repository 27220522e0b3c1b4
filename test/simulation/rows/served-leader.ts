import type { EventPublisher } from '../../../operator/application/event/publisher.ts'
import { jointPatience } from '../../../operator/application/joint-patience.ts'
import { openMark } from '../../../operator/application/ledger/open-mark.ts'
import type { StockLedger } from '../../../operator/application/ledger/stock-ledger.ts'
import type { RecordBooks } from '../../../operator/application/rows/record-books.ts'
import { RecordRelay } from '../../../operator/application/rows/record-relay.ts'
import { repeating } from '../../../operator/application/rows/repeating.ts'
import type { RowBooks } from '../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { LedDatabase } from '../../../operator/application/rows/stock/led-database.ts'
import { LedRowStocks } from '../../../operator/application/rows/stock/led-row-stocks.ts'
import { reconcileRowStock } from '../../../operator/application/rows/stock/reconcile-row-stock.ts'
import type { StockRows } from '../../../operator/application/rows/stock/stock-rows.ts'
import { telling } from '../../../operator/application/rows/stock/tell-row-stocks.ts'
import { whyRowNotReady } from '../../../operator/application/rows/stock/why-row-not-ready.ts'
import { overHoldsSweep } from '../../../operator/application/rows/sweep-over-holds.ts'
import { eventsOfRecord } from '../../../operator/domain/event/record-event.ts'
import { keyOf } from '../../../operator/domain/reservation/reservation.ts'
import type { FakeClock } from '../../fakes/fake-clock.ts'
import type { Objects } from './served-objects.ts'
import { routing } from './served-topics.ts'

/** What a leader reaches, each over a wire of its own. */
export interface LeaderParts {
  readonly clock: FakeClock
  readonly objects: Objects
  readonly books: RowBooks
  readonly rows: StockRows
  readonly records: RecordBooks
  readonly publisher: EventPublisher
  readonly term: number
}

const BRING_EVERY_MS = 250

/** Begins to lead at once, with all the chores of a leader; answers what ends that. */
export function servedLeader({ clock, objects, books, rows, records, publisher, term }: LeaderParts): () => void {
  const queue = new Set<string>()
  const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
  const stocks = new LedRowStocks({ isServed: () => database.isReady, eventsBehind: () => false })
  const ledger: Pick<StockLedger, 'open' | 'close' | 'append' | 'read' | 'serves'> = {
    serves: () => true,
    read: (namespace, name) => objects.read(keyOf(namespace, name)),
    open: (known) =>
      objects.write(known, (stock) => ({ ...stock, openedAs: openMark(stock), guarded: true, acceptBooks: false })),
    close: (known) => objects.write(known, (stock) => ({ ...stock, guarded: false })),
    append: (known, status) => objects.write(known, (stock) => ({ ...stock, status })),
  }
  const tell = telling({
    ...{ ...patience, ledger, author: { servedBy: 'kbnt', writer: `leader-${term}`, term } },
    whyNotReady: (led) => whyRowNotReady(led, database.stateFor(led.stock.namespace)),
    fairly: (_, work) => work(),
    onRow: () => undefined,
  })
  const database: LedDatabase = new LedDatabase({
    ...{ name: 'default', rows, patience, stocks, tell },
    migrate: () => rows.look([]),
    mayOpen: () => true,
    enqueue: (key) => queue.add(key),
  })
  const orders = new RowLedger({ books, clock, patience, lanes: 2 })
  const tries = jointPatience<string>(patience, 'bring')
  const databaseOf = () => (database.mayDecide ? { books, rows } : undefined)
  const parts = { stocks, databaseOf, ledger, tries, cluster: async () => 'here', reservations: { all: () => [] } }

  objects.watch({
    seen(stock) {
      stocks.seen(stock)
      queue.add(keyOf(stock.namespace, stock.name))
    },
    gone: (stock) => stocks.gone(stock),
  })
  async function bringAll(): Promise<number> {
    const keys = [...queue]
    queue.clear()
    await Promise.all(
      keys.map(async (key) => {
        const outcome = await reconcileRowStock(parts, key).catch(() => undefined)
        if (outcome?.kind !== 'settled') queue.add(key)
      }),
    )
    return BRING_EVERY_MS
  }
  const sweep = overHoldsSweep({ books, ledger: orders, clock })
  const work = [
    repeating(clock, () => database.round()),
    repeating(clock, () => database.closeOrphans()),
    repeating(clock, bringAll),
    repeating(clock, () =>
      sweep().then(
        () => 500,
        () => 1_000,
      ),
    ),
  ]
  for (const one of work) one.start()
  const relay = new RecordRelay({
    ...{ ...patience, books: records, publisher, onDelivered: () => undefined, onLost: () => undefined },
    eventsOf: (record, stock) => eventsOfRecord(record, { cluster: 'c', stock, term }, routing),
  })
  return () => {
    for (const one of work) void one.stop()
    void relay.stop(0)
  }
}
