import { type Clock, tickOf } from '../../application/clock.ts'

/** setTimeout takes more than this for 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/** The machine's own time. What is due at once runs in the next turn of the event loop. */
export function systemClock(): Clock {
  return {
    now: Date.now,
    tick: () => tickOf(performance.now()),
    schedule: (delayMs, run) => (delayMs <= 0 ? scheduleSoon(run) : scheduleLater(delayMs, run)),
  }
}

function scheduleSoon(run: () => void): () => void {
  const immediate = setImmediate(run)
  return () => clearImmediate(immediate)
}

function scheduleLater(delayMs: number, run: () => void): () => void {
  let timer: NodeJS.Timeout
  const arm = (leftMs: number): void => {
    const stepMs = Math.min(leftMs, LONGEST_TIMEOUT_MS)
    timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs)
  }
  arm(delayMs)
  return () => clearTimeout(timer)
}
