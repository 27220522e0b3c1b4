import type { Money } from '../money.ts'
import type { Times } from '../times.ts'
import { type Entry, type EntryLine, sinceOf } from './entry.ts'
import type { StockTerms } from './terms.ts'

/** What one reservation has of one stock: a place on its list, units held, or units sold or lent. */
export interface Claim {
  readonly uid: string
  readonly namespace: string
  readonly name: string
  readonly phase: 'Waiting' | 'Reserved' | 'Confirmed'
  readonly quantity: number
  /** The latest of this stock's entries that is in it. */
  readonly sequence: number
  /** Milliseconds: when the hold began. */
  readonly reservedAt: number
  /** Milliseconds: when the hold, or the wait, ends. */
  readonly deadline: number
  readonly unitPrice?: Money
  /** The other lines, on the home's claim of a set. */
  readonly lines?: readonly EntryLine[]
  /** On a follower's claim of a set: what it follows, as in its entry. */
  readonly follows?: { readonly uid: string; readonly sequence: number }
}

/** Units of `claim` that the balances count as reserved and as confirmed. */
export function unitsOut(claim: Claim | undefined): { reserved: number; confirmed: number } {
  return {
    reserved: claim?.phase === 'Reserved' ? claim.quantity : 0,
    confirmed: claim?.phase === 'Confirmed' ? claim.quantity : 0,
  }
}

/** Units that count against its consumer's limit: what is out, and what is lent; what is sold is theirs. */
export function unitsTowardsLimit(claim: Claim | undefined, reclaimPolicy: StockTerms['reclaimPolicy']): number {
  const { reserved, confirmed } = unitsOut(claim)
  return reclaimPolicy === 'Return' ? reserved + confirmed : reserved
}

/** The claim after `entry`, which must be of the same reservation; undefined when nothing is left of it. Total. */
export function applyToClaim(
  claim: Claim | undefined,
  entry: Entry,
  stockNamespace: string,
  msOf: Times['msOf'] = Date.parse,
): Claim | undefined {
  const inPhase = (phase: Claim['phase']) => claimFrom(claim, entry, { stockNamespace, phase, msOf })
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend':
      return inPhase('Reserved')
    case 'Wait':
      return inPhase('Waiting')
    case 'Confirm':
      return inPhase('Confirmed')
    case 'Release':
    case 'Return':
    case 'Expire':
    case 'Refuse':
      return undefined
    case 'Adjust':
    case 'Note':
    case 'Recount':
      return claim
  }
}

interface Taking extends Pick<Times, 'msOf'> {
  readonly stockNamespace: string
  readonly phase: Claim['phase']
}

function claimFrom(before: Claim | undefined, entry: Entry, { stockNamespace, phase, msOf }: Taking): Claim {
  const at = msOf(sinceOf(entry))
  const unitPrice = entry.unitPrice ?? (entry.verb === 'Reserve' ? undefined : before?.unitPrice) // a hold has its own
  const lines = phase === 'Waiting' ? undefined : (entry.lines ?? before?.lines) // one that waits has nothing anywhere
  const follows = entry.follows ?? before?.follows
  return {
    uid: entry.uid ?? '',
    namespace: entry.reservationNamespace ?? stockNamespace,
    name: entry.reservation ?? '',
    phase,
    quantity: entry.quantity ?? before?.quantity ?? 0,
    sequence: entry.sequence,
    reservedAt: entry.verb === 'Reserve' || !before ? at : before.reservedAt,
    deadline: entry.deadline ? msOf(entry.deadline) : (before?.deadline ?? at),
    ...(unitPrice && { unitPrice }),
    ...(lines && { lines }),
    ...(follows && { follows }),
  }
}
