import {
  isFinished,
  type Reservation,
  type ReservationStatus,
} from '../../../operator/domain/reservation/reservation.ts'
import { phaseAfter } from '../../../operator/domain/reservation/tell.ts'
import { check } from './check.ts'
import type { RecordedBook, RecordedBooks } from './recorded-books.ts'

export interface StatusParts {
  readonly books: RecordedBooks
  /** Removed by force, or replaced from a backup: nobody can ask it any more. */
  readonly isGone: (stockUid: string) => boolean
}

/** Judges what a reservation is told: only what is stored, never less than before, and nothing after the end. */
export function judgeStatus(parts: StatusParts, reservation: Reservation, before: ReservationStatus | undefined): void {
  const { status, name } = reservation
  if (!status) return
  if (isFinished(before?.phase))
    check(status.phase === before?.phase, () => `${name}: ${before?.phase} became ${status.phase}`)
  if (homeUidOf(before) === homeUidOf(status))
    check(
      (status.sequence ?? 0) >= (before?.sequence ?? 0),
      () => `${name}: its status went back to ${status.sequence}`,
    )
  if (status.sequence !== before?.sequence) judgeSource(parts, reservation, status)
  judgeHolds(parts, reservation, status)
}

const homeUidOf = (status: ReservationStatus | undefined) => status?.items?.[0]?.stockUID

/** The entry that it names is stored, is about it, and says what it says. */
function judgeSource({ books }: StatusParts, { name, uid }: Reservation, status: ReservationStatus): void {
  const book = books.find(homeUidOf(status) ?? '')
  const entry = book && entryOf(book, status.sequence ?? 0)
  if (!book || !entry) {
    check(
      !book || (status.sequence ?? 0) <= book.begin,
      () => `${name} is told of entry ${status.sequence}, which nobody has stored`,
    )
    return
  }
  check(entry.uid === uid, () => `${name} is told of entry ${status.sequence}, which is of ${entry.uid ?? 'its stock'}`)
  const phase = phaseAfter(entry)
  check(phase === status.phase, () => `${name} is told ${status.phase} by entry ${status.sequence}, a ${entry.verb}`)
}

function entryOf({ entries, begin }: RecordedBook, sequence: number) {
  return entries[sequence - begin - 1]
}

function judgeHolds({ books, isGone }: StatusParts, { name, uid }: Reservation, status: ReservationStatus): void {
  const verb = { Reserved: 'Reserve', Confirmed: 'Confirm' }[status.phase as string]
  if (verb === undefined) return
  for (const item of status.items ?? []) {
    const book = books.find(item.stockUID)
    if (isGone(item.stockUID) || book?.restored) continue
    const known = book?.entries.some((entry) => entry.uid === uid && entry.verb === verb)
    check(known === true, () => `${name} is ${status.phase}, and ${item.stock} knows nothing of it`)
  }
}
