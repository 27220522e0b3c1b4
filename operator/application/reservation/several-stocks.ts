import type { Reason } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { decideFollow, decidePrepare, grant, isGrantable, type Request, refuse, refusalOf, shortageOf, waitOrRefuse } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft, EntryLine } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { StockGone } from '../ledger/ledger-writer.ts'
import type { Places } from '../ledger/places.ts'
import type { StockActor } from '../ledger/stock-actor.ts'

/*
 *  Reserve:  followers prepare their lines, in order ──▶ the home decides, last: its entry is the verdict
 *  others:   the home decides, first ──▶ followers do likewise
 *  give up:  the home says so first (Refuse or Wait) ──▶ followers release what was prepared
 *
 * A reservation is held if and only if its home says so. One stock is the same with no followers.
 */

export interface Line {
  readonly actor: StockActor
  readonly request: Request
}

/** The lines of a set in order of their stocks: the first is the home. */
export interface StockSet {
  readonly home: Line
  readonly followers: readonly Line[]
  /** A stock of it that does not exist: the set can only be given up. */
  readonly missing?: string
}

/** A reservation that has something of its home, and of the others. */
export interface HeldSet {
  readonly uid: string
  readonly home: StockActor
  readonly followers: readonly StockActor[]
}

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
  async function claim(set: StockSet): Promise<void> {
    const { home, followers } = set
    const held = home.actor.book.claims.get(home.request.uid)
    if (held && held.phase !== 'Waiting') return
    const lines = [home, ...followers]
    for (const { actor, request } of lines) actor.book.setConsumer(request.uid, request.consumer)
    const prepared = preparedLines(followers.map(({ actor }) => actor), home.request.uid)
    const refusal = refusalOfSet(set, lines)
    if (refusal || !(prepared.length > 0 || lines.every(grantable))) return giveUp(set, refusal, prepared)
    if (prepared.length > 0 && !lines.every((line) => isPrepared(line) || hasUnits(line))) return giveUp(set, undefined, prepared)
    await take(set, lines)
  }

  /** Takes the units of every line in memory first, so that nobody else is promised them, then stores them. */
  async function take(set: StockSet, lines: readonly Line[]): Promise<void> {
    const { home, followers } = set
    const fresh = lines.filter((line) => !isPrepared(line))
    for (const { actor, request } of fresh) actor.book.earmark(request.quantity)
    let earmarked = fresh
    const letGo = (line: Line) => {
      if (!earmarked.includes(line)) return
      earmarked = earmarked.filter((other) => other !== line)
      line.actor.book.earmark(-line.request.quantity)
    }
    const places = await promised(set)
    try {
      for (const line of followers) {
        if (isPrepared(line)) continue
        places.use(line.actor)
        await prepare(home.actor, line)
        letGo(line)
      }
      places.use(home.actor)
      const verdict = await decideAtHome(set, () => letGo(home))
      if (verdict && verdict.verb !== 'Reserve') {
        for (const { actor } of followers) places.use(actor)
        await followWith(home.actor, verdict, true)
      }
    } finally {
      for (const line of [...earmarked]) letGo(line)
      places.giveBack()
    }
  }

  function prepare(home: StockActor, { actor, request }: Line): Promise<readonly Entry[]> {
    return actor.ask({ promised: 1, takesUnits: false, decide: (book, at) => decidePrepare(request, book, at, home.stock.uid) })
  }

  /** The verdict on a set whose lines are all prepared: held if the home still has its units, else given up. */
  async function decideAtHome({ home, followers }: StockSet, letGo: () => void): Promise<Entry | undefined> {
    const lines = preparedLines(followers.map(({ actor }) => actor), home.request.uid)
    const entries = await home.actor.ask({
      promised: 1,
      decide: (book, at) => {
        const before = book.claims.get(home.request.uid)
        if (before && before.phase !== 'Waiting') return []
        const refusal = refusalOf(home.request, book)
        if (refusal) return [refuse(home.request, book, refusal, [], lines)]
        const fits = !book.terms.paused && book.free() >= 0
        return fits ? grant(home.request, book, at, lines) : [waiting({ home, followers }, book, at, lines)]
      },
    })
    letGo()
    return entries.find((entry) => entry.uid === home.request.uid)
  }

  /** The home says Refuse or Wait; only then do followers release what was prepared. */
  async function giveUp(set: StockSet, refusal: Reason | undefined, prepared: readonly EntryLine[]): Promise<void> {
    const { home } = set
    const lines = prepared.length > 0 ? prepared : undefined
    const entries = await home.actor.ask({
      takesUnits: prepared.length === 0,
      decide: (book, at) => {
        const before = book.claims.get(home.request.uid)
        if (before && (before.phase !== 'Waiting' || !(refusal || lines))) return []
        return [refusal ? refuse(home.request, book, refusal, shortages(set), lines) : waiting(set, book, at, lines)]
      },
    })
    for (const entry of entries) if (entry.uid === home.request.uid && entry.lines) await follow(home.actor, entry)
  }

  function waiting(set: StockSet, book: StockBook, at: number, lines: readonly EntryLine[] | undefined): EntryDraft {
    const draft = waitOrRefuse(set.home.request, book, at, shortages(set), lines)
    if (draft.verb === 'Wait') for (const { actor, request } of [set.home, ...set.followers]) actor.enqueue(request)
    return draft
  }

  async function promised({ home, followers }: StockSet) {
    const owed = new Map<StockActor, number>([[home.actor, 1]])
    for (const line of followers) owed.set(line.actor, isPrepared(line) ? 1 : 2)
    const goesOn = followers.some(isPrepared)
    await places.take([...owed].map(([actor, places]) => ({ actor, places })), !goesOn)
    return {
      use: (actor: StockActor) => owed.set(actor, (owed.get(actor) ?? 0) - 1),
      giveBack() {
        for (const [actor, places] of owed) if (places > 0) actor.journal.keep(places)
      },
    }
  }

  async function settle({ uid, home, followers }: HeldSet, decide: Verdict): Promise<void> {
    /** A set that ends before its home has decided on it gives up what was prepared. */
    const withPrepared = (draft: EntryDraft): EntryDraft => {
      const lines = draft.lines ? [] : preparedLines(followers, uid)
      return lines.length > 0 && draft.verb !== 'Confirm' ? { ...draft, lines } : draft
    }
    await places.take([home, ...followers].map((actor) => ({ actor, places: 1 })), false)
    const entries = await home.ask({ promised: 1, decide: (book, at) => decide(book.claims.get(uid), book, at).map(withPrepared) })
    const verdict = entries.find((entry) => entry.uid === uid && entry.lines)
    for (const { stock, journal } of followers) if (!verdict?.lines?.some((line) => line.stockUID === stock.uid)) journal.keep(1)
    if (verdict) await followWith(home, verdict, true)
  }

  /** `promised` = every follower has kept a place for it; else it is taken now, even above the bound: nothing can leave a journal before this. */
  async function followWith(home: StockActor, verdict: Entry, promised: boolean): Promise<void> {
    for (const line of verdict.lines ?? []) {
      const actor = findByUid(line.stockUID)
      if (!actor) continue // that stock is gone, and its books with it
      if (!promised) actor.journal.promise(1)
      await unlessGone(actor.ask({ promised: 1, decide: (book) => decideFollow(book.claims.get(verdict.uid ?? ''), book, verdict, home.stock.uid) }))
    }
    onFollowed(home, verdict)
  }

  const follow = (home: StockActor, verdict: Entry) => followWith(home, verdict, false)

  return { claim, settle, follow }
}

/** A stock that goes meanwhile takes its lines along. */
async function unlessGone(work: Promise<unknown>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!(error instanceof StockGone)) throw error
  }
}

const grantable = ({ actor, request }: Line) => actor.closedBecause === undefined && isGrantable(request, actor.book)

const hasUnits = ({ actor, request }: Line) => !actor.book.terms.paused && actor.book.free() >= request.quantity

const isPrepared = ({ actor, request }: Line) => actor.book.claims.get(request.uid)?.follows !== undefined

function preparedLines(followers: readonly StockActor[], uid: string): EntryLine[] {
  return followers.flatMap((actor) => {
    const claim = actor.book.claims.get(uid)
    if (!claim?.follows) return []
    const { stock } = actor
    const { sequence, quantity, unitPrice } = claim
    return [{ stockNamespace: stock.namespace, stock: stock.name, stockUID: stock.uid, sequence, quantity, ...(unitPrice && { unitPrice }) }]
  })
}

function refusalOfSet({ missing }: StockSet, lines: readonly Line[]): Reason | undefined {
  if (missing) return 'StockNotFound'
  for (const line of lines) {
    const reason = isPrepared(line) ? undefined : refusalOf(line.request, line.actor.book)
    if (reason) return reason
  }
  return undefined
}

function shortages({ home, followers }: StockSet) {
  return [home, ...followers].flatMap((line) => (isPrepared(line) ? [] : shortageOf(line.request, line.actor.book)))
}
