import { keyOf, type Reservation } from '../../domain/reservation/reservation.ts'
import type { Engine } from '../engine.ts'
import { engine, foundAnew, type World } from '../engine.ts'
import type { SpoolRef } from '../event/event-spools.ts'
import { homeOf, setOf } from '../reservation/stocks-of-reservation.ts'
import { StartOver, StockGone } from './ledger-writer.ts'
import { decideRecount } from './recount.ts'
import type { StockActor } from './stock-actor.ts'
import type { StoredStock } from './stock-ledger.ts'
import { foldBooks, judgeJournals } from './takeover.ts'

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

/** Takes every stock over, in the order in which nothing can be lost or counted twice. Nothing else may run before it is done. */
export async function lead(world: World, snapshot: Snapshot): Promise<Engine> {
  const { stocks, reservations, spools } = snapshot
  const term = 1 + Math.max(snapshot.transitions, ...stocks.map(({ status }) => status?.ledger.term ?? 0))
  const lead = engine(world, term)
  const found = foldBooks(stocks, reservations)
  judgeJournals(found, lastSpooled(spools))
  const actors = found.map(lead.adopt)
  for (const actor of actors) {
    const { uid, namespace, name } = actor.stock
    lead.relay.adopt(
      uid,
      keyOf(namespace, name),
      spools.filter((ref) => ref.stockUid === uid),
    )
  }
  const orphaned = new Set(spools.map((ref) => ref.stockUid).filter((uid) => !lead.actors.has(uid)))
  for (const uid of orphaned)
    lead.relay.adopt(
      uid,
      uid,
      spools.filter((ref) => ref.stockUid === uid),
    )
  remember(lead, reservations)
  for (const actor of actors) lead.finish.begin(actor, actor.journal.entries)
  await allThatStay(actors.map(openStock))
  await allThatStay(actors.flatMap((actor) => followUnfollowed(lead, actor)))
  await allThatStay(actors.map(closeBooks))
  for (const { namespace, name } of reservations) world.enqueue(keyOf(namespace, name))
  return lead
}

/** Begins to lead a stock that has come since. */
export async function leadStock(lead: Engine, stock: StoredStock): Promise<void> {
  const { term = 0, writer } = stock.status?.ledger ?? {}
  if (term > lead.term) {
    const what = `${stock.namespace}/${stock.name} was written by ${writer}, who leads after us`
    return lead.world.fatal(new StartOver(what))
  }
  const known = lead.stocks.findByUid(stock.uid)
  if (known && stock.acceptBooks && !known.known.acceptBooks && known.closedBecause?.reason === 'StatusLost') {
    return lead.world.fatal(new StartOver(`${stock.namespace}/${stock.name}: an administrator has accepted its books`))
  }
  if (known) return known.witness(stock)
  const found = foundAnew(stock, lead.world.reservations.all())
  judgeJournals([found], new Map())
  const actor = lead.adopt(found)
  lead.finish.begin(actor, actor.journal.entries)
  await allThatStay([openStock(actor)])
  for (const { namespace, name, spec } of lead.world.reservations.all()) {
    if (spec.items.some((item) => item.stock === stock.name && item.stockNamespace === stock.namespace))
      lead.world.enqueue(keyOf(namespace, name))
  }
}

/** Waits for all; a stock that goes meanwhile takes its own work with it. */
async function allThatStay(work: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof StockGone)) throw outcome.reason
  }
}

function lastSpooled(spools: readonly SpoolRef[]): Map<string, number> {
  const last = new Map<string, number>()
  for (const { stockUid, lastSequence } of spools) last.set(stockUid, Math.max(lastSequence, last.get(stockUid) ?? 0))
  return last
}

/** Puts those who wait in line again, sums up consumers, and notes what is held for objects that are gone. */
function remember(lead: Engine, reservations: readonly Reservation[]): void {
  const alive = new Map(reservations.map((reservation) => [reservation.uid, reservation]))
  for (const reservation of reservations) rememberOne(lead, reservation)
  for (const actor of lead.actors.values()) {
    for (const claim of actor.book.claims.values()) {
      if (alive.has(claim.uid)) continue
      const key = keyOf(claim.namespace, claim.name)
      const holders = [...lead.actors.values()].filter(({ book }) => book.claims.has(claim.uid))
      const home = claim.follows ? lead.stocks.findByUid(claim.follows.uid) : actor
      const stockKeys = holders.map(({ stock }) => keyOf(stock.namespace, stock.name))
      lead.departed.add(key, {
        uid: claim.uid,
        homeKey: home ? keyOf(home.stock.namespace, home.stock.name) : '',
        stockKeys,
      })
      lead.world.enqueue(key)
    }
  }
}

function rememberOne(lead: Engine, reservation: Reservation): void {
  const { uid, spec } = reservation
  for (const { stockNamespace, stock } of spec.items) {
    lead.stocks.find(keyOf(stockNamespace, stock))?.book.setConsumer(uid, spec.consumer)
  }
  const home = homeOf(lead.stocks, reservation)
  const claim = home?.book.claims.get(uid)
  if (claim?.phase === 'Reserved' && spec.state === 'Confirmed') lead.forgiven.add(uid)
  if (!home || claim?.phase !== 'Waiting') return
  const set = setOf(lead.stocks, reservation, home)
  for (const { actor, request } of [set.home, ...set.followers]) actor.enqueue(request)
}

/** Marks a stock as ours before its first hold, and writes it once: from then on no earlier leader's write can land. */
async function openStock(actor: StockActor): Promise<void> {
  const { known } = actor
  if (isLost(known) && !known.acceptBooks) {
    return actor.block({
      reason: 'StatusLost',
      message: 'this stock had books, and they are not in its status: see the runbook status-lost',
    })
  }
  if (!known.terms.terminating && (known.openedAs !== known.uid || !known.guarded)) await actor.mark('open')
  await actor.written()
}

/**
 * A stock that was opened under another uid: restored from a backup. Its own uid without books is only a leader that
 * died between opening it and its first write, for the API server lets nobody take a status away.
 */
function isLost({ openedAs, uid }: StoredStock): boolean {
  return openedAs !== undefined && openedAs !== uid
}

function followUnfollowed(lead: Engine, actor: StockActor): Promise<void>[] {
  return actor.journal.entries.filter(({ followed }) => !followed).map(({ entry }) => lead.sets.follow(actor, entry))
}

/** Makes counters and holds agree where that is safe; else nothing new is handed out until somebody has looked. */
async function closeBooks(actor: StockActor): Promise<void> {
  if (actor.closedBecause?.reason === 'StatusLost') return
  let open: string | undefined
  await actor.ask({
    decide(book) {
      const recounting = decideRecount(book)
      open = recounting.kind === 'open' ? recounting.message : undefined
      return recounting.kind === 'recount' ? [recounting.draft] : []
    },
  })
  if (open) actor.block({ reason: 'BooksDoNotClose', message: open })
}
