import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import { later, msBetween, pause, type Tick } from '../clock.ts'
import { jointPatience } from '../joint-patience.ts'
import { StockGone } from '../ledger/ledger-faults.ts'
import type { FoundBooks, StockActor } from '../ledger/stock-actor.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import type { NotReady } from '../ledger/stock-status.ts'
import { hitchOf } from '../patience.ts'
import { sharedReads } from '../shared-reads.ts'
import { foldBooks } from './fold-books.ts'
import { InVain } from './in-vain.ts'
import { judgeJournals } from './judge-journals.ts'
import { laterLeader } from './later-leader.ts'
import { type ReservationsByStock, reservationsByStock } from './reservations-by-stock.ts'
import type { World } from './world.ts'

/** Takes stocks over again, while all others go on: those that were halted, restored or mended. */
export interface Retakes {
  /** Later, ever further apart for a stock that goes on failing. */
  later(actor: StockActor): void
  /** As soon as possible. */
  now(actor: StockActor): void
  /** A watch shows a version that can be read: where that was in the way, as soon as possible. */
  readable(actor: StockActor): void
  /** The stock is gone. */
  forget(actor: StockActor): void
}

export interface Retaken {
  readonly listed: ReservationsByStock
  /** What somebody may have of it can't be read. */
  readonly uncertain: boolean
  /** What it had decided for reservations that are gone by now, which the watch may have yet to show. */
  readonly vanished: readonly Claim[]
}

export interface RetakesParts {
  readonly world: World
  readonly actors: ReadonlyMap<string, StockActor>
  /** That of this process. */
  readonly term: number
  /** Whether it is known to be deleted, and what it has of its stocks is to be given back. */
  readonly isDeparted: (claim: Claim) => boolean
  /** Its books are read, and it is to be opened. */
  readonly onRetaken: (actor: StockActor, retaken: Retaken) => void
}

const FIRST_MS = 10_000
const LAST_MS = 300_000
/** A stock that is halted again within this time after it was taken over again has not been mended by that. */
const SOON_MS = 2 * LAST_MS
/** What made a stock be taken over again at once may not be over by then; it is not done at every look. */
const APART_MS = 2_000
/** Whoever is not read by then comes with a later round. */
const READ_WITHIN_MS = 5_000

class Unreadable extends Error {}

/** Some stocks that are taken over with one list of all reservations. */
interface Round {
  /** The list has begun: whoever is read from now on may have what it misses. */
  closed: boolean
  /** How many have been read and wait for the list. */
  read: number
  readonly listed: Promise<ReservationsByStock>
  /** Each stock goes on in a moment of its own, or a round of thousands would keep everything else waiting. */
  readonly turn: () => Promise<void>
}

export function retakes(parts: RetakesParts): Retakes {
  const { world } = parts
  const { clock, observer } = world
  const due = new Map<StockActor, Tick>()
  const delays = new WeakMap<StockActor, { readonly ms: number; readonly at: Tick }>()
  const triedAt = new WeakMap<StockActor, Tick>()
  const inVain = new InVain<StockActor>()
  /** Those that serve, and are only to be compared once all reservations can be listed. */
  const comparable = new WeakSet<StockActor>()
  const voices = { clock, onRetry: observer.retried, onTrouble: observer.trouble }
  const tries = jointPatience<StockActor>(voices, 'take a stock over again')
  /** Asked once for all who want to know meanwhile: it is a list of everything. */
  const allListed = sharedReads(async () => (await world.reservations.latest()).stale.size === 0, 1)
  let running = false

  function plan(actor: StockActor, delayMs: number): void {
    const at = later(clock.tick(), delayMs)
    const planned = due.get(actor)
    if (planned !== undefined && planned <= at) return
    due.set(actor, at)
    clock.schedule(delayMs, () => void run())
  }

  function planNow(actor: StockActor): void {
    comparable.delete(actor)
    const last = triedAt.get(actor)
    plan(actor, last === undefined ? 0 : Math.max(0, APART_MS - msBetween(last, clock.tick())))
  }

  function planLater(actor: StockActor): void {
    const last = delays.get(actor)
    const again = last !== undefined && msBetween(last.at, clock.tick()) < SOON_MS
    const ms = again ? Math.min(LAST_MS, last.ms * 2) : FIRST_MS
    delays.set(actor, { ms, at: clock.tick() })
    plan(actor, ms)
  }

  async function run(): Promise<void> {
    if (running) return // who has fallen due meanwhile comes right after this round
    running = true
    for (let round = takeDue(); round.length > 0; round = takeDue()) await takeRound(round)
    running = false
  }

  function takeDue(): StockActor[] {
    const round = [...due].flatMap(([actor, at]) => (at <= clock.tick() ? [actor] : []))
    for (const actor of round) {
      due.delete(actor)
      triedAt.set(actor, clock.tick())
    }
    const { wait = [], go = [] } = Object.groupBy(
      round.filter(({ stopped }) => !stopped),
      (actor) => (comparable.has(actor) && actor.mode !== 'halted' ? 'wait' : 'go'),
    )
    if (wait.length > 0) void compare(wait)
    return go
  }

  /** A list that fails, or takes long, must not keep a stock that serves: it is asked beside, and then once more for the books. */
  async function compare(actors: readonly StockActor[]): Promise<void> {
    const canBe = await allListed('reservations').catch(() => false)
    for (const actor of actors) {
      if (canBe) planNow(actor)
      else planLater(actor)
    }
  }

  /** All stocks of a round are read first, then the reservations: so no hold is missed, and one list serves all. */
  async function takeRound(actors: readonly StockActor[]): Promise<void> {
    const listed = Promise.withResolvers<ReservationsByStock>()
    listed.promise.catch(() => undefined) // each of the round hears of it
    let turns = Promise.resolve()
    const turn = () => {
      turns = turns.then(() => pause(clock, 0))
      return turns
    }
    const round: Round = { closed: false, read: 0, listed: listed.promise, turn }
    const reads = actors.map((actor) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      void retake(actor, round, resolve)
        .catch((error: unknown) => failed(actor, error))
        .finally(resolve)
      return promise
    })
    await Promise.race([Promise.all(reads), pause(clock, READ_WITHIN_MS)])
    round.closed = true
    if (round.read > 0) await world.reservations.latest().then(reservationsByStock).then(listed.resolve, listed.reject)
  }

  async function retake(actor: StockActor, round: Round, onRead: () => void): Promise<void> {
    let uncertain = false
    let vanished: readonly Claim[] = []
    await actor.retake(async () => {
      if (round.closed) throw new Error('its last write took too long')
      const stock = await readStock(actor)
      if (round.closed) throw new Error('it could not be read in time')
      round.read += 1
      onRead()
      const listed = await round.listed
      await round.turn()
      const books = booksOf(actor, stock, listed)
      uncertain = books.uncertain || listed.stale.size > 0 || !world.ledger.serves()
      vanished = vanishedFrom(actor, books, listed)
      return books
    })
    tries.over(actor)
    const listed = await round.listed
    parts.onRetaken(actor, { listed, uncertain, vanished })
    const waitsForAll = listed.stale.size > 0 || (uncertain && actor.known.acceptBooks)
    if (!waitsForAll || !world.ledger.serves()) return
    comparable.add(actor) // what it has beyond what was seen may be nobody's
    planLater(actor)
  }

  async function readStock({ stock: { namespace, name, uid } }: StockActor): Promise<StoredStock> {
    const stored = await world.ledger.read(namespace, name)
    if (stored?.uid !== uid) throw new StockGone(keyOf(namespace, name))
    const later = laterLeader(stored, parts.term)
    if (later) throw later
    if (stored.unreadable !== undefined) throw new Unreadable(`can't be read: ${stored.unreadable}`)
    return stored
  }

  /** What this process knows of its entries still holds. */
  function booksOf(actor: StockActor, stock: StoredStock, listed: ReservationsByStock): FoundBooks {
    const others = [...parts.actors.values()]
      .filter((other) => other !== actor)
      .map(({ known, journal }) => ({ stock: known, journal: journal.entries }))
    const remembers = actor.known.status !== undefined // else it was never read
    const reservations = listed.of(stock).filter(({ namespace }) => !(remembers && listed.stale.has(namespace)))
    const all = [stock, ...others.map((other) => other.stock)]
    const [found] = foldBooks([stock], reservations, all, remembered(actor, listed))
    if (!found) throw new StockGone(keyOf(stock.namespace, stock.name))
    const before = new Map(actor.journal.entries.map((unfinished) => [unfinished.entry.sequence, unfinished]))
    const journal = found.journal.map((unfinished) => before.get(unfinished.entry.sequence) ?? unfinished)
    const books = { ...found, journal }
    judgeJournals([books], [books, ...others], new Map(), world.ledger.serves)
    return books
  }

  /** What is to be given back for reservations that are deleted, and what those have that can't be listed now. */
  function remembered({ book }: StockActor, { stale, alive }: ReservationsByStock): Claim[] {
    const isLeft = (claim: Claim) => !alive.has(claim.uid) && parts.isDeparted(claim)
    return [...book.claims.values()].filter((claim) => stale.has(claim.namespace) || isLeft(claim))
  }

  function failed(actor: StockActor, error: unknown): void {
    if (error instanceof StockGone) actor.stop(error)
    if (actor.stopped) return
    tries.failed(actor, keyOf(actor.stock.namespace, actor.stock.name), error)
    if (error instanceof Unreadable || actor.known.status === undefined) actor.seal(unread(error))
    if (error instanceof Unreadable && inVain.failed(actor, triedAt.get(actor) ?? clock.tick())) planNow(actor)
    else planLater(actor)
  }

  return {
    later: planLater,
    now: planNow,
    readable(actor) {
      if (inVain.shown(actor, clock.tick())) planNow(actor)
    },
    forget(actor) {
      due.delete(actor)
      tries.over(actor)
    },
  }
}

/** Of a stock that was never read nobody is told that it is being counted. */
function unread(error: unknown): NotReady {
  const { reason } = hitchOf(error)
  const message = error instanceof Unreadable ? reason : `its books can't be read: ${reason}`
  return { reason: 'InternalError', message }
}

/** What neither a journal nor a status tells any more: its reservation was there, and is not. */
function vanishedFrom({ book }: StockActor, { claims }: FoundBooks, { alive }: ReservationsByStock): Claim[] {
  const kept = new Set([...claims].map(({ uid }) => uid))
  return [...book.claims.values()].filter(({ uid, follows }) => !follows && !kept.has(uid) && !alive.has(uid))
}
