/** Time for the machinery. `now` is in milliseconds; only differences of it are ever judged. */
export interface Clock {
  now(): number
  /** Runs `run` once, `delayMs` from now or later, never before; the answer takes it back. */
  schedule(delayMs: number, run: () => void): () => void
}

/** Uniform in [0, 1). */
export type Random = () => number

/** setTimeout takes more than this for 1 ms. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

/**
 * Time that never jumps: it starts at the wall clock's value and then only counts. Leases, back-offs and time-outs need
 * it, because a wall clock that is set back would make a lease look fresh for ever.
 */
export function steadyClock(): Clock {
  return { now, schedule }
}

function now(): number {
  return performance.timeOrigin + performance.now()
}

/** A timer counts whole ms and may go off almost one too early: who asks then what is due would find nothing, and is not asked again. */
function schedule(delayMs: number, run: () => void): () => void {
  const dueAt = now() + delayMs
  let timer = setTimeout(goOff, Math.min(Math.max(0, delayMs), LONGEST_TIMEOUT_MS))
  function goOff(): void {
    const leftMs = dueAt - now()
    if (leftMs <= 0) run()
    else timer = setTimeout(goOff, Math.min(leftMs, LONGEST_TIMEOUT_MS))
  }
  return () => clearTimeout(timer)
}

/** Between `delayMs` and `delayMs × (1 + factor)`, so that many clients do not come back in step. */
export function jittered(delayMs: number, factor: number, random: Random): number {
  return delayMs * (1 + random() * factor)
}

/** Resolves after `delayMs`, or at once when `signal` aborts. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = (): void => {
      cancel()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const cancel = clock.schedule(delayMs, wake)
    signal?.addEventListener('abort', wake)
  })
}
