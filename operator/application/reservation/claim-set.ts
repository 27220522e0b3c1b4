import type { Reason } from '../../domain/reservation/reservation.ts'
import { decidePrepare, grant, refusalOf, refuse, waitOrRefuse } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft, EntryLine } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Places } from '../ledger/places.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import {
  isPrepared,
  isSetGrantable,
  type Line,
  linesOf,
  preparedLines,
  refusalOfSet,
  type StockSet,
  shortagesOf,
} from './stock-set.ts'

export interface ClaimSetParts {
  readonly places: Places
  /** Has the followers of a verdict do likewise; `promised` = each of its lines has a place kept for it. */
  readonly follow: (home: StockActor, verdict: Entry, promised: boolean) => Promise<void>
}

/** Holds all lines of a set or none, or stands in line with it; goes on with whatever was prepared before. */
export async function claimSet(parts: ClaimSetParts, set: StockSet): Promise<void> {
  await Promise.all(linesOf(set).map(opened))
  const held = set.home.actor.book.claims.get(set.home.request.uid)
  if (held && held.phase !== 'Waiting') return
  for (const { actor, request } of linesOf(set)) actor.book.setConsumer(request.uid, request.consumer)
  const refusal = refusalOfSet(set)
  if (refusal || !isSetGrantable(set)) await giveUp(parts, set, refusal)
  else await take(parts, set)
}

/** A stock that has just come looks empty until its first entry is stored. */
async function opened({ actor }: Line): Promise<void> {
  if (actor.book.stored.sequence === 0) await actor.ask({ decide: () => [] })
}

/** Takes the units of every line in memory first, so that nobody else is promised them, then stores them. */
async function take(parts: ClaimSetParts, set: StockSet): Promise<void> {
  const { home, followers } = set
  const earmarks = earmark(linesOf(set).filter((line) => !isPrepared(line)))
  const places = await takePlaces(parts.places, set)
  try {
    for (const line of followers) {
      if (isPrepared(line)) continue
      places.use(line.actor)
      await prepare(home.actor, line)
      earmarks.letGo(line)
      if (!isPrepared(line)) break // its stock has shrunk meanwhile: the rest is not worth preparing
    }
    places.use(home.actor)
    const verdict = await decideAtHome(set, () => earmarks.letGo(home))
    if (!verdict?.lines || verdict.verb === 'Reserve') return
    for (const { actor } of followers.filter(isPrepared)) places.use(actor)
    await parts.follow(home.actor, verdict, true)
  } finally {
    earmarks.letAllGo()
    places.giveBack()
  }
}

function earmark(lines: readonly Line[]) {
  const kept = new Set(lines)
  for (const { actor, request } of kept) actor.book.earmark(request.uid, request.quantity)
  function letGo(line: Line): void {
    if (kept.delete(line)) line.actor.book.earmark(line.request.uid, 0)
  }
  return {
    letGo,
    letAllGo() {
      for (const line of [...kept]) letGo(line)
    },
  }
}

/** Two places with each follower, to prepare and to give up; one where that has begun, and with the home. */
async function takePlaces(places: Places, { home, followers }: StockSet) {
  const owed = new Map<StockActor, number>([[home.actor, 1]])
  for (const line of followers) owed.set(line.actor, isPrepared(line) ? 1 : 2)
  const begun = followers.some(isPrepared)
  const wants = [...owed].map(([actor, count]) => ({ actor, places: count }))
  await places.take(wants, !begun)
  return {
    use: (actor: StockActor) => owed.set(actor, (owed.get(actor) ?? 0) - 1),
    giveBack() {
      for (const [actor, count] of owed) if (count > 0) actor.journal.keep(count)
    },
  }
}

/** Its own earmark is among what isn't free, so what is left must not be below nothing. */
function prepare(home: StockActor, { actor, request }: Line): Promise<readonly Entry[]> {
  const decide = (book: StockBook, at: number) =>
    book.free() < 0 ? [] : decidePrepare(request, book, at, home.stock.uid)
  return actor.ask({ promised: 1, decide })
}

/** The verdict: held when every follower is prepared and the home still has its own units, else given up. */
async function decideAtHome(set: StockSet, letGo: () => void): Promise<Entry | undefined> {
  const { actor, request } = set.home
  const complete = set.followers.every(isPrepared)
  const lines = linesToName(set)
  const entries = await actor.ask({
    promised: 1,
    decide(book, at) {
      const before = book.claims.get(request.uid)
      if (before && before.phase !== 'Waiting') return []
      const refusal = refusalOf(request, book)
      if (refusal) return [refuse(request, book, refusal, { shortages: [], ...lines })]
      const fits = complete && !book.terms.paused && book.free() >= 0
      return fits ? grant(request, book, at, lines.lines ?? []) : [waitTogether(set, book, at)]
    },
  })
  letGo()
  return entries.find((entry) => entry.uid === request.uid)
}

/** The home says Refuse or Wait; only then do followers release what was prepared. */
async function giveUp(parts: ClaimSetParts, set: StockSet, refusal: Reason | undefined): Promise<void> {
  const { actor, request } = set.home
  const why = { shortages: shortagesOf(set), ...linesToName(set) }
  const entries = await actor.ask({
    takesUnits: why.lines === undefined,
    decide(book, at) {
      const before = book.claims.get(request.uid)
      if (before && (before.phase !== 'Waiting' || !(refusal || why.lines))) return []
      return [refusal ? refuse(request, book, refusal, why) : waitTogether(set, book, at)]
    },
  })
  const verdict = entries.find((entry) => entry.uid === request.uid)
  if (verdict?.lines) await parts.follow(actor, verdict, false)
}

function linesToName({ home, followers }: StockSet): { lines?: readonly EntryLine[] } {
  const lines = preparedLines(
    followers.map(({ actor }) => actor),
    home.request.uid,
  )
  return lines.length > 0 ? { lines } : {}
}

/** In every line at once, with the same rank. */
function waitTogether(set: StockSet, book: StockBook, at: number): EntryDraft {
  const why = { shortages: shortagesOf(set), ...linesToName(set) }
  const draft = waitOrRefuse(set.home.request, book, at, why)
  if (draft.verb === 'Wait') for (const { actor, request } of linesOf(set)) actor.enqueue(request)
  return draft
}
