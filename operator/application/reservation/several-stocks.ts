import type { Claim } from '../../domain/stock/claim.ts'
import { decideFollow } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { StockGone } from '../ledger/ledger-writer.ts'
import type { Places } from '../ledger/places.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { claimSet } from './claim-set.ts'
import { type HeldSet, preparedLines, type StockSet } from './stock-set.ts'

/*
 *  Reserve:  followers prepare their lines, in order ──▶ the home decides, last: its entry is the verdict
 *  others:   the home decides, first ──▶ followers do likewise
 *  give up:  the home says so first (Refuse or Wait) ──▶ followers release what was prepared
 *
 * A reservation is held if and only if its home says so. One stock is the same with no followers.
 */

export type Verdict = (claim: Claim | undefined, book: StockBook, at: number) => EntryDraft[]

export interface SeveralStocks {
  /** Holds all lines or none, or stands in line; goes on with whatever was prepared before. */
  claim(set: StockSet): Promise<void>
  /** Has the home decide on its claim, then every follower do likewise. */
  settle(held: HeldSet, decide: Verdict): Promise<void>
  /** Has the followers of a verdict do likewise. Safe to repeat. */
  follow(home: StockActor, verdict: Entry): Promise<void>
}

export interface SeveralStocksParts {
  readonly places: Places
  readonly findByUid: (stockUid: string) => StockActor | undefined
  /** All of a verdict's followers have done likewise. */
  readonly onFollowed: (home: StockActor, verdict: Entry) => void
}

export function severalStocks({ places, findByUid, onFollowed }: SeveralStocksParts): SeveralStocks {
  /** Without a promised place one is taken even above the bound: nothing can leave a journal before this is done. */
  async function follow(home: StockActor, verdict: Entry, promised: boolean): Promise<void> {
    const uid = verdict.uid ?? ''
    for (const line of verdict.lines ?? []) {
      const actor = findByUid(line.stockUID)
      if (!actor) continue // that stock is gone, and its books with it
      if (!promised) actor.journal.promise(1)
      const decide = (book: StockBook) => decideFollow(book.claims.get(uid), book, verdict, home.stock.uid)
      await unlessGone(actor.ask({ promised: 1, decide }))
    }
    onFollowed(home, verdict)
  }

  async function settle({ uid, home, followers }: HeldSet, decide: Verdict): Promise<void> {
    /** A set that ends before its home has decided on it gives up what was prepared. */
    function withPrepared(draft: EntryDraft): EntryDraft {
      const lines = draft.lines ? [] : preparedLines(followers, uid)
      return lines.length > 0 && draft.verb !== 'Confirm' ? { ...draft, lines } : draft
    }
    const wants = [home, ...followers].map((actor) => ({ actor, places: 1 }))
    await places.take(wants, false)
    const decided = home.ask({
      promised: 1,
      decide: (book, at) => decide(book.claims.get(uid), book, at).map(withPrepared),
    })
    const entries = await decided.catch((error: unknown) => {
      for (const { journal } of followers) journal.keep(1) // or the journals of those that stay would shrink for good
      throw error
    })
    const verdict = entries.find((entry) => entry.uid === uid && entry.lines)
    const named = new Set(verdict?.lines?.map((line) => line.stockUID))
    for (const { stock, journal } of followers) if (!named.has(stock.uid)) journal.keep(1)
    if (verdict) await follow(home, verdict, true)
  }

  return {
    claim: (set) => claimSet({ places, follow }, set),
    settle,
    follow: (home, verdict) => follow(home, verdict, false),
  }
}

/** A stock that goes meanwhile takes its lines along. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof StockGone)) throw error
  }
}
