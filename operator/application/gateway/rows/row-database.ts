import { type Clock, msBetween } from '../../clock.ts'
import type { Logger } from '../../logger.ts'
import {
  BadOrder,
  ClocksDisagree,
  type Answer as Decision,
  LedgerAway,
  LedgerBusy,
  type Order,
  type Standing,
} from '../../rows/order.ts'
import { NotWritten } from '../../rows/row-books.ts'
import { Problem } from '../answer.ts'
import { places } from '../places.ts'
import type { RowDatabase, RowReservations } from './row-databases.ts'

/** What came of an order: how its reservation stands, or why nothing was done. */
export type OrderOutcome =
  | Lowercase<Standing['phase']>
  | Exclude<Decision['kind'], 'stands'>
  | 'overloaded'
  | 'away'
  | 'clockWrong'
  | 'bad'
  | 'failed'

export interface RowDatabaseParts extends Pick<RowDatabase, 'name' | 'eventsBehind' | 'fullAt'> {
  readonly ledger: { order(order: Order): Promise<Decision> }
  readonly reservations: RowReservations
  /** Orders that are under way at once: one database that is away must not take all places of the gateway. */
  readonly most: number
  readonly clock: Pick<Clock, 'tick'>
  readonly logger: Logger
  readonly observer: { ordered(order: Order['kind'], outcome: OrderOutcome, seconds: number): void }
}

const AWAY_SECONDS = 2
const CLOCK_SECONDS = 5
/** Pages that are read at once: what reads one reservation, or how much waits to be delivered, must find a connection, too. */
const PAGES = 2

export function rowDatabase(parts: RowDatabaseParts): RowDatabase {
  const { name, eventsBehind, fullAt, ledger, reservations, most, clock, logger, observer } = parts
  const underWay = placesByStock(most)
  const pages = places({ inAll: PAGES, ofOne: PAGES })

  /** Its own words may name addresses: they are for the log. */
  function away(error: unknown): Problem {
    logger.debug('the database took nothing', { error })
    const detail = `the database ${name} does not answer, or takes nothing at present; nothing was done`
    return Object.assign(new Problem('DatabaseAway', { detail, retryAfterSeconds: AWAY_SECONDS }), { cause: error })
  }

  function problemOf(error: unknown): unknown {
    if (error instanceof ClocksDisagree) {
      const detail = `${error.message}; nothing was done`
      return new Problem('ClockSkew', { detail, retryAfterSeconds: CLOCK_SECONDS })
    }
    if (error instanceof LedgerAway || error instanceof NotWritten) return away(error)
    if (error instanceof LedgerBusy) return new Problem('Overloaded', { detail: `${error.message}; nothing was done` })
    if (error instanceof BadOrder) return new Problem('Unprocessable', { detail: error.message })
    logger.error('an order failed', { error })
    return error
  }

  return {
    ...{ name, eventsBehind, fullAt },
    async order(order) {
      const since = clock.tick()
      const tell = (outcome: OrderOutcome) =>
        observer.ordered(order.kind, outcome, msBetween(since, clock.tick()) / 1_000)
      const leave = underWay.take(order)
      if (!leave) {
        tell('overloaded')
        throw new Problem('Overloaded', {
          detail: `too many of ${most} orders that database ${name} may have under way are of the same stock, or wait for others; nothing was done`,
        })
      }
      try {
        const decision = await ledger.order(order)
        tell(decision.kind === 'stands' ? (decision.standing.phase.toLowerCase() as OrderOutcome) : decision.kind)
        return decision
      } catch (error) {
        tell(outcomeOf(error))
        throw problemOf(error)
      } finally {
        leave()
      }
    },
    async find(uid) {
      try {
        return await reservations.find(uid)
      } catch (error) {
        throw problemOf(error)
      }
    },
    async page(wanted) {
      if (pages.fullFor('')) {
        const detail = `${PAGES} lists are read in database ${name} already: try again`
        throw new Problem('Overloaded', { detail, retryAfterSeconds: 1 })
      }
      const leave = pages.take('')
      try {
        return await reservations.page(wanted)
      } catch (error) {
        throw problemOf(error)
      } finally {
        leave()
      }
    },
  }
}

/**
 * No stock takes more places than it leaves to all others, so that one that is stuck doesn't stop them: half of all, or a
 * third where there are two. Of which stock a reservation is that is named by its uid isn't known yet; these are one more.
 */
function placesByStock(most: number) {
  const byStock = places({ inAll: Infinity, ofOne: Infinity })
  let orders = 0
  return {
    /** Gives what gives the places back; undefined = there is none. */
    take(order: Order): (() => void) | undefined {
      const accounts = order.kind === 'reserve' ? order.lines.map(({ stock }) => stock) : ['']
      if (accounts.some((account) => byStock.takenBy(account) >= most - orders)) return undefined
      const leaves = accounts.map((account) => byStock.take(account))
      orders += 1
      return () => {
        orders -= 1
        for (const leave of leaves) leave()
      }
    },
  }
}

function outcomeOf(error: unknown): OrderOutcome {
  if (error instanceof ClocksDisagree) return 'clockWrong'
  if (error instanceof LedgerAway) return 'away'
  if (error instanceof LedgerBusy) return 'overloaded'
  return error instanceof BadOrder ? 'bad' : 'failed'
}
