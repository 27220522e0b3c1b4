import type { Engine } from '../../../operator/application/engine/engine.ts'
import type { Breakage } from '../world/breakage.ts'
import { changed, eachActor } from './each-actor.ts'

/** Whether some stock has it in line, so that it moves from line to line as it comes to lack other stocks. */
function waitsOn({ actors }: Engine, uid: string): boolean {
  return [...actors.values()].some(({ book }) => book.claims.get(uid)?.phase === 'Waiting')
}

/** Faults in who stands in line. */
export const lineBreakages: readonly Breakage[] = [
  {
    name: 'staying in the lines of other stocks when the home says no more that it waits',
    engine: (engine) =>
      eachActor(engine, (actor) => {
        const { waiting } = actor.book
        const remove = (uid: string) => {
          const isThere = [...engine.world.reservations.all()].some((reservation) => reservation.uid === uid)
          return isThere && !waitsOn(engine, uid) ? undefined : waiting.remove(uid)
        }
        Object.defineProperty(actor.book, 'waiting', { value: changed(waiting, { remove }) })
      }),
  },
  {
    name: 'looking at no line when somebody has left it',
    engine: (engine) => eachActor(engine, (actor) => void Object.assign(actor, { lookAtLine: () => undefined })),
  },
  {
    name: 'waiting for one to whom nothing can be told',
    engine: (engine) => eachActor(engine, ({ book }) => book.setMute(() => false)),
  },
]
