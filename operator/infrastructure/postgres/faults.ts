import { DatabaseError } from 'pg'
import { NotWritten, OutcomeUnknown, Oversold } from '../../application/rows/row-books.ts'

/** Codes of what passes: the same may be tried again. PostgreSQL's manual, appendix "Error Codes". */
const passing: ReadonlySet<string> = new Set([
  '23505', // a uid was used by somebody else meanwhile; reading again tells by whom
  '25006', // a replica, or a primary that has become one
  '40001', // serialization failure
  '40P01', // deadlock
  '53300', // too many connections
  '55P03', // a lock was not had in time
  '57014', // cancelled
])
/** 08 = the connection, 53 = the server lacks something, 57P = it ends, starts, or has ended us. */
const passingClasses = ['08', '53', '57P', '25P']

/** Why nothing was changed, as one of the port's errors; others as they are. */
export function explained(error: unknown): unknown {
  if (!(error instanceof DatabaseError)) return new NotWritten(messageOf(error), { cause: error })
  const code = error.code ?? ''
  if (error.constraint === 'never_oversold' || error.constraint === 'counts_from_nothing')
    return new Oversold(error.message, stockIn(error.detail))
  if (passing.has(code) || passingClasses.some((prefix) => code.startsWith(prefix)))
    return new NotWritten(`${error.message} (${code})`, { cause: error })
  return error
}

/** Whether the server itself says that a statement failed, and goes on: then all of its transaction is undone. */
export function isUndone(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

export function unknown(error: unknown): OutcomeUnknown {
  return new OutcomeUnknown(`the answer to a commit is lost: ${messageOf(error)}`, { cause: error })
}

/** "Failing row contains (5f0c…, shop, bean, …)": the uid is the first column. */
function stockIn(detail: string | undefined): string | undefined {
  return /\(([0-9a-f-]{36}),/.exec(detail ?? '')?.[1]
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
