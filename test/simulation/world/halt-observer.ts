import type { EngineObserver } from '../../../operator/application/engine/world.ts'
import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'

/** Tells when a stock is halted: with the right schemas and no strangers that never happens. */
export function haltObserver(
  onHalted: (stock: Pick<StoredStock, 'namespace' | 'name'>, message: string) => void,
): EngineObserver {
  return {
    committed: () => undefined,
    wrote: () => undefined,
    told: () => undefined,
    reportRefused: () => undefined,
    delivered: () => undefined,
    lost: () => undefined,
    stockGone: () => undefined,
    retried: () => undefined,
    trouble: () => undefined,
    halted(stock, error) {
      onHalted(stock, `${stock.name} is halted: ${error instanceof Error ? error.message : String(error)}`)
    },
  }
}
