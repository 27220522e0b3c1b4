import type { Logger } from '../../application/logger.ts'
import { messageOf } from '../../application/message-of.ts'
import { type BackOffRange, restartBackOff } from '../../infrastructure/kubernetes/restart-back-off.ts'
import { type Clock, type Random, sleep } from '../../infrastructure/kubernetes/timers.ts'

export interface StartConditionsParts {
  /** Each says what is wrong and what to do; undefined = nothing. Throws when the API server doesn't answer. */
  readonly conditions: readonly (() => Promise<string | undefined>)[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** What must be so before the operator lists anything or stands for election: else it would fail again and again. */
export interface StartConditions {
  /** Asks, ever less often, until all is well. False: stopped before. */
  met(): Promise<boolean>
  /** What it waits for; undefined = nothing, as far as is known. */
  readonly unmet: string | undefined
  stop(): void
}

const AGAIN: BackOffRange = { firstMs: 1_000, lastMs: 15_000, resetMs: Infinity }

export function startConditions({ conditions, clock, random, logger }: StartConditionsParts): StartConditions {
  const end = new AbortController()
  let unmet: string | undefined

  async function firstUnmet(): Promise<string | undefined> {
    try {
      for (const condition of conditions) {
        const wrong = await condition()
        if (wrong !== undefined) return wrong
      }
      return undefined
    } catch (error) {
      return `the API server does not answer: ${messageOf(error)}`
    }
  }

  return {
    async met() {
      const nextMs = restartBackOff(AGAIN, clock, random)
      while (!end.signal.aborted) {
        unmet = await firstUnmet()
        if (unmet === undefined) return !end.signal.aborted
        const retryAfterMs = Math.round(nextMs())
        logger.warn(`can't begin yet: ${unmet}`, { retryAfterMs })
        await sleep(clock, retryAfterMs, end.signal)
      }
      return false
    },
    get unmet() {
      return unmet
    },
    stop: () => end.abort(),
  }
}
