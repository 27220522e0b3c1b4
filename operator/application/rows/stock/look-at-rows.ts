import { readyReasons } from '../../ledger/ready-reasons.ts'
import type { NotReady } from '../../ledger/stock-status.ts'
import { type StockMode, stockModes } from '../../look-inside.ts'
import type { WaitingOrders } from '../row-ledger.ts'
import type { LedRowStock } from './led-row-stocks.ts'

/** One stock whose books are rows, as its leader has it in memory. */
export interface RowStockView {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly database: string
  readonly mode: StockMode
  /** Why it isn't open, as in its condition. */
  readonly reason?: string
  readonly message?: string
  /** Orders that wait in this process, by what they want; those of gateways wait there. */
  readonly queue: WaitingOrders['kinds']
  readonly oldestAskMs: number
  /** What Kafka has not acknowledged yet; 0 also where many other stocks of its database have more. */
  readonly undeliveredBytes: number
}

export interface RowLookParts {
  readonly stocks: Iterable<LedRowStock>
  /** Undefined = it hands out, or nothing is known of it yet. */
  readonly whyNotReady: (led: LedRowStock) => NotReady | undefined
  readonly waitingAt: (led: LedRowStock) => WaitingOrders
  readonly undeliveredBytes: (led: LedRowStock) => number
}

/** Views of one mode that are made: there may be a million stocks, and nobody reads so many lines. */
const MOST = 10_000

/** The stocks whose books are rows, at most 10,000 of each mode, in no order. */
export function rowStocksInside({ stocks, whyNotReady, waitingAt, undeliveredBytes }: RowLookParts): RowStockView[] {
  const left = new Map(stockModes.map((mode) => [mode, MOST]))
  const views: RowStockView[] = []
  for (const led of stocks) {
    const because = whyNotReady(led)
    const mode = modeOf(led, because)
    const room = left.get(mode) ?? 0
    if (room === 0) continue
    left.set(mode, room - 1)
    const { namespace, name, uid, database } = led.stock
    const { kinds, oldestMs } = waitingAt(led)
    views.push({
      ...{ namespace, name, uid, database, mode },
      ...(because && { reason: because.reason, message: because.message }),
      ...{ queue: kinds, oldestAskMs: oldestMs, undeliveredBytes: undeliveredBytes(led) },
    })
  }
  return views
}

function modeOf({ row }: LedRowStock, because: NotReady | undefined): StockMode {
  if (because) return readyReasons[because.reason].shows
  if (typeof row !== 'object') return 'counting' // it was not looked for yet, or is yet to be opened
  return row.state === 'Closed' ? 'closed' : 'open'
}
