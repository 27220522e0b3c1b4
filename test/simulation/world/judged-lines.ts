import type { StockActor } from '../../../operator/application/ledger/stock-actor.ts'
import { isFinished, keyOf, type Reservation } from '../../../operator/domain/reservation/reservation.ts'
import type { ApiServer } from './api-server.ts'
import { check } from './check.ts'
import type { Excused } from './rest.ts'

export interface LinesParts {
  readonly server: Pick<ApiServer, 'reservations' | 'stocks'>
  /** The stocks of whoever leads, as it has them in memory. */
  readonly actors: Iterable<StockActor>
}

/** Judges who stands in line at rest: a ghost there keeps all behind it from being served, and no version ever shows it. */
export function judgeLines({ server, actors }: LinesParts, excused: Excused): void {
  for (const { stock, book, mode } of actors) {
    const stored = server.stocks.get(keyOf(stock.namespace, stock.name))
    if (mode !== 'open' || stored?.uid !== stock.uid || excused.stock(stored)) continue
    for (const { uid, namespace, name } of book.waiting) {
      const found = server.reservations.get(keyOf(namespace, name))
      const ghost = whyGhost(found?.uid === uid ? found : undefined, excused)
      check(ghost === undefined, () => `a ghost in the line of ${stock.name}: ${name} (${uid}) ${ghost}`)
    }
  }
}

/** Why somebody must not stand in line; one that may be behind with what it is told, must not once it is over. */
function whyGhost(reservation: Reservation | undefined, excused: Excused): string | undefined {
  if (!reservation) return 'is gone'
  const { spec, status } = reservation
  if (spec.state === 'Released') return 'is given up'
  const mayWait = status?.phase === 'Waiting' || (excused.reservation(reservation) && !isFinished(status?.phase))
  return mayWait ? undefined : `is ${status?.phase}`
}
