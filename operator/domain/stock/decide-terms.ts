import { type Money, multiplied, samePrice } from '../money.ts'
import { availableUnits, type Balances } from './balances.ts'
import type { EntryDraft } from './entry.ts'
import type { StatedChange, StockTerms } from './terms.ts'

/** What a stock was last told of its own terms; after a takeover this is read back from its status. */
export interface TermsTold {
  readonly safetyStock: number
  readonly price?: StockTerms['price']
  readonly paused: boolean
  /** The reasons that were there then: each goes with one change, and these have had theirs. */
  readonly statedChanges?: readonly StatedChange[]
}

/**
 * The entries that take an administrator's changes over, in the order in which they are to be applied. A stated reason
 * goes with what became what it was stated for, and once: a later change by other means to the same value has none.
 */
export function decideTerms(balances: Balances, told: TermsTold | undefined, terms: StockTerms): EntryDraft[] {
  if (told === undefined)
    return [{ verb: 'Note', note: 'created', quantity: terms.quantity, moves: { quantity: terms.quantity } }]
  const drafts: EntryDraft[] = []
  const why = (isMeant: (stated: StatedChange) => boolean) => {
    const isNew = (stated: StatedChange) => !told.statedChanges?.some((old) => isSame(old, stated))
    const meant = terms.statedChanges?.find((stated) => isMeant(stated) && isNew(stated))
    return meant && { changeReason: meant.reason }
  }
  const quantity = terms.quantity - balances.quantity
  if (quantity !== 0 || told.safetyStock !== terms.safetyStock) {
    const moved = quantity !== 0 && { moves: { quantity }, ...why((stated) => stated.quantity === terms.quantity) }
    drafts.push({ verb: 'Adjust', quantity: Math.abs(quantity), ...moved })
  }
  if (!samePrice(told.price, terms.price)) {
    const isMeant = ({ price }: StatedChange) => price !== undefined && samePrice(price, terms.price)
    drafts.push({ verb: 'Note', note: 'priced', ...why(isMeant) })
  }
  if (told.paused !== terms.paused) {
    const note = terms.paused ? 'paused' : 'resumed'
    drafts.push({ verb: 'Note', note, ...why((stated) => stated.paused === terms.paused) })
  }
  return drafts
}

function isSame(one: StatedChange, other: StatedChange): boolean {
  const { reason, requestId, quantity, paused, price } = other
  if (one.reason !== reason || one.requestId !== requestId) return false
  return one.quantity === quantity && one.paused === paused && samePrice(one.price, price)
}

/**
 * Reads the terms back that a status was last written under. A status says no price but the value of all units: where
 * the price of now doesn't make that value, there was another one or none. `available` at 0 can hide a change of safety
 * stock, which then moved nothing. Of the reasons those are told that explain nothing now; one that does may be an older one's,
 * which by other means is changed to that value again while nobody leads.
 */
export function termsTold(
  status: { available: number; totalValue?: Money; paused: boolean },
  balances: Balances,
  terms: StockTerms,
): TermsTold {
  const safetyUnchanged = availableUnits(balances, terms.safetyStock) === status.available
  const value = terms.price && multiplied(terms.price, balances.quantity)
  const otherPrice = terms.price ? undefined : status.totalValue
  const price = samePrice(value, status.totalValue) ? terms.price : otherPrice
  const told = {
    safetyStock: safetyUnchanged ? terms.safetyStock : terms.safetyStock + 1,
    ...(price && { price }),
    paused: status.paused,
  }
  const explains = (stated: StatedChange) =>
    decideTerms(balances, told, { ...terms, statedChanges: [stated] }).some(({ changeReason }) => changeReason)
  return { ...told, statedChanges: (terms.statedChanges ?? []).filter((stated) => !explains(stated)) }
}
