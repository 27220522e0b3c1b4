import { type Clock, msBetween } from '../clock.ts'
import { type PlaceBounds, places } from './places.ts'

export interface Waiting {
  /** At most so long. */
  readonly ms: number
  /** Ends the wait at once, as its time does. */
  readonly over: AbortSignal
  /** On whose account it goes. */
  readonly caller: string
  /** Told at its end how long it was, in ms, and whether it was for something; not told where nobody waits at all. */
  readonly waited?: ((ms: number, came: boolean) => void) | undefined
}

export interface Waits {
  /**
   * Whether `test` came true in time: it is asked now, and each time when `key` changes. False at once where too many
   * wait already. Rejects with what `test` throws.
   */
  until(key: string, test: () => boolean, waiting: Waiting): Promise<boolean>
  /** Asks those who wait for `key` and nobody else. Never throws. */
  changed(key: string): void
  /** How many wait. */
  readonly size: number
}

const BOUNDS: PlaceBounds = { inAll: 2_000, ofOne: 200 }

/** Those who wait for an object to be as they want it. Nobody looks again and again: watches say what has changed. */
export function waits(clock: Pick<Clock, 'schedule' | 'tick'>, bounds: PlaceBounds = BOUNDS): Waits {
  const byKey = new Map<string, Set<() => void>>()
  const waiting = places(bounds)

  function add(key: string, look: () => void): void {
    const looks = byKey.get(key) ?? new Set()
    byKey.set(key, looks.add(look))
  }

  function remove(key: string, look: () => void): void {
    const looks = byKey.get(key)
    looks?.delete(look)
    if (looks?.size === 0) byKey.delete(key)
  }

  function wait(key: string, test: () => boolean, { ms, over, caller, waited }: Waiting): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const leave = waiting.take(caller)
    const since = clock.tick()
    const end = (came: boolean): void => {
      cancel()
      waited?.(msBetween(since, clock.tick()), came)
      over.removeEventListener('abort', giveUp)
      remove(key, look)
      leave()
    }
    const giveUp = (): void => {
      end(false)
      resolve(false)
    }
    const look = (): void => {
      try {
        if (!test()) return
        end(true)
        resolve(true)
      } catch (error) {
        end(false)
        reject(error)
      }
    }
    const cancel = clock.schedule(ms, giveUp)
    over.addEventListener('abort', giveUp)
    add(key, look)
    return promise
  }

  return {
    async until(key, test, how) {
      if (test()) {
        how.waited?.(0, true)
        return true
      }
      if (waiting.fullFor(how.caller) || how.over.aborted || how.ms <= 0) return false
      return wait(key, test, how)
    },
    changed(key) {
      const looks = byKey.get(key)
      if (looks === undefined) return
      // One that is asked may end another or begin a new one: only those count that were there, and are there still.
      for (const look of [...looks]) if (looks.has(look)) look()
    },
    get size() {
      return waiting.taken
    },
  }
}
