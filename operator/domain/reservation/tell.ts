import { multiplied, summed } from '../money.ts'
import { type Entry, type EntryLine, sinceOf } from '../stock/entry.ts'
import { conditionsAfter } from './conditions.ts'
import { heldMessage, messageAfter, nameFrom, type TellFacts, untilText } from './message.ts'
import {
  isFinished,
  type Phase,
  type Reason,
  type Reservation,
  type ReservationSpec,
  type ReservationStatus,
  type StatusItem,
} from './reservation.ts'
import { partsOf, withMessage } from './undecided-message.ts'

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

function waitlistAfter(
  before: ReservationStatus | undefined,
  entry: Entry,
  facts: TellFacts,
): NonNullable<ReservationStatus['waitlist']> {
  const { since = sinceOf(entry), until = entry.deadline, position = 0 } = before?.waitlist ?? {}
  return {
    since,
    ...(until !== undefined && { until }),
    position: facts.position ?? position,
    shortages: entry.shortages ?? [],
  }
}

/** What the reservation is told after `entry` of its home, coming from `before`. */
export function statusAfter(before: ReservationStatus | undefined, entry: Entry, facts: TellFacts): ReservationStatus {
  const phase = phaseAfter(entry) ?? before?.phase ?? 'Pending'
  const reason = reasonAfter(entry)
  const message = messageAfter(entry, facts, before)
  const items = itemsAfter(before, entry, facts)
  const times = timesAfter(before, entry, phase)
  const generation = observedGeneration(before, phase, facts)
  const prices = items.flatMap((item) => (item.unitPrice ? [multiplied(item.unitPrice, item.quantity)] : []))
  return {
    observedGeneration: generation,
    phase,
    reason,
    message,
    ...headline(facts.reservation),
    sequence: entry.sequence,
    ...(items.length > 0 && { items }),
    ...(prices.length > 0 && { totalPrice: summed(prices) }),
    ...times,
    ...(phase === 'Waiting' && { waitlist: waitlistAfter(before, entry, facts) }),
    conditions: conditionsAfter(before?.conditions ?? [], {
      phase,
      reason,
      message,
      at: entry.at,
      generation,
      consumed: facts.consumed,
    }),
  }
}

/** Whether a reservation in this phase has all that its spec asks of its `state`. */
function isAnswered(phase: Phase, { state }: ReservationSpec): boolean {
  switch (phase) {
    case 'Released':
    case 'Expired':
    case 'Rejected':
      return true
    case 'Confirmed':
    case 'Waiting':
    case 'Pending':
      return state !== 'Released'
    case 'Reserved':
      return state === 'Reserved'
  }
}

/** The generation that a status in `phase` speaks of: not one that nobody has looked at, or whose answer is to come. */
function observedGeneration(
  before: ReservationStatus | undefined,
  phase: Phase,
  { reservation: { generation, spec }, judged = generation }: Pick<TellFacts, 'reservation' | 'judged'>,
): number {
  const known = before?.observedGeneration ?? 0
  return isAnswered(phase, spec) ? Math.max(known, Math.min(judged, generation)) : Math.min(known, generation)
}

/**
 * The status of a reservation whose spec has changed without anything to decide: it says that it was read, and that a
 * `ttl` beyond the stock's longest did nothing. Undefined when it speaks of this spec already, or of one to come.
 */
export function acknowledged(
  reservation: Reservation,
  facts: Pick<TellFacts, 'judged' | 'cut'>,
  at: string,
): ReservationStatus | undefined {
  const { status, generation } = reservation
  if (!status || (status.observedGeneration ?? 0) >= generation) return undefined
  if (observedGeneration(status, status.phase, { reservation, ...facts }) < generation) return undefined
  const isCut = status.phase === 'Reserved' && facts.cut !== undefined && status.expiresAt !== undefined
  const message = isCut
    ? heldMessage(reservation, status.expiresAt ?? at, { at, ...facts })
    : waitingMessage(reservation, status, at)
  const said = withMessage(status, message)
  const conditions = said.conditions.map((condition) => ({ ...condition, observedGeneration: generation }))
  return { ...said, observedGeneration: generation, conditions }
}

/** Of one that waits it says what has become of a changed `waitFor`, until the next report says the rest anew. */
function waitingMessage({ spec }: Reservation, { message, waitlist }: ReservationStatus, at: string): string {
  const said = waitlist ? untilText(spec, waitlist, at) : ''
  const { has } = partsOf(message)
  return has.endsWith(said) ? has : has + said
}

type Times = Pick<ReservationStatus, 'reservedAt' | 'expiresAt' | 'confirmedAt' | 'finishedAt'>

function timesAfter(before: ReservationStatus | undefined, entry: Entry, phase: Phase): Times {
  const reservedAt = entry.verb === 'Reserve' ? sinceOf(entry) : before?.reservedAt
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

function reasonAfter(entry: Entry): Reason {
  switch (entry.verb) {
    case 'Reserve':
    case 'Extend':
      return 'Reserved'
    case 'Confirm':
      return 'Confirmed'
    default:
      return entry.reason as Reason // an entry that is told has one
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
