import { durationText } from '../duration.ts'
import type { Entry } from '../stock/entry.ts'
import type { Reason, Reservation, ReservationStatus } from './reservation.ts'

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
  /** Why a refusal had no other way out: the limit that was passed. */
  readonly limit?: string
}

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

/** Until when its units are held, as it reads at `at`; `limit`: why not for longer. */
export function heldMessage(
  reservation: Reservation,
  deadline: string,
  { at, limit }: { readonly at: string; readonly limit?: string },
): string {
  const cut = limit === undefined ? '' : ` (${limit})`
  return `${linesText(reservation)} held until ${momentText(Date.parse(deadline), at)}${cut}`
}

/** What a reservation is told of `entry`, in a sentence with numbers. */
export function messageAfter(entry: Entry, facts: TellFacts, before: ReservationStatus | undefined): string {
  const what = linesText(facts.reservation)
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend':
      return heldMessage(facts.reservation, entry.deadline ?? entry.at, { ...facts, at: entry.at })
    case 'Confirm':
      return `${what} ${facts.consumed ? 'sold' : 'in use'}`
    case 'Release':
    case 'Return':
      return before?.reservedAt || entry.quantity ? `${what} given back` : 'released before it was held'
    case 'Expire':
      return `${entry.reason === 'ConfirmedTooLate' ? 'confirmed too late: ' : ''}the hold ran out; ${what} given back`
    case 'Wait':
      return waitMessage(entry, facts, what)
    default:
      return refusalMessage(entry, facts, what)
  }
}

function waitMessage(entry: Entry, facts: TellFacts, what: string): string {
  const place = facts.position ? `, ${ordinal(facts.position)} in line` : ''
  const next = facts.nextExpiry ? `; the next hold runs out at ${momentText(facts.nextExpiry, entry.at)}` : ''
  const balances =
    facts.reservation.spec.items.length === 1
      ? `${entry.available} of ${entry.stockQuantity} available${promisedText(entry, facts)}`
      : missingText(entry, facts)
  return `waiting for ${what}: ${balances}${place}${next}`
}

function missingText(entry: Entry, facts: TellFacts): string {
  const missing = (entry.shortages ?? []).map(
    (line) => `${line.missing} of ${nameFrom(facts.reservation.namespace, line)} missing`,
  )
  return missing.join(', ') || 'others are ahead'
}

function refusalMessage(entry: Entry, facts: TellFacts, what: string): string {
  const several = facts.reservation.spec.items.length > 1
  const promised = several ? '' : promisedText(entry, facts)
  const available = several ? missingText(entry, facts) : `${entry.available} available${promised}`
  const limit = facts.limit ? `: ${facts.limit}` : ''
  switch (entry.reason as Reason) {
    case 'InsufficientStock':
      return (entry.shortages?.length ?? 0) > 0
        ? `needs ${what}${several ? ';' : ','} ${available}${promised ? '; try again in a moment' : ''}`
        : `needs ${what}${several ? '' : `, ${available}`}, but others wait in line before it`
    case 'NeverFits':
      return `needs ${what}, more than the stock can ever hand out${limit}; ask for less`
    case 'WaitTimedOut':
      return `waited ${durationText(Date.parse(entry.at) - facts.reservation.createdAt)} for ${what}; ${available}`
    case 'StockPaused':
      return `the stock is paused and hands nothing out; set waitFor to wait until it goes on`
    case 'StockTerminating':
      return 'the stock is being deleted and hands nothing out any more'
    case 'StockNotShared':
      return `the stock is not shared with namespace ${facts.reservation.namespace}; its owner can add it to spec.allowedNamespaces`
    case 'WaitlistFull':
      return `the waiting list is full${limit}; try again later`
    default:
      return `${reasonText(entry.reason as Reason)}${limit}`
  }
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

const reasonTexts: Partial<Record<Reason, string>> = {
  LimitPerReservation: 'asks for more units than one reservation may have',
  LimitPerConsumer: 'its consumer would have more units than one consumer may have',
  HoldTooLong: "its ttl is longer than the stock's longest hold",
  WaitTooLong: "its waitFor is longer than the stock's longest wait",
  PriorityTooHigh: "its priority is above the stock's highest",
  StockGone: 'a stock of it was deleted',
  StockNotFound: 'a stock of it does not exist',
}

const reasonText = (reason: Reason) => reasonTexts[reason] ?? reason
