import { type Claim, claimAgainst, MOST_CLAIMS, type Objection } from './fabric.ts'

/** What counts for a network that is not in the book of its fabric yet. */
export interface Newcomer {
  /** It never had a place there: else the book has only lost it. */
  readonly isNew: boolean
  /** What the rules of its fabric have against it; undefined = nothing. */
  readonly rule: Objection | undefined
  /** Why what others have may not all be known without a book; undefined = it is. */
  readonly unseen: Objection | undefined
  /** What others have as far as their own statuses tell. */
  known(): readonly Claim[]
}

export interface BookAfter {
  /** What is against the claim; undefined = it is in the book. */
  readonly objection: Objection | undefined
  /** What the book has to say from now on; undefined = it may stay as it is. */
  readonly claims: readonly Claim[] | undefined
}

/**
 * What becomes of the book of a fabric when a network wants its place there; `book` undefined = there is none yet. A book
 * may be an older copy, or edited by hand: what others are known to have counts beside it, and of two of its own entries
 * that are in each other's way the first one counts.
 */
export function bookAfter(
  fabric: string,
  book: readonly Claim[] | undefined,
  wanted: Claim,
  newcomer: Newcomer,
): BookAfter {
  const claims = book ?? []
  const at = claims.findIndex(({ uid }) => uid === wanted.uid)
  const own = claims[at]
  const isOther = ({ uid }: Claim) => uid !== wanted.uid
  function besideBook(): Claim[] {
    const written = new Set(claims.map(({ uid }) => uid))
    return newcomer.known().filter((one) => isOther(one) && !written.has(one.uid))
  }
  if (own && isSamePlace(own, wanted))
    return kept(fabric, claims, at, { wanted, beside: newcomer.isNew ? besideBook() : [] })
  const aside = newcomer.rule ?? (book ? undefined : newcomer.unseen)
  if (aside) return { objection: aside, claims: undefined }
  const unwritten = besideBook()
  const others = claims.filter(isOther)
  const objection = claimAgainst(wanted, [...others, ...unwritten], fabric)
  if (!book) return { objection, claims: [...unwritten.slice(0, MOST_CLAIMS), ...(objection ? [] : [wanted])] }
  return { objection, claims: objection ? undefined : [...others, wanted] }
}

/** One that is written stands before all that come after it. `beside`: what the book does not say, and counts all the same. */
function kept(
  fabric: string,
  claims: readonly Claim[],
  at: number,
  { wanted, beside }: { readonly wanted: Claim; readonly beside: readonly Claim[] },
): BookAfter {
  const objection = claimAgainst(wanted, [...claims.slice(0, at), ...beside], fabric)
  if (objection) return { objection, claims: undefined }
  const rest = claims.slice(at + 1)
  const later = rest.filter(({ uid }) => uid !== wanted.uid)
  const isRight = later.length === rest.length && isSameBeside(claims[at], wanted)
  return { objection, claims: isRight ? undefined : [...claims.slice(0, at), wanted, ...later] }
}

/** In what is in nobody's way. */
function isSameBeside(one: Claim | undefined, other: Claim): boolean {
  const shared = [one, other].map((claim) => claim?.sharedWith?.join())
  return one?.provider === other.provider && shared[0] === shared[1]
}

export function isSamePlace(one: Claim, other: Claim): boolean {
  return (['namespace', 'name', 'vlan', 'cidr'] as const).every((field) => one[field] === other[field])
}
