import type { TellFacts } from '../../../domain/reservation/message.ts'
import type { Reservation, ReservationStatus } from '../../../domain/reservation/reservation.ts'
import { statusAfter } from '../../../domain/reservation/tell.ts'
import { partsOf } from '../../../domain/reservation/undecided-message.ts'
import type { Entry, EntryLine } from '../../../domain/stock/entry.ts'
import type { Standing } from '../order.ts'
import type { FinishedLine } from '../row-books.ts'

/** What the rows alone don't know. */
export interface StandingFacts extends Pick<TellFacts, 'cut' | 'refused'> {
  /** Milliseconds. */
  readonly now: number
}

/** Whether a status says of this generation of its reservation how it stands. */
export function tellsOf({ status, generation }: Reservation, standing: Standing): boolean {
  if (!status || status.phase !== standing.phase || (status.observedGeneration ?? 0) < generation) return false
  if (partsOf(status.message).undecided !== undefined) return false
  const { sequence, expiresAt } = status
  if (standing.phase === 'Rejected') return true
  return (
    sequence === standing.lines[0]?.sequence && (expiresAt === undefined || expiresAt === textOf(standing.deadline))
  )
}

/** The status of a reservation that stands so in rows, in the words of every other: as if its entries had been told. */
export function statusOfStanding(
  reservation: Reservation,
  standing: Standing,
  facts: StandingFacts,
): ReservationStatus {
  const { now, ...beside } = facts
  const [home] = standing.lines
  const [first] = reservation.spec.items
  const told: TellFacts = {
    ...beside,
    reservation,
    home: {
      namespace: home?.stockNamespace ?? first?.stockNamespace ?? '',
      name: home?.stockName ?? first?.stock ?? '',
      uid: home?.stock ?? '',
    },
    judged: reservation.generation,
    consumed: standing.phase === 'Confirmed' && standing.finishedAt !== undefined,
    followed: new Map(standing.lines.map(({ stock, sequence }) => [stock, sequence])),
  }
  const entries = entriesOf(reservation, standing, now)
  const status = entries.reduce<ReservationStatus | undefined>(
    (before, entry) => statusAfter(before, entry, told),
    reservation.status,
  )
  return home ? (status as ReservationStatus) : withoutItems(status as ReservationStatus)
}

/** Of one that was refused long ago nobody knows more than that. */
function withoutItems({ items: _, sequence: __, ...status }: ReservationStatus): ReservationStatus {
  return status
}

/** The entries that have brought it there: the hold is told of too, where it was not. */
function entriesOf(reservation: Reservation, standing: Standing, now: number): Entry[] {
  const { status } = reservation
  const { phase, since } = standing
  const held = since !== undefined && status?.reservedAt === undefined && phase !== 'Rejected'
  const reserve = held ? [entryOf(reservation, standing, 'Reserve', since)] : []
  if (phase !== 'Reserved')
    return [...reserve, entryOf(reservation, standing, verbOf(reservation, phase), endOf(standing, now))]
  return held ? reserve : [entryOf(reservation, standing, 'Extend', now)]
}

function verbOf({ status }: Reservation, phase: Exclude<Standing['phase'], 'Reserved'>): Entry['verb'] {
  switch (phase) {
    case 'Confirmed':
      return 'Confirm'
    case 'Released':
      return status?.phase === 'Confirmed' ? 'Return' : 'Release'
    case 'Expired':
      return 'Expire'
    case 'Rejected':
      return 'Refuse'
  }
}

/** What is lent is not finished, and its row does not say since when it is. */
function endOf({ finishedAt }: Standing, now: number): number {
  return finishedAt ?? now
}

/** Balances are nothing that a reservation is told of. */
function entryOf(reservation: Reservation, standing: Standing, verb: Entry['verb'], at: number): Entry {
  const { uid, lines, deadline, reason, shortages } = standing
  const [home, ...others] = lines
  const [shortage] = shortages ?? []
  const wanted = reservation.spec.items[0]?.quantity ?? 0
  return {
    sequence: home?.sequence ?? 0,
    verb,
    at: textOf(at),
    reservation: reservation.name,
    uid,
    quantity: home?.quantity ?? wanted,
    ...(reason && verb !== 'Reserve' && { reason }),
    ...(deadline !== undefined && { deadline: textOf(deadline) }),
    ...{ reserved: 0, confirmed: 0, level: 'Normal', stockQuantity: 0 },
    available: shortage ? Math.max(0, wanted - shortage.missing) : 0,
    ...(home?.unitPrice && { unitPrice: home.unitPrice }),
    ...(shortages && { shortages }),
    ...(others.length > 0 && { lines: others.map(lineOf) }),
  }
}

function lineOf({ stock: stockUID, stockName: stock, ...line }: FinishedLine): EntryLine {
  return { ...line, stock, stockUID }
}

function textOf(ms: number | undefined): string {
  return new Date(ms ?? 0).toISOString()
}
