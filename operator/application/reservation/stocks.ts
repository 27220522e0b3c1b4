import type { StockActor } from '../ledger/stock-actor.ts'

/** The stocks that this process leads. */
export interface Stocks {
  find(key: string): StockActor | undefined
  findByUid(uid: string): StockActor | undefined
  /** Whether the stocks of this namespace are led, or of all that are watched: of others nobody knows what they have. */
  serves(namespace?: string): boolean
  /** Asks the store itself whether there is a stock of that name. Throws when it does not answer. */
  exists(namespace: string, name: string): Promise<boolean>
}
