import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel'
import { type Clock, later, msBetween, pause, type Tick } from '../../application/clock.ts'
import type { BreakerOptions } from './remote-api-options.ts'

export type BreakerState = 'closed' | 'open' | 'half-open'

/** Keeps calls from an other side that is away; each process has its own. */
export interface Breaker {
  readonly state: BreakerState
  /** How long until it is tried; 0 = calls are made, or one is just trying it. */
  readonly openForMs: number
  /** `asker`: who wants to call, such as the id of an event. Throws BreakerOpen, and what `work` throws: that is a failure. */
  run<T>(asker: string, work: () => Promise<T>): Promise<T>
}

export class BreakerOpen extends Error {}

export interface BreakerParts {
  readonly clock: Clock
  readonly onState: (state: BreakerState) => void
}

const names: Readonly<Record<CircuitState, BreakerState>> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Isolated]: 'open',
}
/** Whoever failed as the last probe waits so long for somebody else to be the next: a call that always fails keeps it open for nobody. */
const MODESTY_MS = 200
/** The library's clock and ours are not read at the same moment. */
const CLOCKS_APART_MS = 1_000

/**
 * Closed until so many calls in a row have failed; then open, and nobody calls; then one call tries it, and all others wait
 * for how that ends.
 */
export function breaker({ failures, openMs }: BreakerOptions, { clock, onState }: BreakerParts): Breaker {
  let triedAt: Tick = clock.tick()
  let lastProbe: string | undefined
  let policy = newPolicy()

  function newPolicy() {
    const made = circuitBreaker(handleAll, { halfOpenAfter: openMs, breaker: new ConsecutiveBreaker(failures) })
    made.onStateChange((state) => {
      if (state === CircuitState.Open) triedAt = later(clock.tick(), openMs)
      if (state === CircuitState.Closed) lastProbe = undefined
      onState(names[state])
    })
    return made
  }

  const openForMs = () => (policy.state === CircuitState.Open ? Math.max(0, msBetween(clock.tick(), triedAt)) : 0)

  return {
    get state() {
      return names[policy.state]
    },
    get openForMs() {
      return openForMs()
    },
    async run(asker, work) {
      if (policy.state === CircuitState.Open && openForMs() === 0 && asker === lastProbe) await pause(clock, MODESTY_MS)
      try {
        return await policy.execute(() => {
          if (policy.state === CircuitState.HalfOpen) lastProbe = asker
          return work()
        })
      } catch (error) {
        if (!(error instanceof BrokenCircuitError)) throw error
        // the library goes by the wall clock, which may have been set back: ours says that its time is over
        const isLate = msBetween(triedAt, clock.tick()) > CLOCKS_APART_MS
        if (policy.state === CircuitState.Open && isLate) policy = newPolicy()
        throw new BreakerOpen('it has failed again and again, and is left alone for a while')
      }
    },
  }
}
