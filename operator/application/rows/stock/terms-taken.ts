import { isSetBack } from '../set-back.ts'
import type { LedRowStock } from './led-row-stocks.ts'
import { latestSeen } from './why-row-not-ready.ts'

/** Whether its row has yet to take something over, or is not what was seen of it. */
export function isBehind(led: LedRowStock): boolean {
  const { stock, row } = led
  if (typeof row !== 'object') return false
  return row.generation < stock.generation || isSetBack(row, latestSeen(led))
}

/** Whether its row has terms of a later spec than its object, as it was shown last. */
export function isAhead({ stock, row }: Pick<LedRowStock, 'stock' | 'row'>): boolean {
  return typeof row === 'object' && row.state === 'Open' && row.generation > stock.generation
}
