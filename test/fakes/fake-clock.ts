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
  /** Lets all that is ready to run do so, without time passing. */
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
  let timers: Timer[] = []

  const earliest = (until: number): Timer | undefined => {
    const due = timers.filter(({ at }) => at <= until)
    return due.reduce<Timer | undefined>((first, timer) => (first && first.at <= timer.at ? first : timer), undefined)
  }

  return {
    now: () => steadyMs + setBy,
    tick: () => tickOf(steadyMs),
    schedule(delayMs, run) {
      const timer = { at: steadyMs + Math.max(0, delayMs), run }
      timers.push(timer)
      return () => {
        timers = timers.filter((other) => other !== timer)
      }
    },
    async advance(ms) {
      const until = steadyMs + ms
      await settle()
      for (let timer = earliest(until); timer !== undefined; timer = earliest(until)) {
        const due = timer
        timers = timers.filter((other) => other !== due)
        steadyMs = Math.max(steadyMs, due.at)
        due.run()
        await settle()
      }
      steadyMs = Math.max(steadyMs, until)
    },
    jump(ms) {
      setBy += ms
    },
    settle,
    get timers() {
      return timers.length
    },
  }
}

/** A few turns of the event loop: enough for chains of promises and for answers of in-process servers to be handed on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
