import { type Tick, tickOf } from '../../operator/application/clock.ts'

/** A clock that stands still until it is told to go on. */
export interface FakeClock {
  now(): number
  tick(): Tick
  schedule(delayMs: number, run: () => void): () => void
  /** Goes on by `ms`, running what falls due in order; what that sets going is let through before time moves on. */
  advance(ms: number): Promise<void>
  /** Sets the wall clock without running anything; steady time and timers stay as they are. */
  jump(ms: number): void
  /** Lets all that is ready or due to run do so, without time passing. */
  settle(): Promise<void>
  /** How many timers wait. */
  readonly timers: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

export function fakeClock(startMs = Date.UTC(2026, 10, 22, 10, 0, 0)): FakeClock {
  let steadyMs = startMs
  let setBy = 0
  /** The next one first; of those due at one moment, the one that was set first. */
  const timers: Timer[] = []

  /** How many of them are due before, or at, this moment. */
  function dueBy(at: number): number {
    let [low, high] = [0, timers.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((timers[middle] as Timer).at <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  function remove(timer: Timer): void {
    for (let index = dueBy(timer.at) - 1; timers[index]?.at === timer.at; index -= 1)
      if (timers[index] === timer) {
        timers.splice(index, 1)
        return
      }
  }

  const earliest = (until: number): Timer | undefined => {
    const [first] = timers
    return first && first.at <= until ? timers.shift() : undefined
  }

  async function runUntil(until: number): Promise<void> {
    await turns()
    for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
      steadyMs = Math.max(steadyMs, timer.at)
      timer.run()
      await turns()
    }
    steadyMs = Math.max(steadyMs, until)
  }

  return {
    now: () => steadyMs + setBy,
    tick: () => tickOf(steadyMs),
    schedule(delayMs, run) {
      const timer = { at: steadyMs + Math.max(0, delayMs), run }
      timers.splice(dueBy(timer.at), 0, timer)
      return () => remove(timer)
    },
    async advance(ms) {
      await runUntil(steadyMs + ms)
    },
    jump(ms) {
      setBy += ms
    },
    settle: () => runUntil(steadyMs),
    get timers() {
      return timers.length
    },
  }
}

/** A few turns of the event loop: enough for chains of promises and for answers of in-process servers to be handed on. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
