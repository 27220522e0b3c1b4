import type { Reservation } from '../../../domain/reservation/reservation.ts'
import type { Answer } from '../order.ts'
import type { RowStock } from '../row-stocks.ts'
import { nameOf } from './row-claim.ts'

/** In words for whoever waits; what `passes` is told of only when it does not. */
export interface WhyUndecided {
  readonly text: string
  readonly passes?: boolean
}

interface Asked {
  readonly database: string
  readonly reservation: Reservation
  readonly stocks: readonly RowStock[]
}

export function whyNoDatabase(database: string): string {
  return `the operator has no database ${database}; its setting databases has to name it`
}

export function whyNotOpen(stock: RowStock, reservation: Reservation): WhyUndecided {
  return {
    text: `${nameOf(stock, reservation)}: its books in database ${stock.database} take no orders; its conditions say why`,
    passes: true,
  }
}

export function whyKeyReused(database: string): WhyUndecided {
  return { text: `database ${database} has another order under its uid; create another reservation` }
}

/** Why an answer says nothing of how the reservation stands. */
export function whyUnanswered(
  answer: Extract<Answer, { readonly stock: string }>,
  { database, reservation, stocks }: Asked,
): WhyUndecided {
  const stock = stocks.find(({ uid }) => uid === answer.stock)
  const name = stock ? nameOf(stock, reservation) : `a stock of it (${answer.stock})`
  switch (answer.kind) {
    case 'noStock':
      return { text: `${name}: its books in database ${database} are not open`, passes: true }
    case 'halted':
      return { text: `${name}: it decides nothing until somebody has looked at its books in database ${database}` }
    case 'eventsBehind':
      return {
        text: `${name}: too many of its events wait in database ${database} to be delivered; it takes no new holds until they are`,
        passes: true,
      }
    case 'busy':
      return { text: `${name}: holds that are over are taken back first`, passes: true }
  }
}
