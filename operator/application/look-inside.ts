import { keyOf } from '../domain/reservation/reservation.ts'
import { type Clock, msBetween } from './clock.ts'
import type { LaneView } from './event/lane-view.ts'
import type { Relay } from './event/relay.ts'
import { readyReasons } from './ledger/ready-reasons.ts'
import type { StockActor } from './ledger/stock-actor.ts'
import type { NotReady } from './ledger/stock-status.ts'

/** What a stock does with what it is asked for, worst first. */
export const stockModes = [
  'halted',
  'clockWrong',
  'stopped',
  'counting',
  'noNewHolds',
  'journalFull',
  'terminating',
  'closed',
  'paused',
  'open',
] as const
export type StockMode = (typeof stockModes)[number]

/** Entries that are committed but not finished, and how many of them wait for what; one may wait for several. */
export interface JournalView {
  readonly length: number
  /** Places promised to sets that are under way. */
  readonly promised: number
  readonly unreported: number
  readonly undelivered: number
  readonly unfollowed: number
  readonly homeNotLeft: number
}

/** One stock as its leader has it in memory. */
export interface StockView {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly mode: StockMode
  /** Why it isn't open, as in its condition. */
  readonly reason?: string
  readonly message?: string
  /** Asks that wait for their decision, and for how long the first of them has. */
  readonly queued: number
  readonly oldestAskMs: number
  /** Who was sent away because it can't decide, and waits to be called back. */
  readonly parked: number
  readonly journal: JournalView
  /** Since its last decision, by the wall clock. */
  readonly sinceDecisionMs: number
  readonly claims: number
  readonly waiting: number
}

/** Of an actor, what is shown of it. */
export type Shown = Pick<
  StockActor,
  'book' | 'journal' | 'stock' | 'closedBecause' | 'mode' | 'queue' | 'parked' | 'stopped' | 'closed'
>

interface Actors {
  readonly actors: ReadonlyMap<string, Shown>
}

/** All stocks, those first that somebody should look at. */
export function stocksInside({ actors }: Actors, clock: Pick<Clock, 'now' | 'tick'>): StockView[] {
  return worstFirst([...actors.values()].map((actor) => stockView(actor, clock)))
}

function stockView(actor: Shown, clock: Pick<Clock, 'now' | 'tick'>): StockView {
  const { book, stock, closedBecause, queue } = actor
  return {
    namespace: stock.namespace,
    name: stock.name,
    uid: stock.uid,
    mode: modeOf(actor, closedBecause),
    ...(closedBecause && { reason: closedBecause.reason, message: closedBecause.message }),
    queued: queue.length,
    parked: actor.parked,
    oldestAskMs: queue.oldestAt === undefined ? 0 : msBetween(queue.oldestAt, clock.tick()),
    journal: journalView(actor),
    sinceDecisionMs: clock.now() - book.balances.at,
    claims: book.claims.size,
    waiting: book.waiting.length,
  }
}

function modeOf({ stopped, closed, mode }: Shown, closedBecause: NotReady | undefined): StockMode {
  if (stopped) return 'stopped'
  if (closed) return 'closed'
  if (mode === 'counting') return 'counting'
  return closedBecause ? readyReasons[closedBecause.reason].shows : 'open'
}

function journalView({ journal }: Shown): JournalView {
  const view = { length: journal.entries.length, promised: journal.promised }
  const stays = { unreported: 0, undelivered: 0, unfollowed: 0, homeNotLeft: 0 }
  for (const { reported, delivered, followed, homeLeft } of journal.entries) {
    if (!reported) stays.unreported += 1
    if (!delivered) stays.undelivered += 1
    if (!followed) stays.unfollowed += 1
    if (!homeLeft) stays.homeNotLeft += 1
  }
  return { ...view, ...stays }
}

/** What is compared of a stock, whichever books it has. */
type Compared = Pick<StockView, 'namespace' | 'name' | 'mode' | 'oldestAskMs'> & Partial<Pick<StockView, 'journal'>>

/** Those first that somebody should look at. */
export function worstFirst<T extends Compared>(stocks: readonly T[]): T[] {
  return stocks.toSorted(
    (a, b) =>
      stockModes.indexOf(a.mode) - stockModes.indexOf(b.mode) ||
      b.oldestAskMs - a.oldestAskMs ||
      (b.journal?.length ?? 0) - (a.journal?.length ?? 0) ||
      byKey(a, b),
  )
}

/** The lanes of the stocks with undelivered events, those that are held back first. */
export function lanesInside({ relay }: { readonly relay: Pick<Relay, 'lanes'> }): LaneView[] {
  return [...relay.lanes()].sort(worstLaneFirst)
}

function worstLaneFirst(a: LaneView, b: LaneView): number {
  const held = Number(b.state === 'held') - Number(a.state === 'held')
  return held || b.spooledEvents - a.spooledEvents || b.queued - a.queued || (a.name < b.name ? -1 : 1)
}

function byKey(a: Compared, b: Compared): number {
  return keyOf(a.namespace, a.name) < keyOf(b.namespace, b.name) ? -1 : 1
}
