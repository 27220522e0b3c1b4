import type { NotReady } from './stock-status.ts'

/** Why a stock can't decide now, in words; a `NotReady` is told in its conditions too. */
export interface Why {
  readonly reason: NotReady['reason'] | 'Counting' | 'StoreFails' | 'Busy' | 'Untold' | 'Unseen'
  readonly message: string
}

/** What somebody comes back for: to take units, to give some back (or end a wait), or to follow what a home has decided. */
export type Errand = 'takes' | 'gives' | 'follows'

/** Where somebody who was sent away may wait until a stock can decide again. */
export interface Parking {
  /** Has `wake` called once it can, or may: at once if that was so since. A second wait under the same name takes the place of the first, in the line too where the errand is the same. */
  park(name: string, errand: Errand, wake: () => void): void
  /** Nobody waits under this name any more. */
  leave(name: string): void
}

/**
 * A stock can't decide what it was asked now. Nobody waits inside it: whoever asked parks there, does other things, and
 * comes back when it is called. What was asked may have been stored all the same.
 */
export class Undecided extends Error {
  readonly stock: { readonly namespace: string; readonly name: string }
  readonly parking: Parking
  readonly why: Why
  readonly takesUnits: boolean

  constructor(stock: Undecided['stock'], parking: Parking, why: Why, takesUnits: boolean) {
    super(`${stock.namespace}/${stock.name}: ${why.message}`)
    this.stock = stock
    this.parking = parking
    this.why = why
    this.takesUnits = takesUnits
  }
}
