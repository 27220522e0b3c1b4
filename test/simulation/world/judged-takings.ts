import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import { type Entry, sinceOf } from '../../../operator/domain/stock/entry.ts'
import { byRank, type Ticket } from '../../../operator/domain/stock/waiting-list.ts'
import { check } from './check.ts'
import type { RecordedBook, RecordedBooks } from './recorded-books.ts'
import type { WorldKind } from './world-kinds.ts'

export interface TakingParts {
  readonly kind: Pick<WorldKind, 'has' | 'unlisted'>
  readonly books: RecordedBooks
  /** As last stored, also when it is gone. */
  readonly reservation: (uid: string) => Reservation | undefined
  readonly isAlive: (uid: string) => boolean
  /** Whether nothing could be told to it for a while: whom others may be served before. */
  readonly wasUntellable: (reservation: Reservation) => boolean
  readonly stock: (uid: string) => StoredStock | undefined
}

/** One entry as it is stored: with the terms that it was decided on, for a write names the exact version. */
interface Taking {
  readonly stock: StoredStock
  readonly entry: Entry
  readonly book: RecordedBook
  readonly reservation: Reservation
}

type Rule = readonly [what: string, isBroken: (taking: Taking, parts: TakingParts) => boolean]

/** Of a line that is taken, and of one that begins to wait. */
const rulesOfLines: readonly Rule[] = [
  ['the stock is not shared with its namespace', ({ stock, reservation }) => !isShared(stock, reservation)],
  [
    'limits.perReservation',
    ({ stock, entry }) => (entry.quantity ?? 0) > (stock.terms.limits.perReservation ?? Infinity),
  ],
  ['waitlist.maxWait', ({ stock, reservation }) => reservation.spec.waitForMs > stock.terms.waitlist.maxWaitMs],
  ['waitlist.maxPriority', ({ stock, reservation }) => reservation.spec.priority > stock.terms.waitlist.maxPriority],
  ['the stock is terminating', ({ stock }) => stock.terms.terminating],
]

const rulesOfHolds: readonly Rule[] = [
  ...rulesOfLines,
  ['the stock is paused', ({ stock }) => stock.terms.paused],
  ['hold.maxTTL', ({ stock, entry }) => lasts(entry) > stock.terms.hold.maxTtlMs],
  ['limits.perConsumer', isOverConsumerLimit],
]

const rulesOfWaits: readonly Rule[] = [
  ...rulesOfLines,
  ['the stock could never serve it', couldNeverServe],
  ['waitlist.maxWait', ({ stock, entry }) => lasts(entry) > stock.terms.waitlist.maxWaitMs],
]

/** Judges by the rules of the API whatever takes units, keeps them longer, or gets a place in a line. */
export function judgeTaking(parts: TakingParts, stock: StoredStock, entry: Entry, book: RecordedBook): void {
  const reservation = parts.reservation(entry.uid ?? '')
  if (!reservation) return
  const taking = { stock, entry, book, reservation }
  switch (entry.verb) {
    case 'Reserve':
      if (entry.follows && !parts.kind.has('limitsOfSets')) return
      judgeBy(rulesOfHolds, taking, parts)
      if (!isSet(reservation)) judgeOrder(taking, parts)
      return
    case 'Wait':
      if (book.holdings.get(reservation.uid)?.phase === 'Waiting') return // whoever waits already keeps its place
      if (isSet(reservation) && !parts.kind.has('limitsOfSets')) return
      judgeBy(rulesOfWaits, taking, parts)
      judgeOtherLines(taking, parts)
      return
    case 'Extend':
      judgeExtension(taking, parts)
      return
    case 'Confirm':
    case 'Refuse':
      judgeEndOfWait(taking)
      return
    case 'Release':
    case 'Return':
    case 'Expire':
    case 'Adjust':
    case 'Note':
    case 'Recount':
      return
  }
}

const endsOfWaits: ReadonlySet<string | undefined> = new Set([
  ...['WaitTimedOut', 'StockTerminating', 'StockNotFound', 'StockGone', 'InsufficientStock', 'StockPaused'],
])

/** Terms that have changed since somebody came to the line end nobody's wait. */
function judgeEndOfWait(taking: Taking): void {
  const { entry, book, reservation } = taking
  const waited = book.holdings.get(reservation.uid)?.phase === 'Waiting'
  check(!waited || endsOfWaits.has(entry.reason), () => `${saidBy(taking)} ends a wait: ${entry.reason}`)
}

function judgeBy(rules: readonly Rule[], taking: Taking, parts: TakingParts): void {
  for (const [what, isBroken] of rules)
    check(!isBroken(taking, parts), () => `${saidBy(taking)} is against a rule: ${what}`)
}

function saidBy({ stock, entry, reservation }: Taking): string {
  return `${stock.name}: ${entry.verb} ${entry.sequence} of ${entry.quantity} for ${reservation.name} (${reservation.uid})`
}

const isSet = ({ spec }: Reservation) => spec.items.length > 1

function isShared({ namespace, terms }: StoredStock, reservation: Reservation): boolean {
  const { allowedNamespaces } = terms
  return (
    reservation.namespace === namespace || allowedNamespaces.some((one) => one === '*' || one === reservation.namespace)
  )
}

function lasts(entry: Entry): number {
  return entry.deadline === undefined ? 0 : Date.parse(entry.deadline) - Date.parse(sinceOf(entry))
}

/** Units of the consumer's reservations that are there, those now taken included: whose a deleted one was is stored nowhere. */
function isOverConsumerLimit({ stock: { terms }, entry, book, reservation }: Taking, parts: TakingParts): boolean {
  const limit = terms.limits.perConsumer
  const { consumer } = reservation.spec
  if (limit === undefined || consumer === undefined) return false
  let units = entry.quantity ?? 0
  for (const [uid, { phase, quantity }] of book.holdings) {
    const counts = phase === 'Reserved' || (phase === 'Confirmed' && terms.reclaimPolicy === 'Return')
    if (counts && isKnown(uid, parts) && parts.reservation(uid)?.spec.consumer === consumer) units += quantity
  }
  return units > limit
}

/** Whether whoever leads knows of it, most surely: it is there, in a namespace that can always be listed. */
function isKnown(uid: string, { kind, isAlive, reservation }: TakingParts): boolean {
  return isAlive(uid) && (kind.unlisted === undefined || reservation(uid)?.namespace !== kind.unlisted)
}

function couldNeverServe({ stock: { terms }, entry }: Taking): boolean {
  return (entry.quantity ?? 0) > terms.quantity - terms.safetyStock
}

/** A set waits in the line of each stock that it lacks: what that one's terms say of those who wait holds for it too. */
function judgeOtherLines(taking: Taking, parts: TakingParts): void {
  for (const { stockNamespace, stock: name } of taking.entry.shortages ?? []) {
    const stock = parts.stock(`${stockNamespace}/${name}`)
    const book = stock && parts.books.find(stock.uid)
    if (!stock || !book || stock.uid === taking.stock.uid) continue
    if (stock.status?.observedGeneration !== stock.generation) continue // its present terms are not taken over yet
    const { maxLength, maxWaitMs, maxPriority } = stock.terms.waitlist
    const { waitForMs, priority } = taking.reservation.spec
    const broken =
      (maxLength === 0 && 'maxLength') ||
      (waitForMs > maxWaitMs && 'maxWait') ||
      (priority > maxPriority && 'maxPriority')
    check(!broken, () => `${saidBy(taking)} waits in the line of ${name}, against its waitlist.${broken}`)
  }
}

/** As long as every stock of it allows, counted from when the hold began. */
function judgeExtension(taking: Taking, parts: TakingParts): void {
  const { stock, entry, book } = taking
  const began = book.holdings.get(entry.uid ?? '')?.reservedAt ?? Number.NaN
  const lines = parts.kind.has('limitsOfSets') ? (entry.lines ?? []).map(({ stockUID }) => stockUID) : []
  for (const uid of [stock.uid, ...lines]) {
    const maxTtlMs = (uid === stock.uid ? stock : parts.stock(uid))?.terms.hold.maxTtlMs ?? Infinity
    const isTooLong = Date.parse(entry.deadline ?? '') - began > maxTtlMs
    if (entry.follows === undefined)
      check(!isTooLong, () => `${saidBy(taking)} until ${entry.deadline}: longer than ${uid} lets it`)
  }
}

/**
 * Whoever is served comes before all who wait for the same stock alone, with a better rank, and could be served: in a
 * strict line in any case, else when they ask for no more than was given.
 */
function judgeOrder(taking: Taking, parts: TakingParts): void {
  const { stock, entry, book, reservation } = taking
  if (book.restored) return
  const strict = stock.terms.waitlist.order === 'Strict'
  const own = ticketOf(reservation, entry.quantity ?? 0)
  for (const [uid, { phase, quantity }] of book.holdings) {
    const other = phase === 'Waiting' && uid !== reservation.uid ? parts.reservation(uid) : undefined
    if (!other || isSet(other) || !isKnown(uid, parts) || parts.wasUntellable(other)) continue
    if (byRank(ticketOf(other, quantity), own) > 0 || isPassedOver(other, quantity, taking, parts)) continue
    check(
      !strict && quantity > own.quantity,
      () => `${saidBy(taking)}: served before ${other.name} (${uid}), who waits for ${quantity}`,
    )
  }
}

/** Terms that have changed since it came may keep it from being served; then it must not keep others. */
export function isPassedOver(
  reservation: Reservation,
  quantity: number,
  { stock, book, entry }: Taking,
  parts: TakingParts,
): boolean {
  const taking = { stock, book, reservation, entry: { ...entry, quantity } }
  const { safetyStock, quantity: all } = stock.terms
  return (
    (reservation.spec.ttlMs ?? 0) > stock.terms.hold.maxTtlMs ||
    quantity > all - safetyStock ||
    [...rulesOfLines, rulesOfHolds.at(-1) as Rule].some(([, isBroken]) => isBroken(taking, parts))
  )
}

export function ticketOf({ uid, createdAt, spec }: Reservation, quantity: number): Ticket {
  return { uid, createdAt, quantity, priority: spec.priority }
}
