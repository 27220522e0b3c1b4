import { type Clock, later, msBetween, type Tick } from '../clock.ts'
import { messageOf } from '../message-of.ts'
import { NotItsTurn } from '../not-its-turn.ts'

/** Keeps what has just failed from being tried again at once. */
export interface Pauses {
  /** Throws `NotItsTurn`, with the words of its last failure, where it is too soon, and what `work` throws. */
  attempt<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Throws `NotItsTurn` where it is too soon. */
  refuseWhereInVain(key: string): void
  /** Of its last failure; undefined = it has none. */
  wordsOf(key: string): string | undefined
}

interface Trouble {
  readonly words: string
  /** In a row. */
  readonly failures: number
  readonly until: Tick
}

const FIRST_PAUSE_MS = 5_000
const LAST_PAUSE_MS = 60_000
/** Of one that nobody asks any more. */
const FORGET_MS = 600_000

/** What has failed is tried again after 5 s, 10 s … a minute; until then its last words are told. */
export function pauses(clock: Pick<Clock, 'tick'>): Pauses {
  const troubles = new Map<string, Trouble>()

  function refuseWhereInVain(key: string): void {
    const trouble = troubles.get(key)
    const pauseMs = trouble ? msBetween(clock.tick(), trouble.until) : 0
    if (trouble && pauseMs > 0) throw new NotItsTurn(trouble.words, pauseMs, true)
  }

  function failed(key: string, error: unknown): void {
    const now = clock.tick()
    for (const [other, { until }] of troubles) if (msBetween(until, now) > FORGET_MS) troubles.delete(other)
    const before = troubles.get(key)
    if (before && msBetween(now, before.until) > 0) return // one beside it has failed, too
    const failures = (before?.failures ?? 0) + 1
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1))
    troubles.set(key, { words: messageOf(error), failures, until: later(now, pauseMs) })
  }

  return {
    refuseWhereInVain,
    wordsOf: (key) => troubles.get(key)?.words,
    async attempt(key, work) {
      refuseWhereInVain(key)
      try {
        const result = await work()
        troubles.delete(key)
        return result
      } catch (error) {
        failed(key, error)
        throw error
      }
    },
  }
}
