import { hitchOf, type PatienceParts, patience } from '../../application/patience.ts'
import { endOver } from '../../application/rows/end-over.ts'
import { type Repeating, repeating } from '../../application/rows/repeating.ts'
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
