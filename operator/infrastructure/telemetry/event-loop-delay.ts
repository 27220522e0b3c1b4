import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION_MS = 10

/**
 * By how many milliseconds timers have been late on average since it was asked before; 0 where none has run since. One
 * long halt counts by its length, not once among many short ones: while it lasts no other timer runs.
 */
export function eventLoopDelay(): () => number {
  const intervals = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  intervals.enable()
  let last = { count: 0, sumMs: 0 }
  return () => {
    // Never reset: that forgets when the last timer ran, and with it a halt that has begun since. A loop that halts for a
    // second each time would never be found out.
    const { count, mean } = intervals // in nanoseconds, from one timer to the next; NaN when none has run
    const now = count === 0 ? last : { count, sumMs: (mean * count) / 1e6 }
    const ran = now.count - last.count
    const delayMs = ran === 0 ? 0 : (now.sumMs - last.sumMs) / ran - RESOLUTION_MS
    last = now
    return Math.max(0, delayMs)
  }
}
