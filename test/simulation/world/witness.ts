import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { isFinished, keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import type { Change } from './api-server.ts'
import { check } from './check.ts'
import { judgeStatus } from './judged-statuses.ts'
import { judgeTaking } from './judged-takings.ts'
import { type RecordedBook, recordedBooks, unitsOut } from './recorded-books.ts'
import { setWatch } from './set-watch.ts'
import type { WorldKind } from './world-kinds.ts'

/** A clock may be five seconds ahead, and dates of answers are cut to whole seconds. */
const MOST_AHEAD_MS = 6_000

export interface WitnessParts {
  readonly now: () => number
  readonly kind: Pick<WorldKind, 'has' | 'unlisted'>
  /** Whether somebody has edited this past the operator: then nobody answers for what it says. */
  readonly isEdited: (uid: string) => boolean
  readonly isReadable: (stock: StoredStock) => boolean
  /** Whether nothing could be told to this reservation for a while. */
  readonly wasUntellable: (reservation: Reservation) => boolean
}

/** Sees every version that is stored, and judges it the moment it is. */
export function witness({ now, kind, isEdited, isReadable, wasUntellable }: WitnessParts) {
  const books = recordedBooks()
  const sets = setWatch()
  const alive = new Set<string>()
  const stocks = new Map<string, StoredStock>()
  const reservations = new Map<string, Reservation>()
  const takings = {
    ...{ kind, books },
    reservation: (uid: string) => reservations.get(uid),
    isAlive: (uid: string) => alive.has(uid),
    wasUntellable,
    stock: (uidOrKey: string) => stocks.get(uidOrKey),
  }

  function seeStock(stock: StoredStock): void {
    const before = stocks.get(stock.uid)
    stocks.set(stock.uid, stock)
    stocks.set(keyOf(stock.namespace, stock.name), stock)
    const { status, openedAs } = stock
    if (!before && openedAs !== undefined) {
      books.restore(stock, living())
      if (status) sets.restored(stock.uid, openedAs)
    }
    if (!status || status === before?.status || !isReadable(stock)) return
    const outBefore = unitsOut(books.of(stock))
    judgeGuard(stock, before)
    if (kind.has('limitsOfSets') && kind.unlisted === undefined) judgeLine(stock, before)
    books.see(stock, (entry, book) => {
      judgeEntry(stock, entry, book)
      judgeTaking(takings, stock, entry, book)
      sets.see(stock, entry)
      if (entry.verb === 'Recount')
        books.recounted(
          book,
          (uid) => mayHold(stock, uid),
          ({ phase }) => phase !== 'Confirmed' || stock.terms.reclaimPolicy === 'Return',
        )
    })
    judgeSum(stock, books.of(stock), outBefore)
  }

  /**
   * One that was told nothing, or that it is over, or that is gone, holds nothing, unless the stock's journal says that it
   * does: a follower's line of a sale stays there until the sale is followed, though its reservation is gone by then.
   */
  function mayHold({ status }: StoredStock, uid: string): boolean {
    const { phase = 'Pending' } = reservations.get(uid)?.status ?? {}
    const isAlive = alive.has(uid)
    if (isAlive && isFinished(phase)) return false
    return (isAlive && phase !== 'Pending') || (status?.ledger.pending.some((entry) => entry.uid === uid) ?? false)
  }

  function* living(): Generator<Reservation> {
    for (const uid of alive) yield reservations.get(uid) as Reservation
  }

  function judgeGuard({ name, status, terms }: StoredStock, before: StoredStock | undefined): void {
    const out = (status?.reserved ?? 0) + (status?.confirmed ?? 0)
    const outBefore = before?.status ? before.status.reserved + before.status.confirmed : 0
    check(
      !before || out + terms.safetyStock <= terms.quantity || out <= outBefore,
      () => `${name}: oversold: ${out} out of ${terms.quantity}`,
    )
  }

  /** A line may be longer than it should when it was put together again, but then it does not grow. */
  function judgeLine({ name, status, terms }: StoredStock, before: StoredStock | undefined): void {
    const { waiting = 0, ledger } = status ?? {}
    const { waiting: waitingBefore = 0, ledger: ledgerBefore } = before?.status ?? {}
    const grew = ledger?.writer === ledgerBefore?.writer && waiting > waitingBefore
    check(
      !grew || waiting <= terms.waitlist.maxLength,
      () => `${name}: ${waiting} wait in its line, against its waitlist.maxLength of ${terms.waitlist.maxLength}`,
    )
  }

  /** What reservations hold, whatever the counters say. */
  function judgeSum({ name, terms }: StoredStock, book: RecordedBook, outBefore: number): void {
    const out = unitsOut(book)
    check(
      out + terms.safetyStock <= terms.quantity || out <= outBefore,
      () => `${name}: oversold: reservations hold ${out} of ${terms.quantity}`,
    )
  }

  /** What an entry must be when it is stored. */
  function judgeEntry({ name, terms }: StoredStock, entry: Entry, { entries, holdings, restored }: RecordedBook): void {
    const { verb, uid, at, reason, sequence, confirmed } = entry
    const said = () => `${name}: ${verb} ${sequence}`
    check(Date.parse(at) <= now() + MOST_AHEAD_MS, () => `${said()} is dated ${Date.parse(at) - now()} ms ahead`)
    if (entry.note === 'deleted')
      check(!entries.some(({ note }) => note === 'deleted'), () => `${said()} tells the end of its stock again`)
    const rightReason = verb === 'Adjust' ? `to ${entry.stockQuantity}` : undefined
    check([undefined, rightReason].includes(entry.changeReason), () => `${said()} was not made ${entry.changeReason}`)
    if (reason === 'Deleted') check(!alive.has(uid ?? ''), () => `${said()}: ${uid} is ended as deleted, and is not`)
    if (verb === 'Expire' && !entry.follows && !restored) {
      const deadline = holdings.get(uid ?? '')?.deadline // of one that was deleted before a recount nobody knows it
      check(deadline === undefined || Date.parse(at) >= deadline, () => `${said()} at ${at}, before its deadline`)
    }
    if (verb === 'Recount' && terms.reclaimPolicy === 'Consume') {
      const sold = entries.at(-1)?.confirmed ?? 0
      check(confirmed >= sold, () => `${said()}: ${sold} sold units became ${confirmed}`)
    }
  }

  function seeReservation(reservation: Reservation): void {
    const before = reservations.get(reservation.uid)
    reservations.set(reservation.uid, reservation)
    alive.add(reservation.uid)
    if (isFinished(reservation.status?.phase)) books.nothingOwed(reservation.uid)
    if (reservation.status !== before?.status && !isEdited(reservation.uid))
      judgeStatus({ books, isGone: sets.isGone }, reservation, before?.status)
  }

  return {
    ...{ books, takings },
    see(change: Change): void {
      if (change.kind === 'stock') {
        if (change.type === 'deleted') sets.stockGone(change.stock.uid)
        else seeStock(change.stock)
      } else if (change.type === 'deleted') {
        alive.delete(change.reservation.uid)
        books.nothingOwed(change.reservation.uid)
      } else seeReservation(change.reservation)
    },
  }
}
