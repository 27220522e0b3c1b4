import { durationText } from '../duration.ts'
import { type Entry, sinceOf } from '../stock/entry.ts'
import { filled } from '../template.ts'
import { reasons, recordOf } from './reasons.ts'
import { refusedBlanks } from './refusal-blanks.ts'
import type { RefusedLine } from './refused-line.ts'
import type { Reason, Reservation, ReservationSpec, ReservationStatus } from './reservation.ts'

/** What an entry alone doesn't know, and its report says. */
export interface TellFacts {
  readonly reservation: Reservation
  readonly home: { readonly namespace: string; readonly name: string; readonly uid: string }
  /** The entry of each other line's stock, by stock uid, that followed this one. */
  readonly followed?: ReadonlyMap<string, number>
  /** No line's units come back by themselves: a confirmed reservation is finished. */
  readonly consumed: boolean
  /** Place in line and the next hold's end, for one that waits. */
  readonly position?: number
  readonly nextExpiry?: number
  /** The latest generation of its spec that was looked at; absent = the one that it has. */
  readonly judged?: number
  /** Why a hold was not extended as far as was asked. */
  readonly cut?: string
  /** What keeps one that waits, beside units and who stands before it: `refused` doesn't allow it at present, or hands out nothing. */
  readonly hindrance?: Hindrance
  readonly refused?: RefusedLine
  /** `namespace/name` of its stocks that do not exist. */
  readonly absent?: readonly string[]
}

export type Hindrance =
  | { readonly passedOver: Reason }
  | { readonly stock: string; readonly notReady: string }
  /** In words why nothing of it can be decided, which the stock's own conditions don't say. */
  | { readonly stock: string; readonly undecided: string }
  /** That is said otherwise. */
  | { readonly toldElsewhere: true }

/** Times that a reservation was told may be so far from those of its stock's books. */
const ROUNDED_MS = 2_000

/** A stock as people of `namespace` call it: its own ones by their bare names. */
export function nameFrom(namespace: string, line: { stockNamespace: string; stock: string }): string {
  return line.stockNamespace === namespace ? line.stock : `${line.stockNamespace}/${line.stock}`
}

const ordinal = (n: number) => {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${suffix}`
}

/** A moment to come, for whoever reads it at `now`: its day too where that is another one. */
function momentText(ms: number, now: string): string {
  const [day = '', time = ''] = new Date(ms).toISOString().split('T')
  return `${now.startsWith(day) ? '' : `${day} `}${time.slice(0, 8)}Z`
}

function linesText({ namespace, spec }: Reservation): string {
  return spec.items.map((item) => `${item.quantity} of ${nameFrom(namespace, item)}`).join(', ')
}

/** Until when its units are held, as it reads at `at`; `cut`: why not for longer. */
export function heldMessage(
  reservation: Reservation,
  deadline: string,
  { at, cut }: { readonly at: string; readonly cut?: string },
): string {
  return filled(reasons.Reserved.text, {
    what: () => linesText(reservation),
    until: () => momentText(Date.parse(deadline), at),
    cut: () => (cut === undefined ? '' : ` (${cut})`),
  })
}

/** What a reservation is told of `entry`, in a sentence with numbers. */
export function messageAfter(entry: Entry, facts: TellFacts, before: ReservationStatus | undefined): string {
  const what = linesText(facts.reservation)
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend':
      return heldMessage(facts.reservation, entry.deadline ?? entry.at, { ...facts, at: entry.at })
    case 'Confirm':
      return filled(reasons.Confirmed.text, { what: () => what, kept: () => (facts.consumed ? 'sold' : 'in use') })
    case 'Release':
    case 'Return':
      return before?.reservedAt || entry.quantity ? `${what} given back` : 'released before it was held'
    case 'Expire':
    case 'Refuse':
    case 'Wait':
      return filled(recordOf(entry.reason as Reason).text, {
        ...blanksOf(entry, facts, what),
        until: () => untilText(facts.reservation.spec, { ...waitOf(entry), ...before?.waitlist }, entry.at),
      })
    case 'Adjust':
    case 'Note':
    case 'Recount':
      return '' // nobody is told of what is about a stock alone
  }
}

interface WaitTimes {
  readonly since: string
  /** Absent: nobody knows any more. */
  readonly until?: string
}

function waitOf(entry: Entry): WaitTimes {
  return { since: sinceOf(entry), ...(entry.deadline && { until: entry.deadline }) }
}

/** Until when it waits, where its `waitFor` was changed after it had come: that does not count any more. Else nothing. */
export function untilText({ waitForMs }: ReservationSpec, { since, until }: WaitTimes, now: string): string {
  if (until === undefined || Math.abs(Date.parse(since) + waitForMs - Date.parse(until)) < ROUNDED_MS) return ''
  return `; waits until ${momentText(Date.parse(until), now)}, as waitFor said when it came`
}

/** What a refusal, a wait or an end may have to say, by the names that reasons.ts gives it. */
function blanksOf(entry: Entry, facts: TellFacts, what: string) {
  const { reservation, refused, absent = [], position, nextExpiry } = facts
  const [first] = reservation.spec.items
  return {
    ...refusedBlanks(reservation, refused, first ? nameFrom(reservation.namespace, first) : ''),
    what: () => what,
    absent: () => absent.join(', ') || 'of that name',
    limit: () => limitText(entry.reason, refused),
    lack: () => lackText(entry, facts),
    ledgers: () => '', // no stock's entry knows of another's books
    available: () => (isOfSeveral(facts) ? missingText(entry, facts) : availableText(entry, facts)),
    waited: () => durationText(Date.parse(entry.at) - reservation.createdAt),
    balances: () =>
      isOfSeveral(facts)
        ? missingText(entry, facts)
        : `${entry.available} of ${entry.stockQuantity} available${promisedText(entry, facts)}`,
    hindrance: () => hindranceText(entry, facts, what),
    place: () => (position ? `, ${ordinal(position)} in line` : ''),
    next: () => (nextExpiry ? `; the next hold runs out at ${momentText(nextExpiry, entry.at)}` : ''),
  }
}

/** Whom the stock's present terms don't allow is passed over, and told which. */
function hindranceText(entry: Entry, facts: TellFacts, what: string): string {
  const { hindrance } = facts
  if (hindrance === undefined) return ''
  if ('toldElsewhere' in hindrance) return ''
  if ('undecided' in hindrance) return `; ${hindrance.stock}: ${hindrance.undecided}`
  if ('notReady' in hindrance) return `; ${hindrance.stock} is not Ready (${hindrance.notReady})`
  const reason = hindrance.passedOver
  return `; passed over: ${filled(recordOf(reason).text, blanksOf({ ...entry, reason }, facts, what))}`
}

function limitText(reason: Entry['reason'], refused: RefusedLine | undefined): string {
  const text = reason && refused && recordOf(reason).limit?.text(refused)
  return text ? `: ${text}` : ''
}

function isOfSeveral({ reservation }: TellFacts): boolean {
  return reservation.spec.items.length > 1
}

function availableText(entry: Entry, facts: TellFacts): string {
  return `${entry.available} available${promisedText(entry, facts)}`
}

/** What is missing, or who is in the way; it goes on from what the reservation needs. */
function lackText(entry: Entry, facts: TellFacts): string {
  const several = isOfSeveral(facts)
  if ((entry.shortages?.length ?? 0) === 0)
    return `${several ? '' : `, ${entry.available} available`}, but others wait in line before it`
  if (several) return `; ${missingText(entry, facts)}`
  return `, ${availableText(entry, facts)}${promisedText(entry, facts) ? '; try again in a moment' : ''}`
}

function missingText(entry: Entry, facts: TellFacts): string {
  const missing = (entry.shortages ?? []).map(
    (line) => `${line.missing} of ${nameFrom(facts.reservation.namespace, line)} missing`,
  )
  return missing.join(', ') || (facts.hindrance ? 'nothing missing' : 'others are ahead')
}

/** Units that its stock shows as available and could not give: sets that are being decided were promised them. */
function promisedText({ available, shortages = [] }: Entry, { reservation: { spec } }: TellFacts): string {
  const [line] = spec.items
  const [shortage] = shortages
  if (!line || !shortage) return ''
  const promised = available - (line.quantity - shortage.missing)
  if (promised <= 0) return ''
  const many = promised === available ? 'all' : `${promised} of them`
  return `, ${many} promised to reservations of several stocks that are being decided`
}
