import { keyOf } from '../../domain/reservation/reservation.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { StockBook } from '../../domain/stock/stock-book.ts'
import { rememberedTimes } from '../../domain/times.ts'
import type { Relay } from '../event/relay.ts'
import { Journal } from '../ledger/journal.ts'
import { StockGone } from '../ledger/ledger-faults.ts'
import { LedgerWriter } from '../ledger/ledger-writer.ts'
import { SingleWriter } from '../ledger/single-writer.ts'
import type { FoundBooks, StockActor } from '../ledger/stock-actor.ts'
import { type Departed, departed } from '../reservation/departed.ts'
import { type Followers, followers } from '../reservation/followers.ts'
import { type JudgedSpecs, judgedSpecs } from '../reservation/judged-specs.ts'
import type { UndecidedSince } from '../reservation/park.ts'
import type { Reporter } from '../reservation/reporter.ts'
import { type SeveralStocks, severalStocks } from '../reservation/several-stocks.ts'
import type { Stocks } from '../reservation/stocks.ts'
import { type Unclear, unclear } from '../reservation/unclear.ts'
import { type Unexplained, unexplained } from '../reservation/unexplained.ts'
import { sharedReads } from '../shared-reads.ts'
import { type Finish, finish, isUntold } from './finish.ts'
import { openStock } from './open-stock.ts'
import { rememberStock } from './remember.ts'
import { type Retakes, retakes } from './retakes.ts'
import {
  announceEnd,
  complain,
  findReservation,
  isShownStill,
  relayOf,
  reporterOf,
  seenReservation,
} from './tellers.ts'
import type { World } from './world.ts'

/** Many may ask for a stock that nobody leads: for each of them the store is asked once. */
const READS_AT_ONCE = 16

/** All that one term of leadership keeps in memory. */
export interface Engine {
  readonly world: World
  readonly term: number
  readonly skew: World['skew']
  readonly stocks: Stocks
  readonly sets: SeveralStocks
  readonly finish: Finish
  readonly relay: Relay
  readonly reporter: Reporter
  readonly departed: Departed
  readonly unexplained: Unexplained
  readonly unclear: Unclear
  readonly judged: JudgedSpecs
  readonly retakes: Retakes
  readonly forgiven: Set<string>
  /** Reservations whose present wish could not be decided so far, by uid. */
  readonly undecided: Map<string, UndecidedSince>
  readonly enqueue: World['enqueue']
  readonly actors: ReadonlyMap<string, StockActor>
  /** Begins to lead a stock with the books as found. It serves nobody until it is opened. */
  adopt(found: FoundBooks): StockActor
}

export function engine(world: World, term: number): Engine {
  const { observer } = world
  const byKey = new Map<string, StockActor>()
  const byUid = new Map<string, StockActor>()
  const gone = departed()
  const times = rememberedTimes()
  const voices = { clock: world.clock, onRetry: observer.retried, onTrouble: observer.trouble }
  const exists = sharedReads(async (key) => {
    const [namespace = '', name = ''] = key.split('/')
    return (await world.ledger.read(namespace, name)) !== undefined
  }, READS_AT_ONCE)
  const stocks: Stocks = {
    find: (key) => byKey.get(key),
    findByUid: (uid) => byUid.get(uid),
    serves: world.ledger.serves,
    exists: (namespace, name) => exists(keyOf(namespace, name)),
  }
  const reservationOf = (actor: StockActor, entry: Entry) => findReservation(world, gone, actor, entry)
  const sent = relayOf(world, byUid)
  const judged = judgedSpecs()
  const told = reporterOf(world, stocks, judged)
  const over = unexplained({
    ...{ ...world, stocks, reporter: told, judged },
    onEnded: (reservation, status) => announceEnd(world, sent, reservation, status),
    onRefused: observer.reportRefused,
  })
  const following: Followers = followers({
    ...voices,
    stocks,
    isKnown: ({ stock }, { uid = '', reservationNamespace = stock.namespace }) =>
      stocks.serves(reservationNamespace) && !lead.unclear.has(uid),
    onFollowed: (home, verdict) => ends.followed(home, verdict),
    onHeldUp(home, verdict, why) {
      const reservation = seenReservation(world, home, verdict)
      if (isUntold(reservation, home.stock.uid, verdict)) over.explain(reservation, 'StockBusy', why)
    },
  })
  const ends = finish({
    reporter: told,
    relay: sent,
    followers: following,
    stocks,
    unexplained: over,
    seen: (actor, entry) => seenReservation(world, actor, entry),
    onTrouble: observer.trouble,
    eventFor: (actor, entry) => world.eventFor(actor.book, term, entry, reservationOf(actor, entry)),
  })
  const again = retakes({
    world,
    term,
    actors: byUid,
    isDeparted: ({ namespace, name, uid }) => gone.of(keyOf(namespace, name)).some((one) => one.uid === uid),
    onRetaken(actor, { listed, uncertain, vanished }) {
      for (const claim of vanished) if (isShownStill(world, claim)) over.ended(claim.uid, actor.stock.uid)
      rememberStock(lead, actor, listed)
      ends.begin(actor, actor.journal.entries)
      ends.retaken(actor, byUid.values())
      void openStock(world, actor, uncertain)
    },
  })

  function adopt({ stock, balances, claims, journal: found }: FoundBooks): StockActor {
    const book = new StockBook(stock, stock.terms, times)
    book.open(balances, claims)
    const entries = new Journal(() => writer.known.guarded && writer.known.terms.terminating)
    entries.resume(found)
    const writer = new LedgerWriter(
      {
        ...{ ...voices, ledger: world.ledger, writer: world.writer, observe: observer.wrote },
        onFailing: () => actor.review(),
        isOver: () => actor.stopped,
      },
      stock,
    )
    const actor: StockActor = new SingleWriter({
      ...{ book, writer, journal: entries, clock: world.clock, skew: world.skew },
      author: { servedBy: world.install, writer: world.writer, term },
      onCommitted(added, seconds) {
        ends.begin(actor, added)
        const committed = added.map(({ entry }) => entry)
        observer.committed(book, committed, seconds)
      },
      onDropped: (left) => ends.dropped(actor, left),
      onSetTurn: (uids) => {
        for (const uid of uids) {
          const request = book.waiting.get(uid)
          if (request) world.enqueue(keyOf(request.namespace, request.name))
        }
      },
      onStopped: (error) => leave(actor, error),
      onHalted(error) {
        observer.halted(actor.stock, error)
        again.later(actor)
      },
      onSealed: (why) => void complain(world, actor, why),
      cannotTell: told.isFailing,
      spooled: () => sent.spooled(stock.uid),
    })
    byKey.set(keyOf(stock.namespace, stock.name), actor)
    byUid.set(stock.uid, actor)
    return actor
  }

  function leave(actor: StockActor, error: unknown): void {
    if (!(error instanceof StockGone)) {
      world.fatal(error)
      return
    }
    const { namespace, name, uid } = actor.stock
    const key = keyOf(namespace, name)
    if (byKey.get(key) === actor) byKey.delete(key)
    byUid.delete(uid)
    again.forget(actor)
    ends.homeGone(uid, byUid.values())
    observer.stockGone(actor.book)
    for (const claim of actor.book.claims.values()) world.enqueue(keyOf(claim.namespace, claim.name))
    for (const one of world.reservations.naming(namespace, name)) world.enqueue(keyOf(one.namespace, one.name))
  }

  const lead: Engine = {
    ...{ world, term, skew: world.skew, stocks, adopt, finish: ends, relay: sent, reporter: told },
    ...{ departed: gone, unexplained: over },
    unclear: unclear((key) => {
      const actor = byKey.get(key)
      if (actor) again.now(actor)
      return actor !== undefined
    }),
    ...{
      sets: severalStocks(following, stocks.serves),
      retakes: again,
      forgiven: new Set<string>(),
      actors: byUid,
      judged,
    },
    undecided: new Map<string, UndecidedSince>(),
    enqueue: world.enqueue,
  }
  return lead
}
