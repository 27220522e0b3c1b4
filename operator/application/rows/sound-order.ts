import type { Order, OrderLine, Reserve } from './order.ts'

/** Stocks of one order: as many as one transaction may lock. */
const MOST_LINES = 64
const canonical = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** Whether a text is a UUID as the database writes it; another spelling of one would be found under a uid that nobody asked for. */
export function isUid(text: string): boolean {
  return canonical.test(text)
}

/** What no row could have, or would turn the books round; undefined = nothing. */
export function faultOf(order: Order): string | undefined {
  if (order.kind === 'reserve') return faultOfReserve(order)
  return order.kind === 'extend' ? faultOfTime(order.ttlMs) : undefined
}

function faultOfReserve({ uid, fingerprint, about, lines, ttlMs }: Reserve): string | undefined {
  if (!isUid(uid)) return 'its uid is no UUID in lower case'
  if (lines.length === 0 || lines.length > MOST_LINES)
    return `it has ${lines.length} lines, and may have 1 to ${MOST_LINES}`
  if (about.consumer === '') return 'its consumer is empty'
  const texts = [fingerprint, about.namespace, about.name, about.consumer, about.requestId, about.note]
  if (!texts.every(isText)) return 'it has a text with half of a surrogate pair, or with a NUL'
  if (new Set(lines.map(({ stock }) => stock)).size < lines.length) return 'it names a stock twice'
  return lines.map(faultOfLine).find((fault) => fault !== undefined) ?? faultOfTime(ttlMs)
}

function faultOfLine({ stock, quantity }: OrderLine): string | undefined {
  if (!isUid(stock)) return 'the uid of a stock is no UUID in lower case'
  return Number.isSafeInteger(quantity) && quantity >= 1 ? undefined : `${quantity} is no number of units`
}

function faultOfTime(ttlMs: number | undefined): string | undefined {
  return ttlMs === undefined || (Number.isSafeInteger(ttlMs) && ttlMs >= 0) ? undefined : `${ttlMs} is no time in ms`
}

function isText(text: string | undefined): boolean {
  return text === undefined || (text.isWellFormed() && !text.includes('\0'))
}
