import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface Faults {
  /** Of each call: the chance that its request is lost, its reply is lost, it lands late, or it is told to come later. */
  rate: number
  /** How far the watch may lag behind, in ms. */
  watchLagMs: number
  /** A namespace that whoever comes to lead may not list for a while; undefined = none. */
  unlisted: string | undefined
}

export class CallFailed extends Error {}

export interface NetworkParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: Faults
  /** Runs something in the caller's process: now, when it is on again, or never. */
  readonly inProcess: (run: () => void) => void
  /** Told the server's time with every answer. */
  readonly onAnswer: (serverDate: number) => void
}

export type Network = ReturnType<typeof network>

/** What a caller gets instead of an answer. */
interface Instead<T> {
  /** Nobody knows what became of the call. */
  readonly lost: () => T | Promise<T>
  /** It was not carried out. */
  readonly later: () => T | Promise<T>
}

/** The way between one operator and its server: it delays, loses requests, loses replies, and delivers long after. */
export function network({ time, random, faults, inProcess, onAnswer }: NetworkParts) {
  function call<T>(act: () => T, { lost, later }: Instead<T>): Promise<T> {
    return new Promise((resolve) => {
      const answer = (result: () => T | Promise<T>) => inProcess(() => resolve(result()))
      const giveUp = () => time.schedule(random.between(50, 500), () => answer(lost))
      const fate = Math.floor(random.next() / Math.max(faults.rate, 1e-9))
      time.schedule(random.between(1, 15), () => {
        switch (fate) {
          case 0: // the request is lost
            giveUp()
            return
          case 1: // the reply is lost
            act()
            giveUp()
            return
          case 2: // it lands long after anybody waits for it
            time.schedule(random.between(1_000, 20_000), act)
            giveUp()
            return
          case 3:
            answer(later)
            return
          default:
            reply(act(), answer)
        }
      })
    })
  }

  function reply<T>(result: T, answer: (result: () => T) => void): void {
    const date = time.now()
    time.schedule(random.between(1, 15), () => {
      inProcess(() => onAnswer(date))
      answer(() => result)
    })
  }

  const failing = () => Promise.reject(new CallFailed('no answer'))
  type Unclear =
    | { readonly kind: 'unknown'; readonly reason: string; readonly cause: string }
    | { readonly kind: 'notApplied'; readonly reason: string; readonly cause: string; readonly retryAfterMs: number }

  return {
    call,
    /** Throws when no answer comes. */
    read: <T>(act: () => T): Promise<T> => call<T>(act, { lost: failing, later: failing }),
    /** Never throws; says what is known. */
    write: <T>(act: () => T): Promise<T | Unclear> =>
      call<T | Unclear>(act, {
        lost: () => ({ kind: 'unknown', reason: 'no answer', cause: 'NoAnswer' }),
        later: () => ({ kind: 'notApplied', reason: '429', cause: 'TooManyRequests', retryAfterMs: 100 }),
      }),
  }
}
