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

/** The same thing with some of its ways changed, for whoever is handed it; it goes on to use its own itself. */
export function changed<T extends object>(thing: T, changes: Partial<T>): T {
  return new Proxy(thing, {
    get(target, key) {
      if (key in changes) return Reflect.get(changes, key)
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
