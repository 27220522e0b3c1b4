import type { Clock } from '../clock.ts'
import { inTime } from '../in-time.ts'
import { Problem } from './answer.ts'
import { places } from './places.ts'

export interface LookUpGate {
  /**
   * Runs `lookUp` as soon as there is room. Rejects as it does; with Problem Overloaded where there is no room within 2 s,
   * with Problem ApiServerAway where it has not ended after 5 s: its place is then given to another. `on` is on whose
   * account it goes, see `strangers`.
   */
  run<T>(on: string, lookUp: () => Promise<T>): Promise<T>
  /** How many run, and how many wait. */
  readonly load: { readonly running: number; readonly waiting: number }
}

/** The account of all whose tokens were never good: one token more costs them nothing, so they share one. */
export const strangers = ''

export interface GateBounds {
  readonly running: number
  readonly waiting: number
  readonly runningOfOne: number
  readonly waitingOfOne: number
}

/** Nobody may take every place: those who were let in before get past a flood of tokens that nobody knows. */
const BOUNDS: GateBounds = { running: 8, waiting: 64, runningOfOne: 6, waitingOfOne: 48 }
const LONGEST_WAIT_MS = 2_000
const LONGEST_LOOK_UP_MS = 5_000

interface Waiting {
  readonly on: string
  /** Takes it out of the queue. */
  readonly enter: () => void
}

/** The one way to the API server for all look-ups of who somebody is and what they may: it bears few of them at once. */
export function lookUpGate(clock: Pick<Clock, 'schedule'>, bounds: GateBounds = BOUNDS): LookUpGate {
  /** At most `bounds.waiting`, so that looking through it costs little. */
  const queue: Waiting[] = []
  const running = places({ inAll: bounds.running, ofOne: bounds.runningOfOne })

  const hasRoom = (on: string): boolean => running.fullFor(on) === undefined
  const mayWait = (on: string): boolean =>
    queue.length < bounds.waiting && queue.filter((other) => other.on === on).length < bounds.waitingOfOne

  function leave(waiting: Waiting): void {
    queue.splice(queue.indexOf(waiting), 1)
  }

  /** What it resolves to gives the place back. */
  function place(on: string): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const cancel = clock.schedule(LONGEST_WAIT_MS, () => {
        leave(waiting)
        reject(overloaded())
      })
      const waiting: Waiting = {
        on,
        enter() {
          cancel()
          leave(waiting)
          resolve(running.take(on))
        },
      }
      queue.push(waiting)
    })
  }

  return {
    async run(on, lookUp) {
      if (!hasRoom(on) && !mayWait(on)) throw overloaded()
      const end = hasRoom(on) ? running.take(on) : await place(on)
      try {
        return await bounded(clock, lookUp())
      } finally {
        end()
        queue.find((waiting) => hasRoom(waiting.on))?.enter()
      }
    },
    get load() {
      return { running: running.taken, waiting: queue.length }
    },
  }
}

async function bounded<T>(clock: Pick<Clock, 'schedule'>, answer: Promise<T>): Promise<T> {
  const ended = answer.catch(() => undefined)
  if (await inTime(clock, LONGEST_LOOK_UP_MS, ended)) return answer
  const detail = `The API server has not said within ${LONGEST_LOOK_UP_MS / 1_000} s who calls and what they may`
  throw new Problem('ApiServerAway', { detail, retryAfterSeconds: 2 })
}

function overloaded(): Problem {
  const detail = 'Too many callers are being looked up at the API server: try again'
  return new Problem('Overloaded', { detail, retryAfterSeconds: 1 })
}
