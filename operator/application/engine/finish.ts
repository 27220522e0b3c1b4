import { isFinished, type Reservation } from '../../domain/reservation/reservation.ts'
import { phaseAfter } from '../../domain/reservation/tell.ts'
import { type Entry, isPreparedLine, isTold } from '../../domain/stock/entry.ts'
import { type Parcel, parcelOf } from '../event/lane.ts'
import type { OutgoingEvent } from '../event/outgoing-event.ts'
import type { Relay } from '../event/relay.ts'
import type { Unfinished } from '../ledger/journal.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Followers } from '../reservation/followers.ts'
import type { Reporter } from '../reservation/reporter.ts'
import type { Stocks } from '../reservation/stocks.ts'
import type { Unexplained } from '../reservation/unexplained.ts'

export interface FinishParts {
  readonly reporter: Reporter
  readonly relay: Relay
  readonly followers: Pick<Followers, 'follow'>
  readonly stocks: Stocks
  readonly unexplained: Unexplained
  /** What an entry is about, as the watch has shown it last; undefined when it is gone. */
  readonly seen: (actor: StockActor, entry: Entry) => Reservation | undefined
  readonly eventFor: (actor: StockActor, entry: Entry) => OutgoingEvent
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

/** What happens to entries once they are stored: told to their reservation, sent to Kafka, and then out of the journal. */
export interface Finish {
  /** Entries of `actor` are stored, now or by a leader before this one. What has begun already goes on. */
  begin(actor: StockActor, stored: readonly Unfinished[]): void
  /** The followers of a verdict have done likewise: its reservation may be told. */
  followed(home: StockActor, verdict: Entry): void
  /** Entries have left a journal. */
  dropped(actor: StockActor, left: readonly Unfinished[]): void
  /** A stock was taken over again: what its journal has no more is done, for those who waited for that. */
  retaken(home: StockActor, actors: Iterable<StockActor>): void
  /** A stock is gone: nobody waits for its entries any more. */
  homeGone(stockUid: string, actors: Iterable<StockActor>): void
  /** More stocks and reservations can be seen: homes that can't be are gone by now, or will be seen later. */
  homesSeen(actors: Iterable<StockActor>): void
  /** A reservation, as it was seen last, has nothing left to do: what it was told of its sale may leave its followers. */
  settled(reservation: Reservation): void
  /** Or it is gone. */
  gone(uid: string): void
}

export function finish(parts: FinishParts): Finish {
  const { reporter, relay, stocks, unexplained } = parts
  /** By reservation: in whose journals something stays that a home decided which is gone. */
  const kept = new Map<string, Set<StockActor>>()

  /** Until the watch shows that it is over, its reservation must not be taken for a new one. */
  function remember(actor: StockActor, { entry }: Unfinished): void {
    if (entry.uid === undefined || !isTold(entry) || !isFinished(phaseAfter(entry))) return
    if (parts.seen(actor, entry)) unexplained.ended(entry.uid, actor.stock.uid)
  }

  /** A home's entry has left: the entries that it decided for may leave too. */
  function release(home: StockActor, verdict: Entry): void {
    for (const line of verdict.lines ?? []) {
      const follower = stocks.findByUid(line.stockUID)
      for (const unfinished of follower?.journal.entries ?? []) {
        const { follows, uid, sequence } = unfinished.entry
        if (uid !== verdict.uid || !follows) continue
        const followed = follows.uid === home.stock.uid && follows.sequence === verdict.sequence
        if (followed || sequence === line.sequence) unfinished.homeLeft = true
      }
      follower?.wake()
    }
  }

  /** Nobody decides any more for an entry whose home is gone. What says more than its reservation was told stays until that has ended. */
  function releaseOrphan(actor: StockActor, orphan: Entry): void {
    if (isPreparedLine(orphan)) return
    if (orphan.verb === 'Confirm' && mayBeUntold(actor, orphan)) {
      keptFor(orphan).add(actor)
      return
    }
    letLeave(actor, orphan)
    kept.get(orphan.uid ?? '')?.delete(actor)
  }

  function mayBeUntold(actor: StockActor, orphan: Entry): boolean {
    const canBeSeen = stocks.serves(orphan.reservationNamespace ?? actor.stock.namespace)
    return !canBeSeen || isUntold(parts.seen(actor, orphan), actor.stock.uid, orphan)
  }

  function releaseOrphans(actors: Iterable<StockActor>, isGone: (homeUid: string) => boolean): void {
    for (const actor of actors) {
      for (const { entry, homeLeft } of actor.journal.entries)
        if (entry.follows && !homeLeft && isGone(entry.follows.uid)) releaseOrphan(actor, entry)
      actor.wake()
    }
  }

  /** Surely: where a namespace can't be listed, it may be there. */
  const isHomeGone = (homeUid: string): boolean => stocks.serves() && !stocks.findByUid(homeUid)

  function letLeave({ journal }: StockActor, orphan: Entry): void {
    for (const unfinished of journal.entries) {
      const { uid, follows, sequence } = unfinished.entry
      if (uid === orphan.uid && follows && sequence <= orphan.sequence) unfinished.homeLeft = true
    }
  }

  function keptFor({ uid = '' }: Entry): Set<StockActor> {
    const actors = kept.get(uid) ?? new Set()
    kept.set(uid, actors)
    return actors
  }

  /** Looks again at what is kept for a reservation as it is now; undefined = it is gone. */
  function lookAtKept(uid: string, reservation: Reservation | undefined): void {
    const actors = kept.get(uid)
    if (!actors) return
    for (const actor of actors) {
      const orphans = actor.journal.entries.filter(({ entry }) => entry.uid === uid && entry.verb === 'Confirm')
      if (orphans.some(({ entry }) => isUntold(reservation, actor.stock.uid, entry))) continue
      for (const { entry } of orphans) letLeave(actor, entry)
      actors.delete(actor)
      actor.wake()
    }
    if (actors.size === 0) kept.delete(uid)
  }

  /** An entry of which no event can be made stays in its journal, and keeps no other from being sent. */
  function parcelFor(actor: StockActor, unfinished: Unfinished): Parcel[] {
    const { entry } = unfinished
    const onDelivered = () => {
      unfinished.delivered = true
    }
    try {
      const parcel = parcelOf(parts.eventFor(actor, entry), onDelivered)
      unfinished.sent = true
      return [parcel]
    } catch (error) {
      parts.onTrouble('an entry has no event', { stock: actor.stock.name, sequence: entry.sequence, error })
      return []
    }
  }

  return {
    begin(actor, stored) {
      const unsent = stored.filter(({ sent, delivered }) => !sent && !delivered)
      relay.send(
        actor.stock.uid,
        `${actor.stock.namespace}/${actor.stock.name}`,
        unsent.flatMap((unfinished) => parcelFor(actor, unfinished)),
      )
      for (const unfinished of stored) {
        remember(actor, unfinished)
        const { follows } = unfinished.entry
        if (!unfinished.followed) parts.followers.follow(actor, unfinished.entry)
        if (follows && isHomeGone(follows.uid)) releaseOrphan(actor, unfinished.entry)
      }
      reporter.report(
        actor,
        stored.filter(({ reported, followed }) => !reported && followed),
      )
    },
    followed(home, verdict) {
      const unfinished = home.journal.entries.find(({ entry }) => entry.sequence === verdict.sequence)
      if (!unfinished || unfinished.followed) return
      unfinished.followed = true
      reporter.report(home, [unfinished])
    },
    dropped(actor, left) {
      for (const { entry } of left) if (entry.lines) release(actor, entry)
    },
    retaken(home, actors) {
      const open = new Set(home.journal.entries.map(({ entry }) => entry.sequence))
      for (const actor of actors) {
        let isFollower = false
        for (const unfinished of actor.journal.entries) {
          const { follows } = unfinished.entry
          if (follows?.uid !== home.stock.uid || follows.sequence === 0) continue // a prepared line awaits its verdict
          unfinished.homeLeft ||= !open.has(follows.sequence)
          isFollower = true
        }
        if (isFollower) actor.wake()
      }
    },
    homesSeen: (actors) => releaseOrphans(actors, isHomeGone),
    homeGone: (stockUid, actors) => releaseOrphans(actors, (homeUid) => homeUid === stockUid),
    settled: (reservation) => lookAtKept(reservation.uid, reservation),
    gone: (uid) => lookAtKept(uid, undefined),
  }
}

/** Whether a reservation that is there, and not over, was not told of this entry of the stock with this uid. */
export function isUntold(
  reservation: Reservation | undefined,
  stockUid: string,
  { sequence }: Entry,
): reservation is Reservation {
  if (!reservation || isFinished(reservation.status?.phase)) return false
  const line = reservation.status?.items?.find(({ stockUID }) => stockUID === stockUid)
  return (line?.sequence ?? 0) < sequence
}
