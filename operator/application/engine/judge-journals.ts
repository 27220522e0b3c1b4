import { type Entry, isPreparedLine } from '../../domain/stock/entry.ts'
import type { Unfinished } from '../ledger/journal.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { presentUids } from './fold-books.ts'

/** A stock and its journal, as stored or as led. */
export interface Journalled {
  readonly stock: Pick<StoredStock, 'uid' | 'formerUids' | 'unreadable'>
  readonly journal: readonly Unfinished[]
}

/** Whether the stocks of a namespace, or of all where none is named, are known: then one that isn't found is gone. */
export type Served = (namespace?: string) => boolean

/** A stock whose entries are judged: `told` = by reservation, the latest of them that its status tells of. */
export interface Judged extends Journalled {
  readonly told: ReadonlyMap<string, number>
}

/**
 * Which of the entries found are done, as far as journals and spools themselves tell. `all` has every stock there is:
 * one that can't be read may owe anything, so nothing counts as done that it would have to do or to say; nor what a stock
 * would have to whose namespace nobody could list.
 */
export function judgeJournals(
  found: readonly Judged[],
  all: readonly Journalled[],
  spooledTo: ReadonlyMap<string, number>,
  served: Served,
): void {
  const byUid = new Map(all.map((one) => [one.stock.uid, one]))
  const uidOf = presentUids(all.map(({ stock }) => stock as StoredStock))
  const find = (uid: string) => byUid.get(uidOf.get(uid) ?? uid)
  for (const books of found) {
    const { stock, journal } = books
    for (const unfinished of journal) {
      const { entry } = unfinished
      const { lines = [], follows } = entry
      unfinished.delivered ||= entry.sequence <= (spooledTo.get(stock.uid) ?? 0)
      unfinished.followed ||= lines.every((line) =>
        hasFollowed(find(line.stockUID) ?? served(line.stockNamespace), stock.uid, entry),
      )
      if (follows) {
        const home = find(follows.uid) ?? served()
        unfinished.homeLeft = hasHomeLeft(home, stock.uid, entry) && !isUnsettled(books, entry, home === true)
      }
    }
  }
}

/** A follower that is gone has nothing left to do. One whose line was sold or is out already has no entry to show. */
function hasFollowed(follower: Journalled | boolean, homeUid: string, verdict: Entry): boolean {
  if (typeof follower === 'boolean') return follower
  return (
    follower.stock.unreadable === undefined &&
    follower.journal.some(
      ({ entry }) =>
        entry.uid === verdict.uid && entry.follows?.uid === homeUid && entry.follows.sequence === verdict.sequence,
    )
  )
}

/** The home's journal has the entry no more that this one follows, or that names it. */
function hasHomeLeft(home: Journalled | boolean, stockUid: string, { uid, follows, sequence }: Entry): boolean {
  if (typeof home === 'boolean') return home
  const isVerdict = ({ entry: verdict }: Unfinished): boolean =>
    verdict.uid === uid &&
    (follows?.sequence === verdict.sequence ||
      (verdict.lines?.some((line) => line.stockUID === stockUid && line.sequence === sequence) ?? false))
  return home.stock.unreadable === undefined && !home.journal.some(isVerdict)
}

/** A prepared line, or a sale whose home is gone, that nothing has settled: no later entry of its reservation, no status that tells of it. */
function isUnsettled({ journal, told }: Judged, entry: Entry, isOrphan: boolean): boolean {
  if (!isPreparedLine(entry) && !(isOrphan && entry.verb === 'Confirm')) return false
  const later = journal.some((other) => other.entry.uid === entry.uid && other.entry.sequence > entry.sequence)
  return !later && (told.get(entry.uid ?? '') ?? 0) < entry.sequence
}
