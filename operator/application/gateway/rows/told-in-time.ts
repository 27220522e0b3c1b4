import type { Clock } from '../../clock.ts'
import { inTime } from '../../in-time.ts'
import type { RowDatabase } from './row-databases.ts'

/** Whoever is known to have nothing hears of it before. */
const UNTOLD_AFTER_MS = 10_000

/** The same database, which keeps nobody waiting for a commit that is not answered: a standby may be away for days. */
export function toldInTime(database: RowDatabase, clock: Pick<Clock, 'schedule'>): RowDatabase {
  return {
    ...database,
    async order(order) {
      const decision = database.order(order)
      const known = decision.catch(() => undefined) // nobody may be there any more to hear why
      return (await inTime(clock, UNTOLD_AFTER_MS, known)) ? decision : { kind: 'untold' }
    },
  }
}
