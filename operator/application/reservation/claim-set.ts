import type { Claim } from '../../domain/stock/claim.ts'
import { decidePrepare, grant, refuse, waitOrRefuse } from '../../domain/stock/decide.ts'
import type { Entry, EntryDraft, EntryLine } from '../../domain/stock/entry.ts'
import { mayTake } from '../../domain/stock/may-take.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Taken, takePlaces } from '../ledger/places.ts'
import { Undecided } from '../ledger/undecided.ts'
import { type Followers, verdictOf } from './followers.ts'
import {
  isPrepared,
  isSetGrantable,
  isSurelyPrepared,
  linesOf,
  meetsFullLine,
  preparedLines,
  refusalOfLines,
  refusalOfSet,
  requestToHold,
  type SetLine,
  type StockSet,
  shortagesOf,
  standInLines,
  waits,
} from './stock-set.ts'

type Parts = Pick<Followers, 'followed'>

/** Holds all lines of a set or none, or stands in line with it; goes on with whatever was prepared before. */
export async function claimSet(parts: Parts, set: StockSet): Promise<void> {
  const { actor, request } = set.home
  const held = actor.book.claims.get(request.uid)
  if (held && held.phase !== 'Waiting') return
  if (held && refusalOfSet(set))
    await giveUp(parts, set) // whatever its other stocks can do now
  else await takeInTurn(parts, set, held === undefined)
}

async function takeInTurn(parts: Parts, set: StockSet, isNew: boolean): Promise<void> {
  const { request } = set.home
  const lines = linesOf(set)
  try {
    await finishEarlier(parts, set)
    mustDecide(lines)
    for (const line of lines) line.actor.book.setConsumer(request.uid, request.consumer)
    if (isNew) await letEarlierGoFirst(lines)
    await takeOrGiveUp(parts, set)
  } catch (error) {
    if (error instanceof Undecided && waits(set)) standInLines(set) // it must not block those that could serve it
    throw error
  } finally {
    for (const line of lines) line.actor.book.unsetConsumer(request.uid)
  }
}

/** What was decided before is done first, or a line that it gives up would be counted on. Throws Undecided where it can't be now. */
async function finishEarlier({ followed }: Parts, { home: { actor, request } }: StockSet): Promise<void> {
  const open = actor.journal.entries.filter(({ entry, followed: done }) => entry.uid === request.uid && !done)
  for (const { entry } of open) await followed(actor, entry)
}

/** A stock whose end is written down decides nothing more: its terms refuse the set. */
function mustDecide(lines: readonly SetLine[]): void {
  for (const line of lines) {
    const { actor, request } = line
    if (!isSurelyPrepared(line) && !actor.closed) actor.mustDecide({ takesUnits: true, namespace: request.namespace })
  }
}

/**
 * A set takes its units at once, in all of its stocks. Those who asked one of them before wait there for its turn: where
 * they may take what the set needs, or give back what it lacks, it stands behind them once.
 */
async function letEarlierGoFirst(lines: readonly SetLine[]): Promise<void> {
  const contested = lines.filter((line) => !isSurelyPrepared(line) && line.actor.queue.length > 0 && !hasAmple(line))
  const decide = () => []
  await Promise.all(
    contested.map(({ actor, request: { namespace } }) => actor.ask({ takesUnits: true, namespace, decide })),
  )
}

/** Whether it can be served however those who came before it are. */
function hasAmple({ actor: { book, queue }, request }: SetLine): boolean {
  return mayTake(request, book) && book.free() - queue.units >= request.quantity
}

function takeOrGiveUp(parts: Parts, set: StockSet): Promise<void> {
  return refusalOfSet(set) || !isSetGrantable(set) ? giveUp(parts, set) : take(parts, set)
}

/** Takes the units of every line in memory first, so that nobody else is promised them, then stores them. */
async function take(parts: Parts, set: StockSet): Promise<void> {
  const { home, followers } = set
  const places = placesFor(set)
  const earmarks = earmark(linesOf(set).filter((line) => !isSurelyPrepared(line)))
  try {
    for (const line of followers) {
      if (isSurelyPrepared(line)) continue
      places.use(line.actor)
      await prepare(set, line)
      earmarks.letGo(line)
      if (!isPrepared(line)) break // its stock has shrunk, or a limit is reached meanwhile: the rest is not worth preparing
    }
    places.use(home.actor)
    const verdict = await decideAtHome(set, () => earmarks.letGo(home))
    places.giveBack() // whoever follows it has taken its own
    if (verdict) await parts.followed(home.actor, verdict)
  } finally {
    earmarks.letAllGo()
    places.giveBack()
  }
}

function earmark(lines: readonly SetLine[]) {
  const kept = new Set(lines)
  for (const { actor, request } of kept) actor.book.earmark(request.uid, request.quantity)
  function letGo(line: SetLine): void {
    const { actor, request } = line
    if (!kept.delete(line)) return
    const before = actor.book.free()
    actor.book.earmark(request.uid, 0)
    if (actor.book.free() > before) actor.lookAtLine()
  }
  return {
    letGo,
    letAllGo() {
      for (const line of [...kept]) letGo(line)
    },
  }
}

/** Two places with each follower, to prepare and to give up; one where that has begun, and with the home. */
function placesFor({ home, followers }: StockSet): Taken {
  const begun = followers.some(isPrepared)
  const wants = followers.map((line) => ({ actor: line.actor, places: isSurelyPrepared(line) ? 1 : 2 }))
  const { namespace } = home.request
  return takePlaces([{ actor: home.actor, places: 1 }, ...wants], { takesUnits: !begun, namespace })
}

function prepare(set: StockSet, line: SetLine): Promise<readonly Entry[]> {
  const { uid } = set.home.actor.stock
  return line.actor.ask({
    promised: 1,
    takesUnits: true,
    namespace: set.home.request.namespace,
    decide: (book, at) => decidePrepare(requestToHold(set, line), book, at, uid),
  })
}

/** The verdict: held when every follower is prepared and the home still has its own units, else given up. */
async function decideAtHome(set: StockSet, letGo: () => void): Promise<Entry | undefined> {
  const { actor, request } = set.home
  const lines = linesToName(set)
  const entries = await actor.ask({
    promised: 1,
    takesUnits: true,
    namespace: request.namespace,
    decide(book, at) {
      const before = book.claims.get(request.uid)
      if (isOver(set, before)) return []
      const refusal = refusalOfLines(linesOf(set))
      if (refusal && !before) return [refuse(request, book, refusal, { shortages: [], ...lines })]
      const complete = !refusal && set.followers.every(isPrepared)
      const fits = complete && !book.terms.paused && book.free() >= 0 // its own units are kept for it
      return fits ? grant(requestToHold(set, set.home), book, at, lines.lines ?? []) : [waitTogether(set, book, at)]
    },
  })
  letGo()
  return verdictOf(entries, request.uid)
}

/** The home says Refuse or Wait, judged when its turn comes; only then followers release what was prepared. */
async function giveUp({ followed }: Parts, set: StockSet): Promise<void> {
  const { actor, request } = set.home
  const begun = set.followers.some(isPrepared)
  const inLine = waits(set) && actor.book.isStored(request.uid)
  if (inLine && !begun && !refusalOfSet(set)) return standInLines(set) // it waits on, perhaps for another stock
  const entries = await actor.ask({
    takesUnits: !begun && !inLine,
    namespace: request.namespace,
    decide(book, at) {
      const before = book.claims.get(request.uid)
      if (isOver(set, before)) return []
      const why = { shortages: shortagesOf(set), ...linesToName(set) }
      const refusal = refusalOfSet(set)
      if (refusal) return [refuse(request, book, refusal, why)]
      if (!before || why.lines) return [waitTogether(set, book, at)]
      standInLines(set)
      return []
    },
  })
  const verdict = verdictOf(entries, request.uid)
  if (verdict) await followed(actor, verdict)
}

/** Nothing is to be decided any more, or not with these stocks: one has gone since, and another may have its name. */
function isOver({ followers }: StockSet, claim: Claim | undefined): boolean {
  return (claim !== undefined && claim.phase !== 'Waiting') || followers.some(({ actor }) => actor.stopped)
}

function linesToName({ home, followers }: StockSet): { lines?: readonly EntryLine[] } {
  const lines = preparedLines(
    followers.map(({ actor }) => actor),
    home.request.uid,
  )
  return lines.length > 0 ? { lines } : {}
}

function waitTogether(set: StockSet, book: StockBook, at: number): EntryDraft {
  const paused = linesOf(set).some(({ actor }) => actor.book.terms.paused)
  const why = { shortages: shortagesOf(set), full: meetsFullLine(set), paused, ...linesToName(set) }
  const draft = waitOrRefuse(set.home.request, book, at, why)
  if (draft.verb === 'Wait') standInLines(set)
  return draft
}
