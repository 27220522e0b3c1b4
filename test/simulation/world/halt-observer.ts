import type { EngineObserver } from '../../../operator/application/engine.ts'
import { SchemaTooOld } from '../../../operator/application/ledger/ledger-writer.ts'
import { InvariantViolated } from '../../../operator/domain/stock/stock-book.ts'

/** Tells when a stock is halted: with the right schemas and no strangers that never happens. */
export function haltObserver(onHalted: (message: string) => void): EngineObserver {
  return {
    committed: () => undefined,
    wrote: () => undefined,
    told: () => undefined,
    reportRefused: () => undefined,
    delivered: () => undefined,
    stockGone: () => undefined,
    retried: () => undefined,
    trouble(message, { error }) {
      if (error instanceof SchemaTooOld || error instanceof InvariantViolated) onHalted(`${message}: ${error.message}`)
    },
  }
}
