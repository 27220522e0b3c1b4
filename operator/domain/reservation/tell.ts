import { durationText } from '../duration.ts'
import { multiplied, summed } from '../money.ts'
import type { Entry, EntryLine } from '../stock/entry.ts'
import { conditionsAfter } from './conditions.ts'
import {
  isFinished,
  type Phase,
  type Reason,
  type Reservation,
  type ReservationStatus,
  type StatusItem,
} from './reservation.ts'

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
  /** Why a refusal had no other way out: the limit that was passed. */
  readonly limit?: string
}

const phaseOf = {
  Reserve: 'Reserved',
  Extend: 'Reserved',
  Confirm: 'Confirmed',
  Release: 'Released',
  Return: 'Released',
  Expire: 'Expired',
  Refuse: 'Rejected',
  Wait: 'Waiting',
} as const satisfies Partial<Record<Entry['verb'], Phase>>

/** The phase that an entry puts its reservation in; undefined for entries that are about their stock alone. */
export function phaseAfter(entry: Entry): Phase | undefined {
  return phaseOf[entry.verb as keyof typeof phaseOf]
}

/** What the reservation is told after `entry` of its home, coming from `before`. */
export function statusAfter(before: ReservationStatus | undefined, entry: Entry, facts: TellFacts): ReservationStatus {
  const phase = phaseAfter(entry) ?? before?.phase ?? 'Pending'
  const reason = reasonAfter(entry)
  const message = messageAfter(entry, facts, before)
  const items = itemsAfter(before, entry, facts)
  const times = timesAfter(before, entry, phase)
  const prices = items.flatMap((item) => (item.unitPrice ? [multiplied(item.unitPrice, item.quantity)] : []))
  return {
    observedGeneration: facts.reservation.generation,
    phase,
    reason,
    message,
    ...headline(facts.reservation),
    sequence: entry.sequence,
    ...(items.length > 0 && { items }),
    ...(prices.length > 0 && { totalPrice: summed(prices) }),
    ...times,
    ...(phase === 'Waiting' && {
      waitlist: {
        since: before?.waitlist?.since ?? entry.at,
        position: facts.position ?? before?.waitlist?.position ?? 0,
        shortages: entry.shortages ?? [],
      },
    }),
    conditions: conditionsAfter(before?.conditions ?? [], {
      phase,
      reason,
      message,
      at: entry.at,
      generation: facts.reservation.generation,
      consumed: facts.consumed,
    }),
  }
}

type Times = Pick<ReservationStatus, 'reservedAt' | 'expiresAt' | 'confirmedAt' | 'finishedAt'>

function timesAfter(before: ReservationStatus | undefined, entry: Entry, phase: Phase): Times {
  const reservedAt = entry.verb === 'Reserve' ? entry.at : before?.reservedAt
  const confirmedAt = entry.verb === 'Confirm' ? entry.at : before?.confirmedAt
  const expiresAt = phase === 'Reserved' ? (entry.deadline ?? before?.expiresAt) : undefined
  return {
    ...(reservedAt && { reservedAt }),
    ...(expiresAt && { expiresAt }),
    ...(confirmedAt && { confirmedAt }),
    ...(isFinished(phase) && { finishedAt: entry.at }),
  }
}

/** The status of a reservation that no entry explains: still pending, or one whose stock nobody knows. */
export function statusWithoutEntry(
  {
    before,
    phase,
    reason,
    message,
    at,
  }: {
    before?: ReservationStatus
    phase: 'Pending' | 'Rejected' | 'Released'
    reason: Reason
    message: string
    at: string
  },
  reservation: Reservation,
): ReservationStatus {
  const { waitlist: _, expiresAt: __, ...kept } = before ?? {}
  return {
    ...kept,
    observedGeneration: reservation.generation,
    phase,
    reason,
    message,
    ...headline(reservation),
    ...(phase !== 'Pending' && { finishedAt: at }),
    conditions: conditionsAfter(before?.conditions ?? [], {
      phase,
      reason,
      message,
      at,
      generation: reservation.generation,
      consumed: false,
    }),
  }
}

function headline({ namespace, spec }: Reservation): Pick<ReservationStatus, 'summary' | 'stock'> {
  return {
    summary: spec.items.map((item) => `${nameFrom(namespace, item)}×${item.quantity}`).join(', '),
    stock: spec.items.length === 1 ? (spec.items[0]?.stock ?? '') : '',
  }
}

function nameFrom(namespace: string, line: { stockNamespace: string; stock: string }): string {
  return line.stockNamespace === namespace ? line.stock : `${line.stockNamespace}/${line.stock}`
}

function reasonAfter(entry: Entry): Reason {
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend':
      return 'Reserved'
    case 'Confirm':
      return 'Confirmed'
    default:
      return entry.reason as Reason
  }
}

function itemsAfter(before: ReservationStatus | undefined, entry: Entry, facts: TellFacts): StatusItem[] {
  const sequenceOf = (stockUID: string, otherwise: number) =>
    stockUID === facts.home.uid ? entry.sequence : (facts.followed?.get(stockUID) ?? otherwise)
  const told = before?.items?.[0]?.stockUID === facts.home.uid ? before.items : undefined
  if (entry.verb !== 'Reserve' && told)
    return told.map((item) => ({ ...item, sequence: sequenceOf(item.stockUID, item.sequence) }))
  const priced = entry.verb === 'Reserve' || entry.verb === 'Confirm'
  const home: EntryLine = {
    stockNamespace: facts.home.namespace,
    stock: facts.home.name,
    stockUID: facts.home.uid,
    sequence: entry.sequence,
    quantity: entry.quantity ?? 0,
    ...(priced && entry.unitPrice && { unitPrice: entry.unitPrice }),
  }
  return [home, ...(entry.lines ?? [])].map((line) => ({ ...line, sequence: sequenceOf(line.stockUID, line.sequence) }))
}

const ordinal = (n: number) => {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${suffix}`
}

const clockTime = (ms: number) => `${new Date(ms).toISOString().slice(11, 19)}Z`

function messageAfter(entry: Entry, facts: TellFacts, before: ReservationStatus | undefined): string {
  const { namespace, spec } = facts.reservation
  const what = spec.items.map((item) => `${item.quantity} of ${nameFrom(namespace, item)}`).join(', ')
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend': {
      const deadline = Date.parse(entry.deadline ?? entry.at)
      const cut = facts.limit ? ` (${facts.limit})` : ''
      return `${what} held until ${clockTime(deadline)}${cut}`
    }
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
  const next = facts.nextExpiry ? `; the next hold runs out at ${clockTime(facts.nextExpiry)}` : ''
  const balances =
    facts.reservation.spec.items.length === 1
      ? `${entry.available} of ${entry.stockQuantity} available`
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
  const available = several ? missingText(entry, facts) : `${entry.available} available`
  const limit = facts.limit ? `: ${facts.limit}` : ''
  switch (entry.reason as Reason) {
    case 'InsufficientStock':
      return (entry.shortages?.length ?? 0) > 0
        ? `needs ${what}, ${available}`
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
