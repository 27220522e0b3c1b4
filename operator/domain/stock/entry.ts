import type { Money } from '../money.ts'
import type { reasons } from '../reservation/reasons.ts'
import type { Level } from './level.ts'

/** What an entry did. Refusals and waits move no unit but are decisions like any other: numbered, then told. */
export const verbs = [
  ...(['Reserve', 'Confirm', 'Release', 'Return', 'Expire', 'Extend', 'Refuse', 'Wait'] as const),
  ...(['Adjust', 'Note', 'Recount'] as const),
] as const
export type Verb = (typeof verbs)[number]

/** What a `Note` says of its stock. */
export type NoteKind = 'created' | 'deleted' | 'paused' | 'resumed' | 'priced' | 'level_changed'

/** Another line of the set that a home entry decides for; `sequence` is that line's entry, 0 when there was none before. */
export interface EntryLine {
  readonly stockNamespace: string
  readonly stock: string
  readonly stockUID: string
  readonly sequence: number
  readonly quantity: number
  readonly unitPrice?: Money
}

/** What one line lacked when its reservation was refused or put on the list. */
export interface Shortage {
  readonly stockNamespace: string
  readonly stock: string
  readonly missing: number
}

/**
 * One decision of a stock, numbered without gaps. It carries every number that its event and its report need, so that
 * a redelivery after a crash, a price change or an upgrade says the same.
 */
export interface Entry {
  readonly sequence: number
  readonly verb: Verb
  readonly at: string
  readonly reservation?: string
  /** Absent: the stock's own namespace. */
  readonly reservationNamespace?: string
  readonly uid?: string
  readonly quantity?: number
  readonly reason?: keyof typeof reasons
  readonly note?: NoteKind
  /** Why an administrator changed the stock, in the words of whoever did; absent where nothing was said. */
  readonly changeReason?: string
  /** Reserve and Extend: the hold ends then. Wait: the wait ends then. */
  readonly deadline?: string
  /** Reserve and Wait: when it begins, where that is before `at`: after a clock that was ahead was put right. */
  readonly since?: string
  /** Balances and level after this entry. */
  readonly reserved: number
  readonly confirmed: number
  readonly available: number
  readonly level: Level
  readonly stockQuantity: number
  readonly unitPrice?: Money
  readonly shortages?: readonly Shortage[]
  /** On the home entry of a set: the other lines that it decides for. */
  readonly lines?: readonly EntryLine[]
  /** On a follower's entry: the home entry that it follows; sequence 0 = prepared, the home has not decided yet. */
  readonly follows?: { readonly uid: string; readonly sequence: number }
}

/** An entry before its stock has numbered and dated it. */
export type EntryDraft = Pick<
  Entry,
  | 'verb'
  | 'reservation'
  | 'reservationNamespace'
  | 'uid'
  | 'quantity'
  | 'reason'
  | 'note'
  | 'changeReason'
  | 'deadline'
  | 'unitPrice'
  | 'shortages'
  | 'lines'
  | 'follows'
> & {
  /** Only a `level_changed` note brings one. */
  readonly level?: Level
  /** How the balances move; absent = they don't. */
  readonly moves?: { readonly reserved?: number; readonly confirmed?: number; readonly quantity?: number }
}

/** Whether the reservation's own status tells of this entry; a follower's line is told by its home. */
export function isTold(entry: Entry): boolean {
  return entry.uid !== undefined && entry.follows === undefined
}

/** Whether a follower has taken its line for a set that its home had yet to decide. */
export function isPreparedLine({ verb, follows }: Entry): boolean {
  return verb === 'Reserve' && follows?.sequence === 0
}

/** When the hold or the wait that this entry grants begins. */
export function sinceOf({ since, at }: Entry): string {
  return since ?? at
}
