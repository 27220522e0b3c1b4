import { DatabaseError } from 'pg'
import { messageOf } from '../../application/message-of.ts'
import { NotWritten, OutcomeUnknown, Oversold, type Trouble } from '../../application/rows/row-books.ts'
import { plainWords } from './plain-words.ts'

/** Codes of what passes: the same may be tried again. PostgreSQL's manual, appendix "Error Codes". */
const passing: ReadonlySet<string> = new Set([
  '25006', // a replica, or a primary that has become one
  '40001', // serialization failure
  '40P01', // deadlock
  '55P03', // a lock was not had in time
  '57014', // cancelled
])
/** Of these, that the time for a transaction was not enough, and that somebody else is at the same rows. */
const tooLong: ReadonlySet<string> = new Set(['25P04', '57014'])
const contested: ReadonlySet<string> = new Set(['23505', '40001', '40P01', '55P03'])
/** 08 = the connection, 53 = the server lacks something, 57P = it ends, starts, or has ended us, 25P = ours has ended. */
const passingClasses = ['08', '53', '57P', '25P']
/** After one of these nobody can say what became of a commit. 58 = the system beneath it, XX = the server's own faults. */
const doubtfulClasses = [...passingClasses, '58', 'XX']

/** Why nothing was changed, as one of the port's errors; others, and faults of this program, as they are. */
export function explained(error: unknown): unknown {
  if (isOurs(error)) return error
  if (!(error instanceof DatabaseError)) return notWritten(error)
  const { code = '', constraint, detail, message } = error
  if (constraint === 'never_oversold' || constraint === 'counts_from_nothing')
    return new Oversold(message, stockIn(detail))
  if (passes(code, constraint))
    return new NotWritten(`${message} (${code})`, {
      ...{ cause: error, trouble: troubleOf(error), told: plainWords(error) },
    })
  if (code === '23514' && constraint === undefined)
    return new Error(`there is no partition for this day, kbnt.add_days() makes them: ${message}`, { cause: error })
  return error
}

function passes(code: string, constraint: string | undefined): boolean {
  // a uid was used by somebody else meanwhile; reading again tells by whom
  if (code === '23505') return constraint === 'request_key_pkey'
  return passing.has(code) || passingClasses.some((prefix) => code.startsWith(prefix))
}

function troubleOf(error: unknown): Trouble {
  const code = error instanceof DatabaseError ? (error.code ?? '') : ''
  if (tooLong.has(code)) return 'size'
  return contested.has(code) ? 'stocks' : 'database'
}

/** Whether a lock was not had in time. */
export function isLockedOut(error: unknown): error is NotWritten {
  return error instanceof NotWritten && (error.cause as { readonly code?: unknown } | undefined)?.code === '55P03'
}

/** That nothing was changed, whatever kept it from that. */
export function notWritten(error: unknown): NotWritten {
  return new NotWritten(messageOf(error), { cause: error, told: plainWords(error) })
}

/**
 * Whether the server itself says that a statement failed, and goes on: then all of its transaction is undone. Told by the
 * code, because the severity comes in the server's language.
 */
export function isUndone(error: unknown): boolean {
  return error instanceof DatabaseError && !doubtfulClasses.some((prefix) => (error.code ?? '').startsWith(prefix))
}

/** Whether the connection outlives what was thrown, so that a ROLLBACK is worth while. */
export function isSound(error: unknown): boolean {
  if (error instanceof OutcomeUnknown) return false
  return !(error instanceof NotWritten) || error.cause === undefined || isUndone(error.cause)
}

export function unknown(error: unknown): OutcomeUnknown {
  const trouble = troubleOf(error)
  return new OutcomeUnknown(`the answer to a commit is lost: ${messageOf(error)}`, { cause: error, trouble })
}

/** What no connection throws. */
function isOurs(error: unknown): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
}

/** "Failing row contains (5f0c…, shop, bean, …)": the uid is the first column. */
function stockIn(detail: string | undefined): string | undefined {
  return /\(([0-9a-f-]{36}),/.exec(detail ?? '')?.[1]
}
