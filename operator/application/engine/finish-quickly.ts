import { type Clock, later, msBetween, pause, type Tick } from '../clock.ts'
import { inTime } from '../in-time.ts'
import type { Engine } from './engine.ts'

/** Of an engine that ends its term. */
export interface Ending {
  readonly reporter: Pick<Engine['reporter'], 'idle'>
  readonly relay: Pick<Engine['relay'], 'stop'>
  readonly actors: ReadonlyMap<
    string,
    { rest(): Promise<unknown>; journal: { droppable(): { readonly size: number } } }
  >
}

/** For finished entries to leave their journals. */
const LONGEST_QUICK_MS = 1_000

/** The end of a term. What can be finished soon is; then every actor rests. False when a write is still in flight at `until`. */
export async function finishQuickly(clock: Clock, engine: Ending, until: Tick): Promise<boolean> {
  const left = () => Math.max(0, msBetween(clock.tick(), until))
  await inTime(clock, left() / 2, engine.reporter.idle())
  await engine.relay.stop(left() / 2)
  const quickUntil = later(clock.tick(), Math.min(LONGEST_QUICK_MS, left() / 2))
  const isTime = () => msBetween(clock.tick(), quickUntil) > 0
  const actors = [...engine.actors.values()]
  while (isTime() && actors.some(({ journal }) => journal.droppable().size > 0)) await pause(clock, 20)
  return inTime(clock, left(), Promise.all(actors.map((actor) => actor.rest())))
}
