import type { StatedChange } from '../../../domain/stock/terms.ts'
import { countOf, objectOf, priceIfThere, readable, Unreadable, wordOf } from './readable.ts'

/** Keeps on a VirtualStock why it was changed last and what to, as JSON: `{"quantity":50,"reason":"delivery"}`. */
export const CHANGE_REASON = 'kbnt.io/change-reason'

/** The journal keeps one for each change that isn't told yet, in an object that etcd takes no more than 1.5 MiB of. */
const MOST_CHARACTERS = 256
/** As JSON, where every character may be escaped. */
const MOST_TEXT = 4_096

export function changeReasonText(change: StatedChange): string {
  return JSON.stringify(change)
}

/** Undefined where there is none, or what nobody can go by: anybody who may annotate a stock writes what they like. */
export function statedChangeOf(text: string | undefined): StatedChange | undefined {
  if (text === undefined || text.length > MOST_TEXT) return undefined
  const read = readable(() => changeIn(parsed(text)))
  return 'value' in read ? read.value : undefined
}

function changeIn(value: unknown): StatedChange {
  const { reason, quantity, price, paused } = objectOf(value, CHANGE_REASON)
  const words = wordOf(reason, 'reason').toWellFormed()
  if ([...words].length > MOST_CHARACTERS) throw new Unreadable('reason is too long')
  priceIfThere(price, 'price')
  return {
    reason: words,
    ...(quantity !== undefined && { quantity: countOf(quantity, 'quantity') }),
    ...(price !== undefined && { price: price as NonNullable<StatedChange['price']> }),
    ...(typeof paused === 'boolean' && { paused }),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Unreadable('it is not JSON')
  }
}
