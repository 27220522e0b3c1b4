import type { EntryLine } from '../../domain/stock/entry.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import type { HeldSet } from './stock-set.ts'

/** A home may have so many verdicts that wait for a stock which can't decide; more wait for that stock themselves. */
const MOST_UNFOLLOWED = 32

/** The verdicts of each home that followers have still to follow: a sick one must not fill the journal of a healthy home. */
export interface UnfollowedVerdicts {
  /**
   * One is decided, in the home's turn: any number may have passed a look before it. Throws Undecided, at a follower
   * that can't decide, or NotServed, for one that nobody can see, where too many wait. Harmless to repeat.
   */
  begin(held: HeldSet): void
  /** It is in the home's journal, or will never be. Harmless to repeat. */
  end(held: HeldSet): void
}

/** `serves`: whether what is in a namespace is known; a follower there can't decide else. */
export function unfollowedVerdicts(serves: (namespace: string) => boolean): UnfollowedVerdicts {
  /** By home, the uids of verdicts that are decided and not stored yet. */
  const underWay = new WeakMap<StockActor, Set<string>>()

  function mustServe({ stockNamespace, stock }: EntryLine): void {
    if (serves(stockNamespace)) return
    throw new NotServed(`${stock}: namespace ${stockNamespace} can't be listed for now, and much waits for that`)
  }

  return {
    begin({ uid, home, followers }) {
      const decided = underWay.get(home) ?? new Set()
      underWay.set(home, decided)
      decided.delete(uid) // where it was not stored it is decided again
      const stored = home.journal.entries.filter(({ followed }) => !followed).length
      if (stored + decided.size >= MOST_UNFOLLOWED) {
        for (const follower of followers) follower.mustDecide({})
        for (const line of home.book.claims.get(uid)?.lines ?? []) mustServe(line)
      }
      decided.add(uid)
    },
    end: ({ uid, home }) => void underWay.get(home)?.delete(uid),
  }
}
