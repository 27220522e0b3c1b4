import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { isFinished, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import { check } from './check.ts'
import type { Kafka } from './kafka.ts'
import type { RecordedBook, RecordedBooks } from './recorded-books.ts'
import { areTermsDue, type Left, undeliveredSpools } from './rest.ts'

export interface ClosingParts extends Left {
  readonly watching: { readonly books: RecordedBooks }
}

/** What must be true when everybody has recovered and nothing is left to do. */
export function checkClosedBooks({ server, broker, kind, watching: { books } }: ClosingParts): void {
  for (const stock of server.stocks.values()) checkStock(stock, [...server.reservations.values()], books.of(stock))
  if (areTermsDue({ server, broker, kind })) for (const stock of server.stocks.values()) checkTerms(stock)
  for (const reservation of server.reservations.values()) checkReservation(reservation)
  const left = undeliveredSpools({ server, broker, kind })
  check(left.length === 0, () => `${left.length} spools are left`)
  for (const [uid, { entries, restored, begin }] of books.all) {
    const complete = !server.forced.has(uid)
    checkTopic(broker, 'audit', { uid, begin, committed: entries, complete })
    const moves = entries.filter((entry) => entry.verb !== 'Note')
    checkTopic(broker, 'moves', { uid, begin, committed: moves, complete })
    if (!restored) checkOnce(uid, entries)
  }
}

function checkStock(
  { name, uid, status, terms, formerUids }: StoredStock,
  reservations: readonly Reservation[],
  { entries: committed, restored }: RecordedBook,
): void {
  check(status !== undefined, () => `${name} has no status`)
  if (!status) return
  check(
    status.ledger.pending.length === 0,
    () =>
      `${name}: the journal still has ${status.ledger.pending.map(({ sequence, verb, uid: of }) => `${sequence} ${verb} ${of ?? ''}`).join(', ')}`,
  )
  const sum = (phase: string) => {
    let units = 0
    for (const reservation of reservations) {
      if (reservation.status?.phase !== phase) continue
      for (const item of reservation.status.items ?? [])
        if (item.stockUID === uid || formerUids.includes(item.stockUID)) units += item.quantity
    }
    return units
  }
  check(
    status.reserved === sum('Reserved'),
    () => `${name}: ${status.reserved} reserved, reservations hold ${sum('Reserved')}`,
  )
  if (restored && terms.reclaimPolicy === 'Consume') return // what it sold before, nobody knows any more
  const sold = committed.reduce((units, entry, i) => units + entry.confirmed - (committed[i - 1]?.confirmed ?? 0), 0)
  const confirmed = terms.reclaimPolicy === 'Return' ? sum('Confirmed') : sold
  check(status.confirmed === confirmed, () => `${name}: ${status.confirmed} confirmed, should be ${confirmed}`)
}

function checkTerms({ name, status, terms }: StoredStock): void {
  check(status?.quantity === terms.quantity, () => `${name}: quantity ${status?.quantity}, spec ${terms.quantity}`)
}

function checkReservation({ name, uid, spec, status }: Reservation): void {
  check(
    status !== undefined && status.phase !== 'Pending',
    () => `${name} (${uid}) was never decided: ${spec.items.map(({ stock, quantity }) => `${quantity} ${stock}`)}`,
  )
  if (spec.state === 'Released')
    check(isFinished(status?.phase), () => `${name} (${uid}) should be released, is ${status?.phase}`)
  if (spec.state === 'Confirmed') check(status?.phase !== 'Reserved', () => `${name} (${uid}) should be confirmed`)
}

interface Committed {
  readonly uid: string
  readonly committed: readonly Entry[]
  /** Whether all of it must have been delivered. */
  readonly complete: boolean
}

/** First deliveries are complete and in order; whatever comes again is the same. */
function checkTopic(
  kafka: Kafka,
  topic: string,
  { uid, begin, committed, complete }: Pick<RecordedBook, 'begin'> & Committed,
): void {
  const seen = new Map<string, string>()
  const order: number[] = []
  for (const { value } of (kafka.topics.get(topic) ?? []).filter(({ headers }) => headers.stock === uid)) {
    const { sequence } = JSON.parse(value) as Entry
    if (sequence <= begin) continue // of before a restore
    const known = seen.get(String(sequence))
    if (known === undefined) order.push(sequence)
    else check(known === value, () => `${uid}: event ${sequence} came again and said something else`)
    seen.set(String(sequence), value)
  }
  const expected = committed.map((entry) => entry.sequence).slice(0, complete ? undefined : order.length)
  check(
    order.join() === expected.join(),
    () => `${topic} has of ${uid}: ${order.join()}, the books have ${expected.join()}`,
  )
}

/** No reservation was ended twice, and nothing was held that was held already. */
function checkOnce(uid: string, committed: readonly Entry[]): void {
  const held = new Map<string, string>()
  for (const entry of committed) {
    if (entry.uid === undefined) continue
    const before = held.get(entry.uid) ?? 'None'
    const allowed: Record<string, readonly string[]> = {
      Reserve: ['None', 'Wait'],
      Confirm: ['Reserve'],
      Extend: ['Reserve'],
      Release: ['None', 'Reserve', 'Wait'],
      Return: ['None', 'Confirm'],
      Expire: ['Reserve'],
      Refuse: ['None', 'Wait'],
      Wait: ['None', 'Wait'],
    }
    check(
      allowed[entry.verb]?.includes(before) ?? false,
      () => `${uid}: ${entry.verb} ${entry.sequence} of ${entry.uid} after ${before}`,
    )
    const after: Record<string, string> = { Reserve: 'Reserve', Confirm: 'Confirm', Extend: 'Reserve', Wait: 'Wait' }
    held.set(entry.uid, after[entry.verb] ?? 'None')
  }
}
