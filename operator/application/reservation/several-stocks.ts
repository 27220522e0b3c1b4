import type { Claim } from '../../domain/stock/claim.ts'
import type { EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { takePlaces } from '../ledger/places.ts'
import { claimSet } from './claim-set.ts'
import { type Followers, isVerdict, verdictOf } from './followers.ts'
import { type HeldSet, preparedLines, type StockSet } from './stock-set.ts'
import { type UnfollowedVerdicts, unfollowedVerdicts } from './unfollowed-verdicts.ts'

/*
 *  Reserve:  followers prepare their lines, in order ──▶ the home decides, last: its entry is the verdict
 *  others:   the home decides, first ──▶ followers do likewise, whether or not somebody waits for it
 *  give up:  the home says so first (Refuse or Wait) ──▶ followers release what was prepared
 *
 * A reservation is held if and only if its home says so. One stock is the same with no followers. Whoever waits here may
 * be sent away (Undecided) at any await, and go on later from what the books say.
 */

export type Verdict = (claim: Claim | undefined, book: StockBook, at: number) => EntryDraft[]

export interface SeveralStocks {
  /** Holds all lines or none, or stands in line; goes on with whatever was prepared before. Throws Undecided, StockGone. */
  claim(set: StockSet): Promise<void>
  /** Has the home decide on its claim, then every follower do likewise. Throws Undecided, StockGone. */
  settle(held: HeldSet, decide: Verdict): Promise<void>
}

export function severalStocks(
  followers: Pick<Followers, 'followed'>,
  serves: (namespace: string) => boolean,
): SeveralStocks {
  const verdicts = unfollowedVerdicts(serves)
  return {
    claim: (set) => claimSet(followers, set),
    settle: (held, decide) => settle({ ...followers, verdicts }, held, decide),
  }
}

type SettleParts = Pick<Followers, 'followed'> & { readonly verdicts: UnfollowedVerdicts }

async function settle({ followed, verdicts }: SettleParts, held: HeldSet, decide: Verdict): Promise<void> {
  const { uid, namespace = '', home } = held
  const followers = held.followers.filter(({ book }) => book.claims.has(uid)) // the others have nothing to do
  home.mustDecide({ namespace })
  const places = takePlaces(
    [home, ...followers].map((actor) => ({ actor, places: 1 })),
    { takesUnits: false, namespace },
  )
  try {
    places.use(home)
    const entries = await home.ask({
      promised: 1,
      namespace,
      decide(book, at) {
        const drafts = decide(book.claims.get(uid), book, at).map((draft) => withPrepared(draft, held))
        if (drafts.some(isVerdict)) verdicts.begin(held)
        return drafts
      },
    })
    verdicts.end(held)
    places.giveBack() // whoever follows a verdict has taken its own
    const verdict = verdictOf(entries, uid)
    if (verdict) await followed(home, verdict)
  } finally {
    verdicts.end(held)
    places.giveBack()
  }
}

/** A set that ends before its home has decided on it gives up what was prepared. */
function withPrepared(draft: EntryDraft, { uid, followers }: HeldSet): EntryDraft {
  const lines = draft.lines ? [] : preparedLines(followers, uid)
  return lines.length > 0 && draft.verb !== 'Confirm' ? { ...draft, lines } : draft
}
