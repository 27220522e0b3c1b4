import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Departed } from '../reservation/departed.ts'
import { linesOf, standInLine } from '../reservation/stock-set.ts'
import type { Stocks } from '../reservation/stocks.ts'
import { homeOf, setOf } from '../reservation/stocks-of-reservation.ts'
import { stockKeysOf, type Unclear } from '../reservation/unclear.ts'
import type { ReservationsByStock } from './reservations-by-stock.ts'
import type { World } from './world.ts'

/** What a takeover fills beside the books. */
export interface Memory {
  readonly world: Pick<World, 'enqueue'>
  readonly stocks: Stocks
  readonly actors: ReadonlyMap<string, StockActor>
  readonly departed: Departed
  readonly unclear: Unclear
  /** Reservations that asked to be confirmed while nobody could decide it: their deadline may have passed meanwhile. */
  readonly forgiven: Set<string>
}

/** Puts those who wait in line again, sums up consumers, and notes what is held for objects that are gone. */
export function remember(memory: Memory, reservations: Iterable<Reservation>): void {
  const alive = new Set<string>()
  for (const reservation of reservations) {
    alive.add(reservation.uid)
    for (const stockKey of stockKeysOf(reservation)) memory.unclear.takenOver(stockKey, reservation)
    rememberOne(memory, reservation, () => true)
  }
  for (const actor of memory.actors.values()) noteDeparted(memory, actor, alive)
}

/** Whoever has something of a stock, and whose object is gone, is to be ended. */
function noteDeparted(memory: Memory, actor: StockActor, alive: ReadonlySet<string>): void {
  for (const claim of actor.book.claims.values()) {
    if (alive.has(claim.uid) || !memory.stocks.serves(claim.namespace)) continue // nobody has looked for it there
    const key = keyOf(claim.namespace, claim.name)
    const holders = [...memory.actors.values()].filter(({ book }) => book.claims.has(claim.uid))
    const home = claim.follows ? memory.stocks.findByUid(claim.follows.uid) : actor
    const stockKeys = holders.map(({ stock }) => keyOf(stock.namespace, stock.name))
    const homeKey = home ? keyOf(home.stock.namespace, home.stock.name) : ''
    memory.departed.add(key, { uid: claim.uid, homeKey, stockKeys })
    memory.world.enqueue(key)
  }
}

/** `isFresh`: whether what is known of a stock is to be put together; what others know of it stays as it is. */
function rememberOne(memory: Memory, reservation: Reservation, isFresh: (actor: StockActor) => boolean): void {
  const { uid, spec } = reservation
  for (const { stockNamespace, stock } of spec.items) {
    const book = memory.stocks.find(keyOf(stockNamespace, stock))?.book
    if (book?.claims.has(uid)) book.setConsumer(uid, spec.consumer)
  }
  const home = homeOf(memory.stocks, reservation)
  const claim = home?.book.claims.get(uid)
  if (claim?.phase === 'Reserved' && spec.state === 'Confirmed') memory.forgiven.add(uid)
  if (home && claim?.phase === 'Waiting') standInLines(memory, reservation, home, isFresh)
}

/** A set stands where it was told that it lacks something, as far as there is room; it looks around for itself soon. */
function standInLines(
  memory: Memory,
  reservation: Reservation,
  home: StockActor,
  isFresh: (actor: StockActor) => boolean,
): void {
  const told = reservation.status?.waitlist?.shortages ?? []
  for (const line of linesOf(setOf(memory.stocks, reservation, home))) {
    const { actor, request } = line
    if (!isFresh(actor)) continue
    const { namespace, name } = actor.stock
    const lacked = told.some((shortage) => shortage.stock === name && shortage.stockNamespace === namespace)
    if (!request.set) actor.book.waiting.add(request)
    else if (told.length === 0 || lacked) standInLine(line)
  }
}

/** The same for one stock that was taken over again. */
export function rememberStock(memory: Memory, actor: StockActor, listed: ReservationsByStock): void {
  const stockKey = keyOf(actor.stock.namespace, actor.stock.name)
  for (const reservation of listed.of(actor.known)) {
    if (!stockKeysOf(reservation).includes(stockKey)) continue
    memory.unclear.takenOver(stockKey, reservation)
    rememberOne(memory, reservation, (one) => one === actor)
    memory.world.enqueue(keyOf(reservation.namespace, reservation.name))
  }
  noteDeparted(memory, actor, listed.alive)
}
