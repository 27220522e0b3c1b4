import { NotWritten, OutcomeUnknown, Oversold, type Trouble } from './row-books.ts'

/** What a transaction has failed of; `orders` = one of its own can't be written, and trying the same again is in vain. */
export type Fault = Trouble | 'orders'

export function faultIn(error: unknown): Fault {
  return error instanceof NotWritten || error instanceof OutcomeUnknown ? error.trouble : 'orders'
}

/** A word to count by. */
export function causeOf(error: unknown): string {
  if (error instanceof OutcomeUnknown) return 'unknown'
  if (error instanceof NotWritten) return 'away'
  return error instanceof Oversold ? 'oversold' : 'broken'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
