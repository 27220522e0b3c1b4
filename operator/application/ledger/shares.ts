import { SparseMap } from '../../domain/sparse-map.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { Question } from './ask-queue.ts'
import type { Journal, Untold } from './journal.ts'
import type { Why } from './undecided.ts'

/*
 * What is decided for one namespace may not be told for hours (somebody's policy), and stays in the journal. So a
 * namespace of which much is untold leaves places to the others, and its new holds leave some to the ends of its own: its
 * units come back to others while it takes no more.
 */

/** Untold entries of one namespace that leave it every place of a journal. */
const MOST_UNTOLD = 32
/** The same where only such places are left as are kept for what takes no units. */
const MOST_UNTOLD_AT_LAST = 8
/** Places for new holds that others find free, however much of one namespace is untold. */
const KEPT_FOR_OTHERS = 32
/** More places that its ends find free, however much it has taken. */
const KEPT_FOR_ENDS = 32
/** Where so many stay untold for so long nothing more can be told at present, whatever else is. */
const LATE_MS = 5_000

/** Whether other namespaces may need places too: of a stock that is not shared its own namespace may have all. '' = what is told nowhere. */
export function hasShare({ stock, terms }: Pick<StockBook, 'stock' | 'terms'>, namespace: string): boolean {
  return namespace !== '' && (namespace !== stock.namespace || terms.allowedNamespaces.length > 0)
}

/** Entries that are untold in a namespace, or will be; 0 where it need leave no places to others. */
export function untoldIn({ journal, book }: Pick<SharesParts, 'journal' | 'book'>, namespace: string): number {
  if (!hasShare(book, namespace)) return 0
  const { all, promised } = journal.untoldOf(namespace, book.stock.namespace)
  return all.length + promised
}

/** Places that are left for a namespace of which so much is untold, beside `staying` entries. */
export function roomOfShare(journal: Pick<Journal, 'room'>, staying: number, untold: number, takes: boolean): number {
  const forTakers = journal.room(staying, true)
  const most = forTakers > 0 ? MOST_UNTOLD : MOST_UNTOLD_AT_LAST
  if (untold < most) return journal.room(staying, takes)
  return forTakers - KEPT_FOR_OTHERS - (takes ? KEPT_FOR_ENDS : 0)
}

export interface SharesParts {
  readonly journal: Journal
  readonly clock: Pick<Clock, 'tick'>
  readonly book: Pick<StockBook, 'stock' | 'terms'>
  /** Whether nothing can be told to the reservations of a namespace at present. */
  readonly cannotTell: (namespace: string) => boolean
}

/** Why a question can't be decided for what is untold in its namespace. */
export type WhyUntold = (question: Pick<Question, 'takesUnits' | 'namespace'>) => Why | undefined

/** Answers with what judges all that is asked at one moment. */
export function shares({ journal, clock, book, cannotTell }: SharesParts): () => WhyUntold {
  /** Since when an entry is the last of those that may stay untold, where more do. */
  const lastOf = new SparseMap<string, { readonly sequence: number | undefined; readonly since: Tick }>()

  /** Whether none of the oldest so many has been told for long: one that can't be keeps nobody else waiting. */
  function stay(namespace: string, sequences: readonly number[]): boolean {
    const sequence = sequences[MOST_UNTOLD_AT_LAST - 1]
    const known = lastOf.get(namespace)
    if (known?.sequence === sequence) return known !== undefined && msBetween(known.since, clock.tick()) >= LATE_MS
    lastOf.set(namespace, { sequence, since: clock.tick() })
    return false
  }

  /** Nothing gets on there: it takes no more, however much room there is. */
  function isMute(namespace: string, { here }: Untold): boolean {
    return here.length >= MOST_UNTOLD && cannotTell(namespace)
  }

  function hasUsedUp(namespace: string, { all, promised }: Untold, takes: boolean): boolean {
    const staying = journal.entries.length
    const needs = takes ? 2 : 1 // a hold may be confirmed at once
    if (!hasShare(book, namespace) || all.length < MOST_UNTOLD_AT_LAST) return false
    if (roomOfShare(journal, staying, all.length + promised, takes) >= needs) return false
    return stay(namespace, all) || cannotTell(namespace)
  }

  function judge(namespace: string, takes: boolean): Why | undefined {
    const untold = journal.untoldOf(namespace, book.stock.namespace)
    if (untold.all.length === 0) lastOf.delete(namespace)
    const isUsedUp = hasUsedUp(namespace, untold, takes)
    if (untold.here.length >= MOST_UNTOLD_AT_LAST && (isUsedUp || (takes && isMute(namespace, untold)))) {
      const message = `${untold.here.length} decisions wait to be told in namespace ${namespace}: their statuses can't be written`
      return { reason: 'Untold', message }
    }
    if (!isUsedUp) return undefined
    const message = `has no room for more of namespace ${namespace} until some of its ${untold.all.length} unfinished entries are told and sent`
    return { reason: 'Busy', message }
  }

  return () => {
    const judged = new Map<string, Why | undefined>()
    return ({ namespace = '', takesUnits = false }) => {
      if (namespace === '' || journal.entries.length < MOST_UNTOLD_AT_LAST) return undefined
      const key = `${namespace} ${takesUnits}`
      if (!judged.has(key)) judged.set(key, judge(namespace, takesUnits))
      return judged.get(key)
    }
  }
}
