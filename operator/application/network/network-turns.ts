import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { inTime } from '../in-time.ts'
import { inTurnOfName } from '../in-turn.ts'
import { messageOf } from '../message-of.ts'

/** Work on networks, or on books of fabrics: of each one piece after the other. */
interface NetworkTurns {
  /** Throws `NotItsTurn` where nothing was done because its turn does not come soon, and what `work` throws. */
  take<T>(key: string, work: () => Promise<T>): Promise<T>
}

/** What is slow, or has just failed, is not waited for. */
export class NotItsTurn extends Error {
  readonly recheckAfterMs: number

  constructor(message: string, recheckAfterMs: number) {
    super(message)
    this.recheckAfterMs = recheckAfterMs
  }
}

interface Trouble {
  readonly words: string
  /** In a row. */
  readonly failures: number
  readonly until: Tick
}

/** What waits for longer has taken the place of others long enough. */
const USUAL_WAIT_MS = 2_000
const FIRST_PAUSE_MS = 5_000
const LAST_PAUSE_MS = 60_000
/** Of one that nobody asks any more. */
const FORGET_MS = 600_000

/**
 * One sick network must not hold the machines of others, with whom those that wait for it share their turns. So whoever
 * waits does so for `waitMs` (default: two seconds), and one that has failed is asked again after 5 s, 10 s … a minute; until then its last words
 * are told.
 */
export function networkTurns(clock: Pick<Clock, 'tick' | 'schedule'>, waitMs = USUAL_WAIT_MS): NetworkTurns {
  const inTurn = inTurnOfName()
  const workedOnSince = new Map<string, Tick>()
  const troubles = new Map<string, Trouble>()

  function refuseWhereInVain(key: string): void {
    const trouble = troubles.get(key)
    const pauseMs = trouble ? msBetween(clock.tick(), trouble.until) : 0
    if (trouble && pauseMs > 0) throw new NotItsTurn(trouble.words, pauseMs)
  }

  function slow(key: string): NotItsTurn {
    return new NotItsTurn(troubles.get(key)?.words ?? 'others are before it, and it answers slowly', waitMs)
  }

  function failed(key: string, error: unknown): void {
    const now = clock.tick()
    for (const [other, { until }] of troubles) if (msBetween(until, now) > FORGET_MS) troubles.delete(other)
    const failures = (troubles.get(key)?.failures ?? 0) + 1
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
    const words = messageOf(error)
    troubles.set(key, { words, failures, until: later(now, pauseMs) })
  }

  async function workOn<T>(key: string, work: () => Promise<T>): Promise<T> {
    workedOnSince.set(key, clock.tick())
    try {
      const result = await work()
      troubles.delete(key)
      return result
    } catch (error) {
      failed(key, error)
      throw error
    } finally {
      workedOnSince.delete(key)
    }
  }

  return {
    async take(key, work) {
      refuseWhereInVain(key)
      const since = workedOnSince.get(key)
      if (since !== undefined && msBetween(since, clock.tick()) > waitMs) throw slow(key)
      const turn = { is: 'awaited' as 'awaited' | 'begun' | 'given up' }
      const begun = Promise.withResolvers<void>()
      const done = inTurn(key, async () => {
        if (turn.is === 'given up') throw slow(key)
        turn.is = 'begun'
        begun.resolve()
        refuseWhereInVain(key)
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
