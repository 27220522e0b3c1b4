import { hitchOf, type PatienceParts, patience } from '../../application/patience.ts'
import { endOver } from '../../application/rows/end-over.ts'
import { type Repeating, repeating } from '../../application/rows/repeating.ts'
import { type ObjectRowsParts, objectRowsSweep } from '../../application/rows/reservation/sweep-object-rows.ts'
import type { LedDatabase } from '../../application/rows/stock/led-database.ts'
import type { Database } from '../databases.ts'

/** How long to rest when something was over, when nothing was, and when something could not be ended. */
const SWEEP_REST_MS = { busy: 250, idle: 500, failing: 1_000 }

/** Ends what is over in one database, again and again. */
export function sweeping(
  { name, books, ledger }: Database,
  led: Pick<LedDatabase, 'isReady'>,
  voices: PatienceParts,
): Repeating {
  const tries = patience(voices, { operation: 'end what is over', fields: { database: name } })
  return repeating(voices.clock, async () => {
    if (!led.isReady) return SWEEP_REST_MS.idle
    try {
      const ended = await endOver(books, ledger)
      tries.over()
      return ended > 0 ? SWEEP_REST_MS.busy : SWEEP_REST_MS.idle
    } catch (error) {
      tries.failed(hitchOf(error))
      return SWEEP_REST_MS.failing
    }
  })
}

/** Days are made a fortnight ahead, and dropped one by one: neither is urgent. */
const DAYS_REST_MS = { done: 3_600_000, failing: 60_000, away: 5_000 }

/**
 * Makes the tables of the days to come in one database, and drops those of days that are over for longer than `keepMs`;
 * 0 = none is ever dropped.
 */
export function daysOf(
  { name, migrate, dropFinished }: Database,
  { led, keepMs }: { readonly led: Pick<LedDatabase, 'isReady'>; readonly keepMs: number },
  voices: PatienceParts,
): Repeating {
  const tries = patience(voices, { operation: 'make and drop days', fields: { database: name } })
  return repeating(voices.clock, async () => {
    if (!led.isReady) return DAYS_REST_MS.away
    try {
      await migrate()
      if (keepMs > 0) await dropFinished(keepMs)
      tries.over()
      return DAYS_REST_MS.done
    } catch (error) {
      tries.failed(hitchOf(error))
      return DAYS_REST_MS.failing
    }
  })
}

/** How long to rest while a database is not there yet, or does not answer. */
const COMPARE_REST_MS = 5_000

/** What is compared with what. */
interface Compared extends Omit<ObjectRowsParts, 'books' | 'ledger'> {
  readonly database: Pick<Database, 'name' | 'books' | 'ledger'>
  readonly led: Pick<LedDatabase, 'isReady'>
}

/** Ends what one database has for Reservation objects that are gone, again and again. */
export function comparing({ database, led, ...cluster }: Compared, voices: PatienceParts): Repeating {
  const { name, books, ledger } = database
  const sweep = objectRowsSweep({ ...cluster, books, ledger })
  const tries = patience(voices, { operation: 'compare rows with objects', fields: { database: name } })
  return repeating(voices.clock, async () => {
    if (!led.isReady) return COMPARE_REST_MS
    try {
      const restMs = await sweep()
      tries.over()
      return restMs
    } catch (error) {
      tries.failed(hitchOf(error))
      return COMPARE_REST_MS
    }
  })
}
