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

/** A timer counts whole ms and may go off almost one too early: who asks then what is due would find nothing, and is not asked again. */
function scheduleLater(delayMs: number, run: () => void): () => void {
  const dueAt = performance.now() + delayMs
  let timer = setTimeout(goOff, Math.min(delayMs, LONGEST_TIMEOUT_MS))
  function goOff(): void {
    const leftMs = dueAt - performance.now()
    if (leftMs <= 0) run()
    else timer = setTimeout(goOff, Math.min(leftMs, LONGEST_TIMEOUT_MS))
  }
  return () => clearTimeout(timer)
}
