import type { Clock } from '../clock.ts'
import { Problem } from './answer.ts'

export interface PressureParts {
  readonly clock: Pick<Clock, 'schedule'>
  /** By how much, on average, things have begun too late since it was asked before, in milliseconds. */
  readonly readDelayMs: () => number
  /** More than that is too much; 0 = nothing is. */
  readonly mostDelayMs: number
}

export interface Pressure {
  /** Before a request has done anything. There: it is not to go on. */
  readonly problem: Problem | undefined
  stop(): void
}

/** Long enough that one pause of the garbage collector is no pressure, short enough that room is soon noticed. */
const EVERY_MS = 1_000

/**
 * Whether this process has more to do than it gets done. What is let in then waits behind all else, and makes all else
 * wait; what is under way goes on, so that there is room again.
 */
export function pressure({ clock, readDelayMs, mostDelayMs }: PressureParts): Pressure {
  let delayMs = 0
  let cancel = clock.schedule(EVERY_MS, look)

  function look(): void {
    delayMs = readDelayMs()
    cancel = clock.schedule(EVERY_MS, look)
  }

  return {
    get problem() {
      if (mostDelayMs === 0 || delayMs <= mostDelayMs) return undefined
      const detail = `All that is done here begins ${Math.round(delayMs)} ms too late on average; nothing was done.`
      return new Problem('Overloaded', { detail })
    },
    stop: () => cancel(),
  }
}
