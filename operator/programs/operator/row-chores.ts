import type { PatienceParts } from '../../application/patience.ts'
import { patientRounds, type Repeating } from '../../application/rows/repeating.ts'
import { type ObjectRowsParts, objectRowsSweep } from '../../application/rows/reservation/sweep-object-rows.ts'
import type { LedDatabase } from '../../application/rows/stock/led-database.ts'
import { type StockRowsSweepParts, stockRowsSweep } from '../../application/rows/stock/sweep-stock-rows.ts'
import { overHoldsSweep } from '../../application/rows/sweep-over-holds.ts'
import type { Database } from '../databases.ts'

/** Whose work it is, and how it is told. */
export interface Chores {
  readonly led: Pick<LedDatabase, 'name' | 'mayDecide'>
  readonly voices: PatienceParts
}

/** What comes back for one database, while that is there. */
function chore(
  { led, voices }: Chores,
  what: { readonly operation: string; readonly restMs: { readonly unready: number; readonly failing: number } },
  round: () => Promise<number>,
): Repeating {
  const undertaking = { operation: what.operation, fields: { database: led.name } }
  return patientRounds({ voices, undertaking, isReady: () => led.mayDecide, restMs: what.restMs }, round)
}

/** How long to rest when something was over, and when nothing was; what can't be ended keeps nobody else waiting. */
const SWEEP_REST_MS = { busy: 250, idle: 500 }

/** Ends what is over in one database, again and again. */
export function sweeping(chores: Chores, { books, ledger }: Database): Repeating {
  const restMs = { unready: SWEEP_REST_MS.idle, failing: SWEEP_REST_MS.idle }
  const sweep = overHoldsSweep({ books, ledger, clock: chores.voices.clock })
  return chore(chores, { operation: 'end what is over', restMs }, async () =>
    (await sweep()) > 0 ? SWEEP_REST_MS.busy : SWEEP_REST_MS.idle,
  )
}

/** Days are made a fortnight ahead, and dropped one by one: neither is urgent. */
const DAYS_REST_MS = 3_600_000

/**
 * Makes the tables of the days to come in one database, and drops those of days that are over for longer than `keepMs`;
 * 0 = none is ever dropped.
 */
export function daysOf(chores: Chores, { migrate, dropFinished }: Database, keepMs: number): Repeating {
  const restMs = { unready: 5_000, failing: 60_000 }
  return chore(chores, { operation: 'make and drop days', restMs }, async () => {
    await migrate()
    if (keepMs > 0) await dropFinished(keepMs)
    return DAYS_REST_MS
  })
}

/** Ends what one database has for Reservation objects that are gone, again and again. */
export function comparing(chores: Chores, parts: ObjectRowsParts): Repeating {
  const restMs = { unready: 5_000, failing: 5_000 }
  return chore(chores, { operation: 'compare rows with objects', restMs }, objectRowsSweep(parts))
}

/** Closes the rows of stocks in one database whose objects went while nobody led, again and again. */
export function closing(chores: Chores, parts: StockRowsSweepParts): Repeating {
  const restMs = { unready: 5_000, failing: 5_000 }
  return chore(chores, { operation: 'compare rows with stocks', restMs }, stockRowsSweep(parts))
}
