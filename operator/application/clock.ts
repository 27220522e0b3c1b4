declare const steady: unique symbol

/**
 * A moment of a clock that nobody can set and that only counts up. What is due, how old something is and how long to
 * wait are told by it; a wall clock that was an hour ahead would put them off by an hour. It is a type of its own, so
 * that the compiler refuses to compare it with a wall time.
 */
export interface Tick {
  readonly [steady]: 'ms'
}

/** Time as the engine knows it; tests bring their own. */
export interface Clock {
  /** Wall time, milliseconds since 1970: for dates and deadlines that people read. It may jump. */
  now(): number
  /** Steady time: for everything that is due, and for how long something takes. */
  tick(): Tick
  /** Runs `run` once, `delayMs` of steady time from now or later, never before; the answer takes it back. */
  schedule(delayMs: number, run: () => void): () => void
}

export const longAgo = tickOf(-Infinity)
export const never = tickOf(Infinity)

/** For clocks alone: a moment as milliseconds of some steady count. */
export function tickOf(ms: number): Tick {
  return ms as unknown as Tick
}

/** `ms` after `tick`. */
export function later(tick: Tick, ms: number): Tick {
  return tickOf((tick as unknown as number) + ms)
}

/** Milliseconds from `from` to `to`; negative when `to` comes first. */
export function msBetween(from: Tick, to: Tick): number {
  return (to as unknown as number) - (from as unknown as number)
}

/** The later of two moments. */
export function latest(a: Tick, b: Tick): Tick {
  return tickOf(Math.max(a as unknown as number, b as unknown as number))
}

/** A pause of `delayMs`. */
export function pause(clock: Pick<Clock, 'schedule'>, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve)
  })
}

/** Waits that double from `firstMs` to `lastMs`, each call one longer than the one before. */
export function backOff(clock: Pick<Clock, 'schedule'>, firstMs = 50, lastMs = 5_000): () => Promise<void> {
  let delayMs = firstMs
  return () => {
    const wait = pause(clock, delayMs)
    delayMs = Math.min(lastMs, delayMs * 2)
    return wait
  }
}
