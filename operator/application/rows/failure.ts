import { NotWritten, OutcomeUnknown, Oversold, type Trouble } from './row-books.ts'

/** What a transaction has failed of; `orders` = one of its own can't be written, and trying the same again is in vain. */
export type Fault = Trouble | 'orders'

export function faultIn(error: unknown): Fault {
  return error instanceof NotWritten || error instanceof OutcomeUnknown ? error.trouble : 'orders'
}

/** Stocks at which alone it lies; undefined = any of those that were wanted may be at fault. */
export function suspectsIn(error: unknown): readonly string[] | undefined {
  return error instanceof NotWritten ? error.stocks : undefined
}

/** A word to count by. */
export function causeOf(error: unknown): string {
  if (error instanceof OutcomeUnknown) return 'unknown'
  if (error instanceof NotWritten) return 'away'
  return error instanceof Oversold ? 'oversold' : 'broken'
}

/** A failure whose message is a sentence of ours, which anybody may read. */
export class PlainFault extends Error {
  readonly told: string

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.told = message
  }
}

/** What people hear of a failure who see objects and no log: never a server's own words, which may name hosts and logins. */
export function toldOf(error: unknown): string {
  const { told } = (error ?? {}) as { readonly told?: unknown }
  return typeof told === 'string' ? told : "it can't do what is asked of it now"
}
