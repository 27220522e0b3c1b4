import { keyOf, type Reservation, type ReservationStatus } from '../domain/reservation/reservation.ts'
import type { Entry } from '../domain/stock/entry.ts'
import { type StockBook, stockBook } from '../domain/stock/stock-book.ts'
import type { Clock } from './clock.ts'
import type { ClockSkew } from './clock-skew.ts'
import type { EventSpools } from './event/event-spools.ts'
import { parcelOf } from './event/lane.ts'
import type { OutgoingEvent } from './event/outgoing-event.ts'
import type { EventPublisher } from './event/publisher.ts'
import { type Relay, relay } from './event/relay.ts'
import { type Finish, finish } from './ledger/finish.ts'
import { journal } from './ledger/journal.ts'
import { ledgerWriter, StockGone } from './ledger/ledger-writer.ts'
import { places } from './ledger/places.ts'
import { type StockActor, stockActor } from './ledger/stock-actor.ts'
import type { StockLedger, StoredStock, WriteResult } from './ledger/stock-ledger.ts'
import { type Found, foldBooks } from './ledger/takeover.ts'
import { type Departed, departed } from './reservation/departed.ts'
import { type JudgedSpecs, judgedSpecs } from './reservation/judged-specs.ts'
import { reportFacts } from './reservation/report-facts.ts'
import { type Reporter, reporter } from './reservation/reporter.ts'
import type { Reservations } from './reservation/reservations.ts'
import { type SeveralStocks, severalStocks } from './reservation/several-stocks.ts'
import type { Stocks } from './reservation/stocks.ts'
import { type Unexplained, unexplained } from './reservation/unexplained.ts'

/** What watches the engine: metrics, logs, Kubernetes Events. All of it must be quick and never throw. */
export interface EngineObserver {
  committed(book: StockBook, entries: readonly Entry[], seconds: number): void
  wrote(outcome: WriteResult['kind']): void
  told(reservation: Reservation, entry: Entry | undefined): void
  reportRefused(reservation: Reservation, reason: string): void
  /** `tookMs`: of those events that every topic has now, the time since their entries. */
  delivered(topic: string, messages: number, tookMs: readonly number[]): void
  trouble(message: string, fields: Record<string, unknown>): void
  /** Something has failed and is tried again; both are words from short lists. */
  retried(operation: string, cause: string): void
  stockGone(book: StockBook): void
}

/** The outside world as the engine sees it. */
export interface World {
  readonly clock: Clock
  readonly skew: ClockSkew
  readonly ledger: StockLedger
  readonly reservations: Reservations
  readonly spools: EventSpools
  readonly publisher: EventPublisher
  readonly observer: EngineObserver
  readonly eventFor: (
    book: StockBook,
    term: number,
    entry: Entry,
    reservation: Reservation | undefined,
  ) => OutgoingEvent
  readonly rejectionEvent: (reservation: Reservation, status: ReservationStatus) => OutgoingEvent
  /** How long Kafka may be away before events are spooled. */
  readonly spoolAfterMs: number
  /** Random for each start of the process. */
  readonly writer: string
  /** Has a reservation looked at again. */
  readonly enqueue: (key: string) => void
  /** This process must not go on: somebody else leads, or its memory is wrong. */
  readonly fatal: (error: unknown) => void
}

/** All that one term of leadership keeps in memory. */
export interface Engine {
  readonly world: World
  readonly term: number
  readonly stocks: Stocks
  readonly sets: SeveralStocks
  readonly finish: Finish
  readonly relay: Relay
  readonly reporter: Reporter
  readonly departed: Departed
  readonly unexplained: Unexplained
  readonly judged: JudgedSpecs
  readonly forgiven: Set<string>
  readonly actors: ReadonlyMap<string, StockActor>
  /** Begins to lead a stock with the books as found. */
  adopt(found: Found): StockActor
}

export function engine(world: World, term: number): Engine {
  const byKey = new Map<string, StockActor>()
  const byUid = new Map<string, StockActor>()
  const shared = places()
  const stocks: Stocks = {
    find: (key) => byKey.get(key),
    findByUid: (uid) => byUid.get(uid),
    exists: async (namespace, name) => (await world.ledger.read(namespace, name)) !== undefined,
  }
  const sent = relayOf(world, byUid)
  const judged = judgedSpecs()
  const told = reporterOf(world, stocks, judged)
  const over = unexplained({
    ...world,
    reporter: told,
    judged,
    onEnded: (reservation, status) => announceEnd(world, sent, reservation, status),
  })
  const ends = finish({
    reporter: told,
    relay: sent,
    places: shared,
    stocks,
    unexplained: over,
    eventFor: (actor, entry) => world.eventFor(actor.book, term, entry, reservationOf(world, actor, entry)),
  })
  const sets = severalStocks({ places: shared, findByUid: stocks.findByUid, onFollowed: ends.followed })

  function adopt({ stock, balances, claims, journal: found }: Found): StockActor {
    const book = stockBook(stock, stock.terms)
    book.open(balances, claims)
    const entries = journal()
    entries.resume(found)
    const actor: StockActor = stockActor({
      book,
      journal: entries,
      writer: ledgerWriter({ ...world, observe: world.observer.wrote }, stock),
      clock: world.clock,
      skew: world.skew,
      head: { writer: world.writer, term },
      onCommitted(added, seconds) {
        ends.begin(actor, added)
        world.observer.committed(
          book,
          added.map(({ entry }) => entry),
          seconds,
        )
      },
      onDropped: (left) => ends.dropped(actor, left),
      onSetTurn: (uids) => {
        for (const uid of uids) world.enqueue(keyOfClaimant(actor, uid))
      },
      onStopped: (error) => leave(actor, error),
      onHalted: (error) => world.observer.trouble('a stock is halted', { stock: actor.stock.name, error }),
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
    ends.homeGone(uid, byUid.values())
    shared.retry() // nobody waits for a place in a journal that is gone
    world.observer.stockGone(actor.book)
    for (const claim of actor.book.claims.values()) world.enqueue(keyOf(claim.namespace, claim.name))
  }

  return {
    world,
    term,
    stocks,
    sets,
    finish: ends,
    relay: sent,
    reporter: told,
    departed: departed(),
    unexplained: over,
    judged,
    forgiven: new Set(),
    actors: byUid,
    adopt,
  }
}

function relayOf(
  { spoolAfterMs, publisher, spools, clock, observer }: World,
  actors: ReadonlyMap<string, StockActor>,
): Relay {
  return relay({
    spoolAfterMs,
    publisher,
    spools,
    clock,
    onDelivered: observer.delivered,
    onProgress: (stockUid) => actors.get(stockUid)?.wake(),
    onTrouble: observer.trouble,
  })
}

function reporterOf(
  { reservations, clock, observer, ledger, enqueue }: World,
  stocks: Stocks,
  judged: JudgedSpecs,
): Reporter {
  return reporter({
    reservations,
    clock,
    onRetry: observer.retried,
    onTrouble: observer.trouble,
    factsFor: (home, entry, reservation) => reportFacts({ stocks, judged }, home, entry, reservation),
    async isPresent({ stock }) {
      const present = await ledger.read(stock.namespace, stock.name)
      return present?.uid === stock.uid
    },
    onReported: observer.told,
    onRefused(reservation, reason) {
      observer.reportRefused(reservation, reason)
      enqueue(keyOf(reservation.namespace, reservation.name)) // no watch event will come of it, and its deadline still stands
    },
  })
}

/**
 * A refusal that no stock has in its journal has a lane of its own: while Kafka is away it is spooled like any other
 * event, under the reservation's uid; only a crash between the status and that loses it.
 */
async function announceEnd(
  { observer, enqueue, rejectionEvent }: World,
  sent: Relay,
  reservation: Reservation,
  status: ReservationStatus,
): Promise<void> {
  observer.told({ ...reservation, status }, undefined)
  enqueue(keyOf(reservation.namespace, reservation.name))
  if (status.phase === 'Rejected')
    sent.send(reservation.uid, reservation.namespace, [parcelOf(rejectionEvent(reservation, status), () => undefined)])
}

function reservationOf({ reservations }: World, actor: StockActor, entry: Entry): Reservation | undefined {
  if (entry.uid === undefined) return undefined
  const found = reservations.find(keyOf(entry.reservationNamespace ?? actor.stock.namespace, entry.reservation ?? ''))
  return found?.uid === entry.uid ? found : undefined
}

function keyOfClaimant(actor: StockActor, uid: string): string {
  const request = actor.requestOf(uid)
  return keyOf(request?.namespace ?? '', request?.name ?? '')
}

/** The books of a stock that nobody has led before, or whose leader this process has missed. */
export function foundAnew(stock: StoredStock, reservations: Iterable<Reservation>): Found {
  return foldBooks([stock], reservations)[0] as Found
}
