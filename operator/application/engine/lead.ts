import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import { unseenUnits } from '../../domain/stock/unseen-units.ts'
import { pause } from '../clock.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import { inLanes } from '../in-lanes.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { type Engine, engine } from './engine.ts'
import { foldBooks } from './fold-books.ts'
import { judgeJournals } from './judge-journals.ts'
import { laterLeader } from './later-leader.ts'
import { isLost, openStock } from './open-stock.ts'
import { remember } from './remember.ts'
import type { World } from './world.ts'

export interface Snapshot {
  /** Listed first; those of a namespace at one revision. */
  readonly stocks: readonly StoredStock[]
  /** Listed after the stocks; the cache starts from the same. */
  readonly reservations: readonly Reservation[]
  /** Listed after the stocks. */
  readonly spools: readonly SpoolRef[]
  /** How often the lease has changed hands. */
  readonly transitions: number
}

/** Stocks that are opened at once. One that takes long makes room for the next, and goes on. */
const OPENED_AT_ONCE = 64
const LONG_MS = 2_000

/**
 * Takes every stock over, in the order in which nothing can be lost or counted twice: all books are folded from one
 * moment; then each stock by itself is written, counted, followed up and opened, and only then serves its line. So one
 * that can't be opened keeps nobody else from being served.
 */
export function lead(world: World, snapshot: Snapshot): Engine {
  const { reservations, spools } = snapshot
  const stocks = snapshot.stocks.filter(hasItsBooks)
  const term = 1 + Math.max(snapshot.transitions, ...snapshot.stocks.map(({ status }) => status?.ledger.term ?? 0))
  const lead = engine(world, term)
  const found = foldBooks(stocks, reservations)
  judgeJournals(found, found, lastSpooled(spools), world.ledger.serves)
  const actors = found.map(lead.adopt)
  adoptSpools(lead, spools)
  remember(lead, reservations)
  for (const actor of actors) lead.finish.begin(actor, actor.journal.entries)
  void inLanes(found, OPENED_AT_ONCE, ({ stock, uncertain }) => {
    const actor = lead.stocks.findByUid(stock.uid)
    const opened = actor ? openStock(world, actor, uncertain || !world.ledger.serves()) : Promise.resolve()
    return Promise.race([opened, pause(world.clock, LONG_MS)])
  })
  for (const { namespace, name } of reservations) world.enqueue(keyOf(namespace, name))
  return lead
}

/** Of others a database decides, and their status only mirrors it. */
function hasItsBooks({ database }: StoredStock): boolean {
  return database === undefined
}

function adoptSpools({ actors, relay }: Engine, spools: readonly SpoolRef[]): void {
  const byStock = Map.groupBy(spools, ({ stockUid }) => stockUid)
  for (const [uid, refs] of byStock) {
    const stock = actors.get(uid)?.stock // undefined: its stock is gone, its events go out all the same
    relay.adopt(uid, stock ? keyOf(stock.namespace, stock.name) : uid, refs)
  }
}

function lastSpooled(spools: readonly SpoolRef[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const { stockUid, lastSequence } of spools) last.set(stockUid, Math.max(lastSequence, last.get(stockUid) ?? 0))
  return last
}

/**
 * A watch showed a stock. One that this process doesn't lead yet is led from now on; where it may have had books before,
 * these are read first, with whatever reservations hold of it.
 */
export function stockSeen(lead: Engine, stock: StoredStock): void {
  const later = laterLeader(stock, lead.term)
  if (later) {
    lead.world.fatal(later)
    return
  }
  if (!hasItsBooks(stock)) return
  const known = lead.stocks.findByUid(stock.uid)
  if (known) changed(lead, known, stock)
  else come(lead, stock)
}

function come(lead: Engine, stock: StoredStock): void {
  for (const found of foldBooks([withoutBooks(stock)], [])) {
    const actor = lead.adopt(found)
    if (isNew(stock)) void openStock(lead.world, actor, false)
    else {
      actor.seal(undefined) // whatever was written before its books are read would be written over them
      lead.retakes.now(actor)
    }
  }
  for (const { namespace, name } of lead.world.reservations.naming(stock.namespace, stock.name))
    lead.world.enqueue(keyOf(namespace, name))
}

function withoutBooks({ status: _, ...stock }: StoredStock): StoredStock {
  return stock
}

/** Nobody can have anything of it. */
function isNew({ status, unreadable, openedAs, formerUids }: StoredStock): boolean {
  return !status && unreadable === undefined && openedAs === undefined && formerUids.length === 0
}

function changed(lead: Engine, actor: StockActor, seen: StoredStock): void {
  const { retakes } = lead
  const accepted = isAccepted(actor, seen)
  const isNews = accepted && !actor.known.acceptBooks
  if (seen.unreadable === undefined) retakes.readable(actor)
  if (accepted && !isNews) retakes.later(actor) // what it waits for is looked at by and by, not with each version
  if (isNews || isMended(actor, seen)) retakes.now(actor)
  else actor.witness(seen)
}

function isAccepted({ known, closedBecause }: StockActor, seen: StoredStock): boolean {
  return seen.acceptBooks && isLost(known) && closedBecause?.reason === 'StatusLost'
}

function isMended({ known, closedBecause }: StockActor, seen: StoredStock): boolean {
  const isReadable = known.unreadable !== undefined && seen.unreadable === undefined
  const mayClose = closedBecause?.reason === 'BooksDoNotClose' && seen.generation > known.generation
  return isReadable || mayClose
}

/** A namespace that could not be listed before: its reservations, and then all spools, listed after its stocks. */
export interface NamespaceFound extends Pick<Snapshot, 'reservations' | 'spools'> {
  readonly namespace: string
}

/**
 * Another namespace is taken up. Whoever led its stocks meanwhile may have spooled events of them. Whatever its
 * reservations name, has something for it in its books, nobody was seen to have, or has lost its status, is taken over
 * again with them, before anything is decided for them.
 */
export function namespaceSeen(lead: Engine, { namespace, reservations, spools }: NamespaceFound): void {
  adoptSpools(lead, spools)
  for (const reservation of reservations) lead.unclear.missed(reservation)
  for (const actor of lead.actors.values()) {
    const isIn = [...actor.book.claims.values()].some((claim) => claim.namespace === namespace)
    if (isIn || unseenUnits(actor.book) > 0 || isLost(actor.known)) lead.retakes.now(actor)
  }
  lead.finish.homesSeen(lead.actors.values())
}
