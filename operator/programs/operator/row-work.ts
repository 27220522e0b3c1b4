import type { Clock } from '../../application/clock.ts'
import type { Engine } from '../../application/engine/engine.ts'
import { jointPatience } from '../../application/joint-patience.ts'
import type { StoredStock } from '../../application/ledger/stock-ledger.ts'
import type { Logger } from '../../application/logger.ts'
import { type Outcome, recheckAfter, settled } from '../../application/outcome.ts'
import type { PatienceParts } from '../../application/patience.ts'
import { LeaderEnds } from '../../application/rows/order.ts'
import type { RecordBooks } from '../../application/rows/record-books.ts'
import { RecordRelay } from '../../application/rows/record-relay.ts'
import { type Repeating, repeating } from '../../application/rows/repeating.ts'
import type { RowStocks } from '../../application/rows/row-stocks.ts'
import { LedDatabase } from '../../application/rows/stock/led-database.ts'
import { type LedRowStock, LedRowStocks } from '../../application/rows/stock/led-row-stocks.ts'
import { type RowStockView, rowStocksInside } from '../../application/rows/stock/look-at-rows.ts'
import { reconcileRowStock } from '../../application/rows/stock/reconcile-row-stock.ts'
import type { LedRow } from '../../application/rows/stock/stock-rows.ts'
import { telling } from '../../application/rows/stock/tell-row-stocks.ts'
import { type DatabaseState, whyRowNotReady } from '../../application/rows/stock/why-row-not-ready.ts'
import { untilEnded } from '../../application/until-ended.ts'
import { multiplied } from '../../domain/money.ts'
import { availableUnits } from '../../domain/stock/balances.ts'
import { fairShares } from '../../infrastructure/kubernetes/fair-shares.ts'
import { steadyClock } from '../../infrastructure/kubernetes/timers.ts'
import type { Settings } from '../../infrastructure/settings/settings.ts'
import type { Metrics } from '../../infrastructure/telemetry/metrics.ts'
import { type Database, databasesOf } from '../databases.ts'
import { type WatchedView, watchDatabase } from './database-views.ts'
import type { EventOutlet } from './event-outlet.ts'
import { closing, comparing, daysOf, sweeping } from './row-chores.ts'

export interface RowWorkParts {
  readonly settings: Pick<Settings, 'databases' | 'retention' | 'gateway'>
  readonly clock: Clock
  readonly logger: Logger
  readonly gauges: Pick<Metrics, 'stocks' | 'events' | 'rows'>
  readonly outlet: Pick<EventOutlet, 'publisher' | 'eventsOfRecord'>
  /** Has a stock looked at. */
  readonly enqueue: (key: string) => void
  /** What tells this cluster from others; undefined = nothing can. Throws where that can't be asked. */
  readonly cluster: () => Promise<string | undefined>
}

/** The leader's work on stocks whose books are rows. Where there is none of them, nothing of it runs. */
export interface RowWork {
  readonly stocks: RowStocks
  /** Decides orders of stocks that a database has; undefined = no setting names it. */
  ledgerOf(database: string): Pick<Database['ledger'], 'order'> | undefined
  /** The watch has shown a stock, whichever books it has. */
  seen(stock: StoredStock): void
  gone(stock: StoredStock): void
  /** Undefined = its books are not rows. */
  reconcile(key: string): Promise<Outcome> | undefined
  /** The stocks as they are in memory now, at most 10,000 of each mode; those whose books are elsewhere are not among them. */
  inside(): readonly RowStockView[]
  start(engine: Engine): void
  /**
   * Nobody waits for a database any more: what is under way there is decided or not, which harms nobody who leads after us.
   * Whoever waits for an order is thrown LeaderEnds.
   */
  letGo(): void
  /** Begins nothing any more; resolves when nothing is under way and all connections are closed. */
  stop(): Promise<void>
}

/** Statuses that are written at once, so that those whose books they are have connections left. */
const STATUS_SHARES = { inAll: 32, each: 8, longMs: 1_000 }
const TELL_AGAIN_MS = 1_000
const nothingWaits = { kinds: {}, oldestMs: 0 }
/** What is not delivered by then is so by whoever leads next. */
const RELAY_ENDS_MS = 2_000

export function rowWork(parts: RowWorkParts): RowWork {
  const { settings, clock, gauges, enqueue } = parts
  const cluster = once(parts.cluster)
  const logger = parts.logger.child({ component: 'rows' })
  const voices: PatienceParts = { clock, onRetry: gauges.events.retried, onTrouble: logger.warn }
  const databases = databasesOf({ settings, clock, logger, onRetry: gauges.events.retried })
  const led = new Map<string, LedDatabase>()
  const stocks = new LedRowStocks({
    isServed: (one) => stateOf(one).kind === 'open' && led.get(one.stock.database)?.isReady === true,
    eventsBehind: ({ stock }) => views.get(stock.database)?.eventsBehind(stock.uid) ?? false,
  })
  const tries = jointPatience<string>(voices, 'bring the row of a stock to its object')
  const running: Repeating[] = []
  let relays: RecordRelay[] = []
  const views = new Map<string, WatchedView>()
  const ending = untilEnded()
  let engine: Engine | undefined
  let tell: ReturnType<typeof telling> = () => undefined

  function stateOf({ stock: { namespace, database } }: LedRowStock): DatabaseState {
    return led.get(database)?.stateFor(namespace) ?? { kind: 'unknown' }
  }
  function databaseOf(one: LedRowStock): { books: Database['books']; rows: Database['stocks'] } | undefined {
    const { database: name, namespace } = one.stock
    const database = databases.get(name)
    if (!database?.mayOpen(namespace) || !led.get(name)?.mayDecide) return undefined
    return { books: database.books, rows: database.stocks }
  }

  async function reconcile(one: LedRowStock, { world }: Engine, key: string): Promise<Outcome> {
    const { kind } = stateOf(one)
    if (kind === 'unknown' || kind === 'notAllowed') {
      tell([one]) // no database's rounds do that
      return one.isUntold || one.isTelling ? recheckAfter(TELL_AGAIN_MS) : settled
    }
    return reconcileRowStock(
      { stocks, databaseOf, ledger: world.ledger, reservations: world.reservations, tries, cluster },
      key,
    )
  }

  return {
    stocks,
    ledgerOf(database) {
      const ledger = databases.get(database)?.ledger
      return ledger && { order: (order) => ending.wait(() => ledger.order(order)) }
    },
    letGo: () => ending.end(new LeaderEnds('the leader ends')),
    seen: (stock) => stocks.seen(stock),
    gone(stock) {
      if (stock.database === undefined) return
      stocks.gone(stock)
      gauges.stocks.removed(stock.namespace, stock.name)
    },
    reconcile(key) {
      const one = stocks.get(key)
      const of = engine
      return one && of ? ending.wait(() => reconcile(one, of, key)) : undefined
    },
    inside: () =>
      rowStocksInside({
        stocks: stocks.all(),
        whyNotReady: (one) => whyRowNotReady(one, stateOf(one)),
        waitingAt: ({ stock: { uid, database } }) => databases.get(database)?.ledger.waitingAt(uid) ?? nothingWaits,
        undeliveredBytes: ({ stock: { uid, database } }) => views.get(database)?.undeliveredBytes(uid) ?? 0,
      }),
    start(leading) {
      engine = leading
      const { world, term } = leading
      const { finishedAfterMs } = settings.retention
      const keepMs = finishedAfterMs > 0 ? Math.max(finishedAfterMs, settings.gateway.keepFinishedMs) : 0
      const shares = fairShares(STATUS_SHARES, steadyClock())
      tell = telling({
        ...{ ...voices, ledger: world.ledger, fairly: shares.run },
        author: { servedBy: world.install, writer: world.writer, term },
        whyNotReady: (one) => whyRowNotReady(one, stateOf(one)),
        onRow: (row) => gauges.stocks.observed(sampleOf(row)),
      })
      for (const database of databases.all) {
        const { name, stocks: rows, books, ledger, migrate, mayOpen } = database
        const one = new LedDatabase({ name, rows, migrate, mayOpen, stocks, patience: voices, enqueue, tell })
        led.set(name, one)
        const chores = { led: one, voices }
        const watched = watchDatabase({ database, led: one, stocks, clock, voices })
        views.set(name, watched)
        running.push(
          ...watched.work,
          repeating(clock, () => one.round()),
          repeating(clock, () => one.closeOrphans()),
          sweeping(chores, database),
          daysOf(chores, database, keepMs),
          comparing(chores, { ...world, serves: world.ledger.serves, books, ledger, rowStocks: stocks, cluster }),
          closing(chores, { database: name, rows, stocks, ledger: world.ledger, cluster }),
        )
      }
      gauges.rows.readFrom(() => [...views.values()].map(({ view }) => view))
      for (const one of running) one.start()
      const eventsOf = parts.outlet.eventsOfRecord(term)
      relays = databases.all.map(({ name, records }) => {
        return new RecordRelay({
          ...{
            ...voices,
            books: whenReady(records, () => led.get(name)?.isReady === true),
            publisher: parts.outlet.publisher,
            eventsOf,
          },
          ...{ onDelivered: world.observer.delivered, onLost: world.observer.lost },
        })
      })
    },
    async stop() {
      const ended = [...running.map((one) => one.stop()), ...relays.map((relay) => relay.stop(RELAY_ENDS_MS))]
      await Promise.all(ended)
      gauges.rows.readFrom(() => []) // whoever leads next tells of them
      await databases.close()
    },
  }
}

/** Before its tables are made, and while nothing can be decided, nothing waits to be sent. */
function whenReady(records: RecordBooks, isReady: () => boolean): RecordBooks {
  return {
    waiting: async (after, limit) => (isReady() ? records.waiting(after, limit) : []),
    next: (wanted, share) => records.next(wanted, share),
    delivered: (stretches) => records.delivered(stretches),
    pressure: (stocks, maxBytes) => records.pressure(stocks, maxBytes),
  }
}

function sampleOf({ namespace, name, terms, balances }: LedRow): Parameters<Metrics['stocks']['observed']>[0] {
  const { quantity, reserved, confirmed, level } = balances
  return {
    ...{ namespace, stock: name, product: terms.product, quantity, reserved, confirmed, level },
    ...{ available: availableUnits(balances, terms.safetyStock), waiting: 0, pendingEntries: 0 },
    ...(terms.price && { value: multiplied(terms.price, quantity) }),
  }
}

/** What was answered once stays so; where nothing was, or something was thrown, it is asked again. */
function once<T>(ask: () => Promise<T | undefined>): () => Promise<T | undefined> {
  let answered: Promise<T | undefined> | undefined
  const again = () => {
    answered = undefined
  }
  return () => {
    answered ??= ask()
    answered.then((answer) => answer === undefined && again(), again)
    return answered
  }
}
