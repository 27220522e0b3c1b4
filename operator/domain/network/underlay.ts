import { type BookAfter, bookAfter, isSamePlace, type Newcomer } from './book.ts'
import { type Claim, conflictWith, type Fabric, type Objection } from './fabric.ts'

/** What the networks of a fabric are made on. */
export interface Underlay {
  readonly kind: Fabric['kind']
  /** Absent = nothing real can be made. */
  readonly parent?: string
}

export interface Book {
  readonly claims: readonly Claim[]
  /** What those that are real were made on; absent in books of before this was written. */
  readonly underlay?: Underlay
}

/** What counts for a network that is not in the book of its fabric. */
export interface NewNetwork extends Newcomer {
  /** What the settings of its fabric name. */
  readonly underlay: Underlay
  /** It never had a place there: else the book has only lost it. */
  readonly isNew: boolean
}

/** Other books of the same install, by their fabrics. */
export type OtherBooks = ReadonlyMap<string, Book>

/**
 * What becomes of the book of a fabric when a network wants its place there, and whether it may be made on what the settings
 * name now. Those that were made on something else stay there, and so does the fabric, until none of them is left: nobody
 * knows which vlans of the other are free. `others` counts for newcomers only.
 */
export function bookWith(
  fabric: string,
  book: Book | undefined,
  wanted: Claim,
  newcomer: NewNetwork & { readonly others: OtherBooks },
): Pick<BookAfter, 'objection'> & { readonly book: Book | undefined } {
  const underlay = underlayOf(book, newcomer.underlay)
  const isMadeAnew = newcomer.isNew && isReal(wanted)
  const rule = newcomer.rule ?? (isMadeAnew ? groundAgainst(fabric, underlay, wanted, newcomer) : undefined)
  const { objection, claims } = bookAfter(fabric, book?.claims, wanted, { ...newcomer, rule })
  const isTold = book?.underlay !== undefined && isSameUnderlay(book.underlay, underlay)
  if (!claims && (isTold || !book)) return { objection, book: undefined }
  return { objection, book: { claims: claims ?? book?.claims ?? [], underlay } }
}

/** Whether a network has its place in the book already: nothing else is asked of it. */
export function isPlaced({ claims }: Book, wanted: Claim): boolean {
  return claims.some((claim) => claim.uid === wanted.uid && isSamePlace(claim, wanted))
}

/** Where nothing real is left it is what the settings name. A book that does not say it is taken for made on that. */
function underlayOf(book: Book | undefined, settings: Underlay): Underlay {
  const before = book?.underlay
  return before?.parent !== undefined && book?.claims.some(isReal) ? before : settings
}

/** Of whom it is not written down who makes it, it may be a real one. */
function isReal({ provider }: Claim): boolean {
  return provider !== 'Simulated'
}

function groundAgainst(
  fabric: string,
  underlay: Underlay,
  wanted: Claim,
  newcomer: { readonly underlay: Underlay; readonly others: OtherBooks },
): Objection | undefined {
  if (underlay.parent === undefined) return undefined // nothing is made there
  if (!isSameUnderlay(underlay, newcomer.underlay)) return moved(fabric, underlay, newcomer.underlay)
  for (const [other, book] of newcomer.others) {
    if (other === fabric || book.underlay?.parent !== underlay.parent) continue
    const conflict = conflictWith(wanted, book.claims.filter(isReal), other)
    if (conflict) return conflict
  }
  return undefined
}

function moved(fabric: string, before: Underlay, settings: Underlay): Objection {
  const message =
    `the networks of fabric ${fabric} were made on ${textOf(before)}, and its settings name ${textOf(settings)}: those stay ` +
    `as they are, and no other is made before they are gone; name ${textOf(before)} again, delete them, or describe ` +
    `${textOf(settings)} as a fabric of another name`
  return { reason: 'FabricMoved', message }
}

function textOf({ kind, parent = 'no parent' }: Underlay): string {
  return `${parent} (${kind})`
}

function isSameUnderlay(one: Underlay, other: Underlay): boolean {
  return one.kind === other.kind && one.parent === other.parent
}
