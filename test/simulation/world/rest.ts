import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer, Spool } from './api-server.ts'
import type { Kafka } from './kafka.ts'
import type { WorldKind } from './world-kinds.ts'

/** Who need not be at rest, because something is wrong that is not healed yet. */
export interface Excused {
  readonly stock: (stock: StoredStock) => boolean
  readonly reservation: (reservation: Reservation) => boolean
}

export const nobody: Excused = { stock: () => false, reservation: () => false }

/** Stocks and reservations that have to do with a stock that is not well. */
export function around(server: ApiServer, isSick: (stock: { namespace: string; name: string }) => boolean): Excused {
  const isMeant = ({ spec }: Reservation) =>
    spec.items.some((item) => isSick({ namespace: item.stockNamespace, name: item.stock }))
  return { stock: (stock) => isSick(stock) || owesOnly(server, stock, isMeant), reservation: isMeant }
}

/** Whether all that a stock has not finished is of such reservations; of one that is gone: whether it is of a set. */
export function owesOnly(server: ApiServer, { status }: StoredStock, isMeant: (one: Reservation) => boolean): boolean {
  const alive = new Map([...server.reservations.values()].map((one) => [one.uid, one]))
  const pending = status?.ledger.pending ?? []
  return (
    pending.length > 0 &&
    pending.every(({ uid = '', note, lines, follows }) => {
      if (note === 'deleted') return true // stays until the object goes
      const reservation = alive.get(uid)
      return reservation ? isMeant(reservation) : lines !== undefined || follows !== undefined
    })
  )
}

export interface Left {
  readonly server: ApiServer
  readonly broker: Kafka
  readonly kind: Pick<WorldKind, 'has' | 'mode'>
}

export function undeliveredSpools({ server, broker }: Left): Spool[] {
  return [...server.spools.values()].filter((spool) => !isDelivered(spool, broker))
}

/**
 * Whether every topic has what is in it. Such a spool may be left: one who was killed had sent it, it was stored after
 * its successor had looked, and only the next successor will find it.
 */
function isDelivered({ events }: Spool, { topics }: Kafka): boolean {
  return events.every(({ topics: to, value, headers }) =>
    to.every((topic) =>
      topics.get(topic)?.some((sent) => sent.headers.stock === headers.stock && sent.value === value),
    ),
  )
}

const underWay: ReadonlySet<string | undefined> = new Set([undefined, 'Pending', 'Waiting', 'Reserved'])

/** What is still to do; undefined when all is told, delivered and decided. */
export function whatIsLeft(left: Left, excused: Excused = nobody): string | undefined {
  const { server } = left
  for (const spool of undeliveredSpools(left)) {
    const stock = [...server.stocks.values()].find(({ uid }) => uid === spool.stockUid)
    const isExcused = stock ? excused.stock(stock) : excused !== nobody
    if (!isExcused) return `spool ${spool.name} is not delivered`
  }
  for (const stock of server.stocks.values()) {
    const undone = excused.stock(stock) ? undefined : leftOfStock(stock, left)
    if (undone) return undone
  }
  for (const reservation of server.reservations.values()) {
    const undone = excused.reservation(reservation) ? undefined : leftOfReservation(reservation)
    if (undone) return undone
  }
  return undefined
}

/** Whether a change of terms must have been taken over, even if nobody has asked anything of its stock since. */
export function areTermsDue({ kind }: Left): boolean {
  return kind.mode === 'safety' || kind.has('termsAlone')
}

function leftOfStock({ name, status, terms }: StoredStock, left: Left): string | undefined {
  if (!status) return `${name} has no status`
  const [oldest] = status.ledger.pending
  if (oldest) return `${name}: ${oldest.sequence} ${oldest.verb} of ${oldest.uid ?? 'itself'} is not finished`
  return status.quantity === terms.quantity || !areTermsDue(left)
    ? undefined
    : `${name}: its quantity is not taken over`
}

function leftOfReservation({ name, uid, status, spec }: Reservation): string | undefined {
  if (underWay.has(status?.phase)) return `${name} (${uid}) is ${status?.phase ?? 'not told anything'}`
  if (spec.state === 'Released' && status?.phase === 'Confirmed') return `${name} (${uid}) should be released`
  return undefined
}
