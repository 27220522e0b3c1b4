import { ERROR, ERROR_MESSAGE, type Journey, journeyFrom, TRUNCATED } from '../../operator/domain/flow/journey.ts'
import { type Place, placeText } from '../../operator/domain/flow/place.ts'

/** One record of a dead-letter topic. */
export interface DeadLetter extends Place {
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly atMs: number
  /** Undefined: nobody of ours has written it, and nobody says where it was first. */
  readonly journey: Journey | undefined
  /** Times that somebody has sent it back before it died again. */
  readonly redriven: number
}

/** What was written beside the letters, so that none is sent back twice: about to be, or done. */
export interface Mark {
  readonly of: string
  readonly kind: 'sending' | 'sent'
}

/** How often the same message has been sent back. */
export const REDRIVEN = 'kbnt_redriven'
/** On what was sent back: the dead letter that it was. */
export const REDRIVEN_FROM = 'kbnt_redriven_from'
export const MARK = 'kbnt_mark'
export const MARK_OF = 'kbnt_mark_of'
const MOST_REDRIVES = 3

export function letterFrom(record: Omit<DeadLetter, 'journey' | 'redriven'>): DeadLetter {
  const redriven = record.headers[REDRIVEN] ?? ''
  const isCount = /^[0-9]{1,9}$/.test(redriven)
  return { ...record, journey: journeyFrom(record.headers), redriven: isCount ? Number(redriven) : 0 }
}

/** Undefined: it is a letter. */
export function markFrom(headers: Readonly<Record<string, string>>): Mark | undefined {
  const { [MARK]: kind, [MARK_OF]: of } = headers
  return of !== undefined && (kind === 'sending' || kind === 'sent') ? { of, kind } : undefined
}

/** Whether `text` is somewhere in what is known of the letter, in small or capital letters; the value is not looked at. */
export function matches(letter: DeadLetter, text: string): boolean {
  const wanted = text.toLowerCase()
  const known = [
    placeText(letter),
    letter.key ?? '',
    ...Object.entries(letter.headers).map(([name, value]) => `${name}=${value}`),
  ]
  return known.some((each) => each.toLowerCase().includes(wanted))
}

export type Redrive =
  | { readonly kind: 'send'; readonly to: Place; readonly redriven: number }
  /** Somebody began to send it back: it may be there. */
  | { readonly kind: 'look'; readonly to: Place; readonly redriven: number }
  | { readonly kind: 'sent already' }
  | { readonly kind: 'refused'; readonly why: string }

/** What to do with a letter that somebody wants to be sent back. */
export function decideRedrive(letter: DeadLetter, marks: readonly Mark[]): Redrive {
  const own = marks.filter(({ of }) => of === placeText(letter))
  if (isSentBack(letter, marks)) return { kind: 'sent already' }
  if (!letter.journey) return { kind: 'refused', why: 'its headers do not say where it was first' }
  if (letter.headers[TRUNCATED] !== undefined) return { kind: 'refused', why: 'it was too large and is cut' }
  if (letter.redriven >= MOST_REDRIVES)
    return { kind: 'refused', why: `it was sent back ${letter.redriven} times already, and died each time` }
  return { kind: own.length > 0 ? 'look' : 'send', to: letter.journey.origin, redriven: letter.redriven + 1 }
}

export function isSentBack(letter: DeadLetter, marks: readonly Mark[]): boolean {
  return marks.some(({ of, kind }) => of === placeText(letter) && kind === 'sent')
}

/** One line of a list. */
export function lineOf(letter: DeadLetter, marks: readonly Mark[]): string {
  const { journey, key, headers, atMs, redriven } = letter
  const state = isSentBack(letter, marks) ? 'sent back' : 'dead'
  const from = journey ? placeText(journey.origin) : 'unknown'
  const again = redriven > 0 ? `, sent back ${redriven === 1 ? 'once' : `${redriven} times`} before` : ''
  const why = `${headers[ERROR] ?? 'no reason'}: ${headers[ERROR_MESSAGE] ?? ''}`
  return `${placeText(letter)}  ${new Date(atMs).toISOString()}  ${state}  ${key ?? '-'}  from ${from}${again}  ${why}`
}
