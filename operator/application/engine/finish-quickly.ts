import { type Clock, pause } from '../clock.ts'
import { inTime } from '../in-time.ts'
import type { Engine } from './engine.ts'

/** The end of a term. What can be finished soon is; then every actor rests. False when a write is still in flight at `until`. */
export async function finishQuickly(clock: Clock, engine: Engine, until: number): Promise<boolean> {
  const left = () => Math.max(0, until - clock.now())
  await inTime(clock, left() / 2, engine.reporter.idle())
  await engine.relay.stop(left() / 2)
  const quickUntil = clock.now() + Math.min(1_000, left() / 2)
  const actors = [...engine.actors.values()]
  while (clock.now() < quickUntil && actors.some(({ journal }) => journal.droppable().size > 0)) await pause(clock, 20)
  return inTime(clock, left(), Promise.all(actors.map((actor) => actor.rest())))
}
