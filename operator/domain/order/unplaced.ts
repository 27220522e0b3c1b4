import type { Change, OrderFacts } from './decision.ts'

const WAITS = '; waits for a place with provider '
/** So that there is room in a message for what it waits for. */
const LONGEST_TEXT = 400

/**
 * What is told of an order whose next call is not stored as intended, as there is no place for it with its provider: all
 * that is known of it by now, and what it waits for. Undefined: it says so already.
 */
export function unplaced({ order }: OrderFacts, change: Change, trouble: string | undefined): Change | undefined {
  const { payment, ...known } = change
  const { status } = order
  if (!payment || change.again) return undefined // what became of the last try stands there
  const isTold = status?.message.includes(WAITS) && status.phase === known.phase && status.reason === known.reason
  if (isTold) return undefined
  const why = trouble === undefined ? '' : `, which can not be reached: ${cut(trouble)}`
  return { ...known, message: `${cut(known.message)}${WAITS}${payment.provider}${why}`, waits: true }
}

/** A message without what was waited for. */
export function placed(message: string): string {
  return message.split(WAITS, 1)[0] ?? ''
}

function cut(text: string): string {
  return text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT).toWellFormed()}…` : text
}
