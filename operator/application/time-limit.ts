import { type Clock, later, msBetween, type Tick } from './clock.ts'

/** Answered for work whose time was over. */
export const late = Symbol('late')

/**
 * The same limit for many pieces of work, with one timer for all that are under way: a timer for each costs more than quick
 * work does.
 */
export interface TimeLimit {
  /**
   * Begins `work`, and answers `late` when it has not ended in time; its signal is aborted then, and what becomes of it
   * nobody hears. Else as `work`, also what it throws before there is a promise. `since` is now.
   */
  run<T>(work: (signal: AbortSignal) => Promise<T>, since: Tick): Promise<T | typeof late>
  /** Lets go of the timer; to be told when nothing is under way. */
  end(): void
}

interface Running {
  readonly dueAt: Tick
  readonly over: () => void
}

export function timeLimit(clock: Pick<Clock, 'tick' | 'schedule'>, limitMs: number): TimeLimit {
  /** In the order in which they are due: the limit is the same for all. */
  const running = new Set<Running>()
  let cancel: (() => void) | undefined

  function look(): void {
    cancel = undefined
    for (const work of running) {
      const leftMs = msBetween(clock.tick(), work.dueAt)
      if (leftMs > 0) {
        cancel = clock.schedule(leftMs, look)
        return
      }
      running.delete(work)
      work.over()
    }
  }

  return {
    run(work, since) {
      return new Promise((resolve, reject) => {
        const ending = new AbortController()
        const over = () => {
          resolve(late)
          ending.abort()
        }
        const own: Running = { dueAt: later(since, limitMs), over }
        running.add(own)
        cancel ??= clock.schedule(limitMs, look)
        const ended = () => running.delete(own)
        try {
          work(ending.signal).then(
            (answer) => {
              ended()
              resolve(answer)
            },
            (error: unknown) => {
              ended()
              reject(error)
            },
          )
        } catch (error) {
          ended()
          reject(error)
        }
      })
    },
    end() {
      cancel?.()
      cancel = undefined
    },
  }
}
