/** Time as the engine knows it; tests bring their own. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number
  /** Runs `run` once, `delayMs` from now; the answer takes it back. */
  schedule(delayMs: number, run: () => void): () => void
}

/** A pause of `delayMs`. */
export function pause(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve)
  })
}

/** Waits that double from `firstMs` to `lastMs`, each call one longer than the one before. */
export function backOff(clock: Clock, firstMs = 50, lastMs = 5_000): () => Promise<void> {
  let delayMs = firstMs
  return () => {
    const wait = pause(clock, delayMs)
    delayMs = Math.min(lastMs, delayMs * 2)
    return wait
  }
}
