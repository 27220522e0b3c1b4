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
  /** What real networks of other fabrics have as far as their own statuses tell. */
  elsewhere(): readonly ClaimElsewhere[]
}

export interface ClaimElsewhere {
  readonly fabric: string
  /** What the settings name for its fabric; counts where the book of that does not say what it was made on. */
  readonly parent: string | undefined
  readonly claim: Claim
}

/** Other books of the same install, by their fabrics. */
export type OtherBooks = ReadonlyMap<string, Book>

type NewBesideOthers = NewNetwork & { readonly others: OtherBooks }

/**
 * What becomes of the book of a fabric when a network wants its place there, and whether it may be made on what the settings
 * name now. Those that were made on something else stay there, and so does the fabric, until none of them is left: nobody
 * knows which vlans of the other are free. `others` counts where `needsOthers`.
 */
export function bookWith(
  fabric: string,
  book: Book | undefined,
  wanted: Claim,
  newcomer: NewBesideOthers,
): Pick<BookAfter, 'objection'> & { readonly book: Book | undefined } {
  const there = realThere(book, wanted, newcomer)
  const unclear = isToldBy(book) ? undefined : unclearGround(fabric, there, newcomer)
  if (unclear && isReal(wanted)) return { objection: unclear, book: undefined }
  const underlay = unclear ? undefined : underlayOf(book, there, newcomer.underlay)
  const rule = newcomer.rule ?? (underlay && groundAgainst(fabric, underlay, wanted, newcomer))
  const { objection, claims } = bookAfter(fabric, book?.claims, wanted, { ...newcomer, rule })
  return { objection, book: toldBy(book, claims, underlay) }
}

/** What a book has to say from now on; `underlay` undefined = nothing is known of it. */
function toldBy(
  book: Book | undefined,
  claims: readonly Claim[] | undefined,
  underlay: Underlay | undefined,
): Book | undefined {
  const isTold = !underlay || (book?.underlay !== undefined && isSameUnderlay(book.underlay, underlay))
  if (!claims && (isTold || !book)) return undefined
  return { claims: claims ?? book?.claims ?? [], ...(underlay && { underlay }) }
}

/** Whether it takes the other books to say what becomes of this one: for who is new and real, and where nobody says what it is made on. */
export function needsOthers(fabric: string, book: Book | undefined, wanted: Claim, newcomer: NewNetwork): boolean {
  if (!isToldBy(book) && realThere(book, wanted, newcomer).length > 0) return true
  if (!newcomer.isNew || !isReal(wanted) || (book && isPlaced(book, wanted))) return false
  const alone = { ...newcomer, elsewhere: () => [], others: new Map() }
  return bookWith(fabric, book, wanted, alone).objection === undefined
}

/** Whether a network has its place in the book already: nothing else is asked of it. */
export function isPlaced({ claims }: Book, wanted: Claim): boolean {
  return claims.some((claim) => claim.uid === wanted.uid && isSamePlace(claim, wanted))
}

function isToldBy(book: Book | undefined): boolean {
  return book?.underlay?.parent !== undefined
}

/** All real ones of a fabric, by its book; where that has none, by what is known of them. */
function realThere(book: Book | undefined, wanted: Claim, { isNew, known }: NewNetwork): readonly Claim[] {
  const written = (book?.claims ?? []).filter(isReal)
  if (written.length > 0 && isToldBy(book)) return written
  return [...written, ...known(), ...(isNew ? [] : [wanted])].filter(isReal)
}

/** Where nothing real is left it is what the settings name. A book that does not say it is taken for made on that. */
function underlayOf(book: Book | undefined, there: readonly Claim[], settings: Underlay): Underlay {
  const before = book?.underlay
  return before?.parent !== undefined && there.length > 0 ? before : settings
}

/** Of whom it is not written down who makes it, it may be a real one. */
function isReal({ provider }: Claim): boolean {
  return provider !== 'Simulated'
}

/** Where another has what one of these has, they can't have been made on what the settings name, and must not be moved there. */
function unclearGround(fabric: string, there: readonly Claim[], newcomer: NewBesideOthers): Objection | undefined {
  const { underlay } = newcomer
  if (underlay.parent === undefined) return undefined
  for (const claim of there) {
    const conflict = conflictOn(fabric, underlay.parent, claim, newcomer)
    if (!conflict?.by) continue
    const [own, by] = [claim, conflict.by].map(({ namespace, name }) => `network ${namespace}/${name}`)
    const message =
      `what the networks of fabric ${fabric} were made on is not known: no NetworkFabric says it, and on ` +
      `${textOf(underlay)}, which its settings name, ${by} of another fabric would be in the way of ${own}; nothing is ` +
      'moved: name in the settings what they were made on, or delete one of the two'
    return { reason: 'FabricUnseen', message }
  }
  return undefined
}

/** What is against making a new one there; nothing is made for simulated ones, or where there is no parent. */
function groundAgainst(
  fabric: string,
  underlay: Underlay,
  wanted: Claim,
  newcomer: NewBesideOthers,
): Objection | undefined {
  if (!newcomer.isNew || !isReal(wanted) || underlay.parent === undefined) return undefined
  if (!isSameUnderlay(underlay, newcomer.underlay)) return moved(fabric, underlay, newcomer.underlay)
  return conflictOn(fabric, underlay.parent, wanted, newcomer)
}

/** Whose vlan or range of another fabric on that parent a claim would be. Their books are not believed alone either. */
function conflictOn(
  fabric: string,
  parent: string,
  claim: Claim,
  { others, elsewhere }: Pick<NewBesideOthers, 'others' | 'elsewhere'>,
): Objection | undefined {
  for (const [other, book] of others) {
    if (other === fabric || book.underlay?.parent !== parent) continue
    const conflict = conflictWith(claim, book.claims.filter(isReal), other)
    if (conflict) return conflict
  }
  for (const { fabric: other, parent: named, claim: theirs } of elsewhere()) {
    if (other === fabric || (others.get(other)?.underlay?.parent ?? named) !== parent) continue
    const conflict = conflictWith(claim, [theirs], other)
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
