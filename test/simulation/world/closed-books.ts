import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { isFinished, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import type { ApiServer } from './api-server.ts'
import { check } from './check.ts'
import type { Kafka } from './kafka.ts'

/** What must be true when everybody has recovered and nothing is left to do. */
export function checkClosedBooks(
  server: ApiServer,
  kafka: Kafka,
  entries: ReadonlyMap<string, readonly Entry[]>,
): void {
  for (const stock of server.stocks.values())
    checkStock(stock, [...server.reservations.values()], entries.get(stock.uid) ?? [])
  for (const reservation of server.reservations.values()) checkReservation(reservation)
  check(server.spools.size === 0, () => `${server.spools.size} spools are left`)
  for (const [uid, committed] of entries) {
    const complete = !server.forced.has(uid)
    checkTopic(kafka, 'audit', { uid, committed, complete })
    checkTopic(kafka, 'moves', { uid, committed: committed.filter((entry) => entry.verb !== 'Note'), complete })
    checkOnce(uid, committed)
  }
}

function checkStock(
  { name, uid, status, terms }: StoredStock,
  reservations: readonly Reservation[],
  committed: readonly Entry[],
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
      for (const item of reservation.status.items ?? []) if (item.stockUID === uid) units += item.quantity
    }
    return units
  }
  check(
    status.reserved === sum('Reserved'),
    () => `${name}: ${status.reserved} reserved, reservations hold ${sum('Reserved')}`,
  )
  const sold = committed.reduce((units, entry, i) => units + entry.confirmed - (committed[i - 1]?.confirmed ?? 0), 0)
  const confirmed = terms.reclaimPolicy === 'Return' ? sum('Confirmed') : sold
  check(status.confirmed === confirmed, () => `${name}: ${status.confirmed} confirmed, should be ${confirmed}`)
  check(status.quantity === terms.quantity, () => `${name}: quantity ${status.quantity}, spec ${terms.quantity}`)
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

/** First deliveries are complete and in order; whatever comes again is the same. */
function checkTopic(
  kafka: Kafka,
  topic: string,
  { uid, committed, complete }: { uid: string; committed: readonly Entry[]; complete: boolean },
): void {
  const seen = new Map<string, string>()
  const order: number[] = []
  for (const { value } of (kafka.topics.get(topic) ?? []).filter(({ headers }) => headers.stock === uid)) {
    const { sequence } = JSON.parse(value) as Entry
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
