import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import { isFinished, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { Entry } from '../../../operator/domain/stock/entry.ts'
import type { ApiServer, Change } from './api-server.ts'
import type { Kafka } from './kafka.ts'

export class InvariantBroken extends Error {}

function check(holds: boolean, message: () => string): void {
  if (!holds) throw new InvariantBroken(message())
}

/** Sees every version that is stored, and judges it the moment it is. */
export function witness() {
  const entries = new Map<string, Entry[]>()
  const lastStocks = new Map<string, StoredStock>()
  const lastReservations = new Map<string, Reservation>()

  function seeStock(stock: StoredStock): void {
    const before = lastStocks.get(stock.uid)
    lastStocks.set(stock.uid, stock)
    const { status, terms } = stock
    if (!status || status === before?.status) return
    const out = status.reserved + status.confirmed
    const outBefore = before?.status ? before.status.reserved + before.status.confirmed : 0
    check(
      out + terms.safetyStock <= terms.quantity || out <= outBefore,
      () => `${stock.name}: oversold: ${out} out of ${terms.quantity}`,
    )
    seeEntries(stock)
  }

  /** Numbers without gaps; an entry once stored never says something else. */
  function seeEntries({ uid, name, status }: StoredStock): void {
    const known = entries.get(uid) ?? []
    entries.set(uid, known)
    for (const entry of status?.ledger.pending ?? []) {
      const stored = known[entry.sequence - 1]
      if (stored)
        check(JSON.stringify(stored) === JSON.stringify(entry), () => `${name}: entry ${entry.sequence} has changed`)
      else {
        check(entry.sequence === known.length + 1, () => `${name}: entry ${entry.sequence} comes after ${known.length}`)
        known.push(entry)
      }
    }
    check(
      known.length === (status?.ledger.sequence ?? 0),
      () => `${name}: sequence ${status?.ledger.sequence}, entries ${known.length}`,
    )
  }

  function seeReservation(reservation: Reservation): void {
    const before = lastReservations.get(reservation.uid)
    lastReservations.set(reservation.uid, reservation)
    const { status, name } = reservation
    if (status === before?.status || !status) return
    if (isFinished(before?.status?.phase))
      check(status.phase === before?.status?.phase, () => `${name}: ${before?.status?.phase} became ${status.phase}`)
    if (status.phase !== 'Reserved' && status.phase !== 'Confirmed') return
    for (const item of status.items ?? []) {
      const told = entries
        .get(item.stockUID)
        ?.find((entry) => entry.uid === reservation.uid && (entry.verb === 'Reserve' || entry.verb === 'Confirm'))
      check(told !== undefined, () => `${name} is ${status.phase}, and ${item.stock} knows nothing of it`)
    }
  }

  return {
    entries,
    see(change: Change): void {
      if (change.type === 'deleted') return
      if (change.kind === 'stock') seeStock(change.stock)
      else seeReservation(change.reservation)
    },
  }
}

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
