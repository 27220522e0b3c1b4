import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { StockActor } from '../../../operator/application/ledger/stock-actor.ts'

/** Changes every stock that an engine leads, and those that it leads later. */
export function eachActor(engine: Engine, change: (actor: StockActor) => void): void {
  const { adopt } = engine
  for (const actor of engine.actors.values()) change(actor)
  Object.assign(engine, {
    adopt(found: Parameters<typeof adopt>[0]) {
      const actor = adopt(found)
      change(actor)
      return actor
    },
  })
}
