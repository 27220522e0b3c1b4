/** Somebody else has written the books: forget everything, exit and start over. */
export class StartOver extends Error {}
/** The stock isn't there any more, or another has its name. */
export class StockGone extends Error {}
/** The API server dropped fields of a status: its CRD is older than this operator. */
export class SchemaTooOld extends Error {}
/** Our own schema refuses what was to be stored: what this process knows of the stock is wrong. */
export class WriteRefused extends Error {
  /** The rule that nothing is oversold has refused it. */
  readonly guard: boolean
  constructor(message: string, guard: boolean) {
    super(message)
    this.guard = guard
  }
}
