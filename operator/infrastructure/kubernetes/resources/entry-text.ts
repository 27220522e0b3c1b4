import type { Money } from '../../../domain/money.ts'
import { reasonNames } from '../../../domain/reservation/reasons.ts'
import {
  type Entry,
  type EntryLine,
  type NoteKind,
  type Shortage,
  type Verb,
  verbs,
} from '../../../domain/stock/entry.ts'
import { levels } from '../../../domain/stock/level.ts'

/*
 * A journal entry as a line of words, which names, uids and reasons of Kubernetes have no need to be quoted in:
 *
 *   378 Reserve 2026-11-22T10:00:00.000Z 101 20 379 500 Normal reservation=order uid=3f0e… units=2 until=2026-…
 *
 * The API server checks and copies each field of an object by itself: a journal of objects costs it several times as
 * much as one of lines (docs/decisions/0022-the-journal-is-kept-in-lines.md).
 */

/** The line of an entry: number, verb, time; reserved, confirmed, available, quantity, level after it; the rest by name. */
export function entryText(entry: Entry): string {
  const { sequence, verb, at, reserved, confirmed, available, stockQuantity, level } = entry
  let text = `${sequence} ${verb} ${at} ${reserved} ${confirmed} ${available} ${stockQuantity} ${level}`
  for (const [name, { write }] of writers) {
    const value = write(entry)
    if (value !== undefined) text += ` ${name}=${value}`
  }
  return text
}

/** The entry of a line. Throws for what `entryText` does not write: passing over a part of it could lose a decision. */
export function entryOf(text: string): Entry {
  try {
    const [sequence, verb = '', at = '', reserved, confirmed, available, stockQuantity, level = '', ...rest] =
      text.split(' ')
    const head = {
      ...{ sequence: countOf(sequence), verb: oneOf(verbs, verb), at: timeOf(at) },
      ...{ reserved: countOf(reserved), confirmed: countOf(confirmed), available: countOf(available) },
      ...{ stockQuantity: countOf(stockQuantity), level: oneOf(levels, level) },
    }
    return whole(Object.assign(head, ...rest.map(partOf)))
  } catch (cause) {
    throw new Error(
      `${quoted(text, 200)} is no journal entry that this version of the operator reads (${(cause as Error).message}); ` +
        'run the version that wrote it, or restore the status of the stock from a backup',
    )
  }
}

const aboutReservations: ReadonlySet<Verb> = new Set([
  ...(['Reserve', 'Confirm', 'Release', 'Return', 'Expire', 'Extend', 'Refuse', 'Wait'] as const),
])
const withReason: ReadonlySet<Verb> = new Set(['Release', 'Return', 'Expire', 'Refuse', 'Wait'])

/** What is decided of a reservation says of which (its name may be forgotten) and of how much. */
function whole(entry: Entry): Entry {
  const { verb, reservation, uid, quantity, reason, note } = entry
  if (aboutReservations.has(verb) && !(uid && reservation !== undefined && quantity !== undefined))
    throw new Error(`${verb} without reservation, uid or units`)
  if (withReason.has(verb) && !reason) throw new Error(`${verb} without a reason`)
  if ((verb === 'Note') !== (note !== undefined)) throw new Error(`${verb} ${note ? 'with' : 'without'} a note`)
  return entry
}

interface Part {
  /** Undefined = the entry has none. */
  write(entry: Entry): string | undefined
  read(value: string): Partial<Entry>
}

const parts: Readonly<Record<string, Part>> = {
  reservation: word('reservation'),
  namespace: word('reservationNamespace'),
  uid: word('uid'),
  units: { write: ({ quantity }) => quantity?.toString(), read: (value) => ({ quantity: countOf(value) }) },
  reason: { write: ({ reason }) => reason, read: (value) => ({ reason: oneOf(reasonNames, value) }) },
  note: { write: ({ note }) => note, read: (value) => ({ note: oneOf(notes, value) }) },
  why: {
    write: ({ changeReason }) => changeReason && wordsText(changeReason),
    read: (value) => ({ changeReason: filled(decodeURIComponent(value)) }),
  },
  until: { write: ({ deadline }) => deadline, read: (value) => ({ deadline: timeOf(value) }) },
  since: { write: ({ since }) => since, read: (value) => ({ since: timeOf(value) }) },
  price: {
    write: ({ unitPrice }) => unitPrice && priceText(unitPrice),
    read: (value) => ({ unitPrice: priceOf(value) }),
  },
  short: {
    write: ({ shortages }) => shortages?.map(shortageText).join(','),
    read: (value) => ({ shortages: listOf(value).map(shortageOf) }),
  },
  lines: {
    write: ({ lines }) => lines?.map(lineText).join(','),
    read: (value) => ({ lines: listOf(value).map(lineOf) }),
  },
  follows: {
    write: ({ follows }) => follows && `${follows.uid}/${follows.sequence}`,
    read: (value) => {
      const [uid = '', sequence] = value.split('/') // no uid: of a home that is gone
      return { follows: { uid, sequence: countOf(sequence) } }
    },
  },
}
const writers = Object.entries(parts)

/** A record, so that the compiler misses a new one here. */
const kindsOfNote: Readonly<Record<NoteKind, true>> = {
  ...{ created: true, deleted: true, paused: true, resumed: true, priced: true, level_changed: true },
}
const notes = Object.keys(kindsOfNote) as readonly NoteKind[]

function word(field: 'reservation' | 'reservationNamespace' | 'uid'): Part {
  return { write: (entry) => entry[field], read: (value) => ({ [field]: value }) }
}

function partOf(text: string): Partial<Entry> {
  const end = text.indexOf('=')
  const name = text.slice(0, end)
  const part = end > 0 && Object.hasOwn(parts, name) ? parts[name] : undefined
  if (!part) throw new Error(`${quoted(text)} is unknown`)
  return part.read(text.slice(end + 1))
}

function shortageText({ stockNamespace, stock, missing }: Shortage): string {
  return `${stockNamespace}/${stock}/${missing}`
}

function shortageOf(text: string): Shortage {
  const [stockNamespace, stock, missing] = text.split('/')
  return { stockNamespace: filled(stockNamespace), stock: filled(stock), missing: countOf(missing) }
}

function lineText({ stockNamespace, stock, stockUID, sequence, quantity, unitPrice }: EntryLine): string {
  const text = `${stockNamespace}/${stock}/${stockUID}/${sequence}/${quantity}`
  return unitPrice ? `${text}/${priceText(unitPrice)}` : text
}

function lineOf(text: string): EntryLine {
  const [stockNamespace, stock, stockUID, sequence, quantity, price] = text.split('/')
  const line = {
    ...{ stockNamespace: filled(stockNamespace), stock: filled(stock), stockUID: filled(stockUID) },
    ...{ sequence: countOf(sequence), quantity: countOf(quantity) },
  }
  return price === undefined ? line : { ...line, unitPrice: priceOf(price) }
}

/** A sentence as one word of a line, still to be read by people. */
function wordsText(words: string): string {
  return words.replace(/[% \p{Cc}]/gu, encodeURIComponent)
}

const CURRENCY_LETTERS = 3

function priceText({ amount, currency }: Money): string {
  return amount + currency
}

function priceOf(text: string): Money {
  if (!/^[0-9]{1,15}(\.[0-9]{1,6})?[A-Z]{3}$/.test(text)) throw new Error(`${quoted(text)} is no price`)
  return { amount: text.slice(0, -CURRENCY_LETTERS), currency: text.slice(-CURRENCY_LETTERS) }
}

function listOf(text: string): string[] {
  return text === '' ? [] : text.split(',')
}

function countOf(text: string | undefined): number {
  const count = Number(text)
  if (!text || !Number.isSafeInteger(count) || count < 0) throw new Error(`${quoted(text)} is no count`)
  return count
}

/** Later ones could not be written any more once a hold's time is added: the year has four digits. */
const LATEST_MS = Date.UTC(9000)

function timeOf(text: string): string {
  if (!(Date.parse(text) < LATEST_MS)) throw new Error(`${quoted(text)} is no time before the year 9000`)
  return text
}

function filled(text: string | undefined): string {
  if (!text) throw new Error('a name, a uid or a text is missing')
  return text
}

function oneOf<T extends string>(known: readonly T[], text: string): T {
  const found = known.find((candidate) => candidate === text)
  if (found === undefined) throw new Error(`${quoted(text)} is none of ${known.join(', ')}`)
  return found
}

function quoted(text = '', most = 40): string {
  return `"${text.length > most ? `${text.slice(0, most)}…` : text}"`
}
