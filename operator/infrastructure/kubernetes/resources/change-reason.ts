import type { StatedChange } from '../../../domain/stock/terms.ts'
import { countOf, objectOf, priceIfThere, readable, Unreadable, wordOf } from './readable.ts'

const changeable = ['quantity', 'price', 'paused'] as const
type Changeable = (typeof changeable)[number]

/**
 * An annotation for each of them, so that none takes another's place, keeps on a VirtualStock why it was changed last and
 * what to, as JSON: `{"quantity":50,"reason":"delivery"}`, with the `requestId` of a call.
 */
function annotationOf(changed: Changeable): string {
  return `kbnt.io/change-reason-${changed}`
}

/** The journal keeps one for each change that isn't told yet, in an object that etcd takes no more than 1.5 MiB of. */
const MOST_CHARACTERS = 256
/** As JSON, where every character may be escaped. */
const MOST_TEXT = 4_096

/** The annotations of a change, by name; null = to be taken off, for they are those of a former change. */
export function changeReasons(
  change: Omit<StatedChange, 'reason' | 'requestId'>,
  { reason, requestId }: { readonly reason?: string | undefined; readonly requestId?: string | undefined },
): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    changeable
      .filter((one) => change[one] !== undefined)
      .map((one) => [annotationOf(one), reason ? JSON.stringify({ [one]: change[one], reason, requestId }) : null]),
  )
}

/** Only what somebody can go by: anybody who may annotate a stock writes what they like. */
export function statedChanges(annotations: Readonly<Record<string, string>>): StatedChange[] {
  return changeable.flatMap((one) => {
    const text = annotations[annotationOf(one)]
    if (text === undefined || text.length > MOST_TEXT) return []
    const read = readable(() => changeIn(parsed(text), annotationOf(one)))
    return 'value' in read && read.value[one] !== undefined ? [read.value] : []
  })
}

function changeIn(value: unknown, where: string): StatedChange {
  const { reason, requestId, quantity, price, paused } = objectOf(value, where)
  const words = wordOf(reason, 'reason').toWellFormed()
  if ([...words].length > MOST_CHARACTERS) throw new Unreadable('reason is too long')
  priceIfThere(price, 'price')
  return {
    reason: words,
    ...(typeof requestId === 'string' && { requestId }),
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
