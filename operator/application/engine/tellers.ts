import { keyOf, type Reservation, type ReservationStatus } from '../../domain/reservation/reservation.ts'
import type { Claim } from '../../domain/stock/claim.ts'
import type { Entry } from '../../domain/stock/entry.ts'
import { parcelOf } from '../event/lane.ts'
import { type Relay, relay } from '../event/relay.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { NotReady } from '../ledger/stock-status.ts'
import { hitchOf } from '../patience.ts'
import type { Departed } from '../reservation/departed.ts'
import type { JudgedSpecs } from '../reservation/judged-specs.ts'
import { reportFacts } from '../reservation/report-facts.ts'
import { type Reporter, reporter } from '../reservation/reporter.ts'
import type { Stocks } from '../reservation/stocks.ts'
import type { World } from './world.ts'

export function relayOf(
  { spoolAfterMs, maxSpooledBytes, publisher, spools, clock, observer }: World,
  actors: ReadonlyMap<string, StockActor>,
): Relay {
  return relay({
    spoolAfterMs,
    maxSpooledBytes,
    publisher,
    spools,
    clock,
    onDelivered: observer.delivered,
    onProgress: (stockUid) => actors.get(stockUid)?.wake(),
    onTrouble: observer.trouble,
    onLost: observer.lost,
    onRetry: observer.retried,
  })
}

export function reporterOf(
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
    isPresent: async ({ stock }) => (await ledger.read(stock.namespace, stock.name))?.uid === stock.uid,
    serves: ledger.serves,
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
export async function announceEnd(
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

/** The reservation that an entry is about, also when it was just deleted: its texts belong into the event. */
export function findReservation(
  world: World,
  departed: Departed,
  actor: StockActor,
  entry: Entry,
): Reservation | undefined {
  const key = keyOfEntry(actor, entry)
  return seenReservation(world, actor, entry) ?? departed.of(key).find(({ uid }) => uid === entry.uid)?.reservation
}

/** As the watch has shown it last; undefined when it is gone. */
export function seenReservation({ reservations }: World, actor: StockActor, entry: Entry): Reservation | undefined {
  return shown(reservations, keyOfEntry(actor, entry), entry.uid)
}

/** Whether the watch shows the reservation of a claim, in a namespace that could be listed. */
export function isShownStill({ reservations, ledger }: World, { namespace, name, uid }: Claim): boolean {
  return ledger.serves(namespace) && shown(reservations, keyOf(namespace, name), uid) !== undefined
}

function shown(reservations: World['reservations'], key: string, uid: string | undefined): Reservation | undefined {
  const found = reservations.find(key)
  return found?.uid === uid ? found : undefined
}

function keyOfEntry({ stock }: StockActor, { reservationNamespace, reservation = '' }: Entry): string {
  return keyOf(reservationNamespace ?? stock.namespace, reservation)
}

/** Says in a stock's conditions why it has stopped, where its status can't be written as a whole. Tried once: it comes again with the next halt. */
export async function complain({ ledger, observer }: World, { stock }: StockActor, why: NotReady): Promise<void> {
  try {
    const stored = await ledger.read(stock.namespace, stock.name)
    if (stored?.uid === stock.uid) await ledger.complain(stored, why)
  } catch (error) {
    observer.retried('complain of a stock', hitchOf(error).cause)
  }
}
