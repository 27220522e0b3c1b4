import { isFinished, keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { EntryLine } from '../../domain/stock/entry.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Stocks } from './stocks.ts'

/** Whether a stock has or had this uid: before a restore, whether or not somebody has accepted its books since. */
function hasBeen({ stock, known }: StockActor, uid: string): boolean {
  return stock.uid === uid || known.openedAs === uid || known.formerUids.includes(uid)
}

/** Whether what the status tells was held of a stock that is gone, though another has its name now. */
export function isOfFormerStock({ status }: Reservation, home: StockActor): boolean {
  const uid = status?.items?.[0]?.stockUID
  return uid !== undefined && !isFinished(status?.phase) && !hasBeen(home, uid)
}

/** Whether a set holds a line of a stock that is gone, so that it can't be had any more. */
export function hasLostLine(stocks: Stocks, claim: Claim | undefined): boolean {
  return claim?.phase === 'Reserved' && (claim.lines ?? []).some((line) => isLost(stocks, line))
}

function isLost(stocks: Stocks, { stockNamespace, stock, stockUID }: EntryLine): boolean {
  if (stocks.findByUid(stockUID) || !stocks.serves(stockNamespace)) return false
  const successor = stocks.find(keyOf(stockNamespace, stock))
  return !successor || !hasBeen(successor, stockUID)
}
