import { type Clock, later, msBetween, pause, type Tick } from '../clock.ts'
import { inTime } from '../in-time.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { Engine } from './engine.ts'

type EndingActor = Pick<StockActor, 'rest' | 'busy'> & {
  readonly journal: { droppable(): { readonly size: number } }
}

/** Of an engine that ends its term. */
export interface Ending {
  readonly reporter: Pick<Engine['reporter'], 'idle'>
  readonly relay: Pick<Engine['relay'], 'stop'>
  readonly actors: ReadonlyMap<string, EndingActor>
}

/** For writes under way to be answered, and again for finished entries to leave their journals. */
const LONGEST_QUICK_MS = 1_000
const LOOK_EVERY_MS = 20

/**
 * The end of a term. What can be finished soon is: what is being decided, then told and sent, then out of the journals.
 * Then every actor rests. False when a write is still in flight at `until`.
 */
export async function finishQuickly(clock: Clock, engine: Ending, until: Tick): Promise<boolean> {
  const left = () => Math.max(0, msBetween(clock.tick(), until))
  const actors = [...engine.actors.values()]
  async function whileAny(isUnfinished: (actor: EndingActor) => boolean): Promise<void> {
    const quickUntil = later(clock.tick(), Math.min(LONGEST_QUICK_MS, left() / 2))
    const isTime = () => msBetween(clock.tick(), quickUntil) > 0
    while (isTime() && actors.some(isUnfinished)) await pause(clock, LOOK_EVERY_MS)
  }

  await whileAny(({ busy }) => busy)
  await inTime(clock, left() / 2, engine.reporter.idle())
  await engine.relay.stop(left() / 2)
  await whileAny(({ journal }) => journal.droppable().size > 0)
  return inTime(clock, left(), Promise.all(actors.map((actor) => actor.rest())))
}
