import { type Clock, msBetween, type Tick } from '../clock.ts'
import { inTime } from '../in-time.ts'
import { inTurnOfName } from '../in-turn.ts'
import { NotItsTurn } from '../not-its-turn.ts'
import { pauses } from './pauses.ts'

/** Work on networks, or on books of fabrics: of each one piece after the other. */
interface NetworkTurns {
  /** Throws `NotItsTurn` where nothing was done because its turn does not come soon, and what `work` throws. */
  take<T>(key: string, work: () => Promise<T>): Promise<T>
}

/** What waits for longer has taken the place of others long enough. */
const USUAL_WAIT_MS = 2_000

/**
 * One sick network must not hold the machines of others, with whom those that wait for it share their turns. So whoever
 * waits does so for two seconds, and one that has failed is asked again after a pause.
 */
export function networkTurns(clock: Pick<Clock, 'tick' | 'schedule'>): NetworkTurns {
  const { attempt, refuseWhereInVain, wordsOf } = pauses(clock)
  const turns = boundedTurns(clock, USUAL_WAIT_MS, wordsOf)
  return {
    take(key, work) {
      try {
        refuseWhereInVain(key)
      } catch (error) {
        return Promise.reject(error)
      }
      return turns.take(key, () => attempt(key, work))
    },
  }
}

/** Whoever waits does so for `waitMs`. `wordsOf`: what is known to be wrong with one that is slow; absent = nothing. */
export function boundedTurns(
  clock: Pick<Clock, 'tick' | 'schedule'>,
  waitMs: number,
  wordsOf: (key: string) => string | undefined = () => undefined,
): NetworkTurns {
  const inTurn = inTurnOfName()
  const workedOnSince = new Map<string, Tick>()

  function slow(key: string): NotItsTurn {
    const words = wordsOf(key)
    return new NotItsTurn(words ?? 'others are before it, and it answers slowly', waitMs, words !== undefined)
  }

  async function workOn<T>(key: string, work: () => Promise<T>): Promise<T> {
    workedOnSince.set(key, clock.tick())
    try {
      return await work()
    } finally {
      workedOnSince.delete(key)
    }
  }

  return {
    async take(key, work) {
      const since = workedOnSince.get(key)
      if (since !== undefined && msBetween(since, clock.tick()) > waitMs) throw slow(key)
      const turn = { is: 'awaited' as 'awaited' | 'begun' | 'given up' }
      const begun = Promise.withResolvers<void>()
      const done = inTurn(key, async () => {
        if (turn.is === 'given up') throw slow(key)
        turn.is = 'begun'
        begun.resolve()
        return workOn(key, work)
      })
      done.catch(() => undefined) // of one that was given up nobody hears
      await inTime(clock, waitMs, begun.promise)
      if (turn.is === 'begun') return done
      turn.is = 'given up'
      throw slow(key)
    },
  }
}
