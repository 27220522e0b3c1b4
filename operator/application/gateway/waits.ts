import type { Clock } from '../clock.ts'

export interface Waiting {
  /** At most so long. */
  readonly ms: number
  /** Ends the wait at once, as its time does. */
  readonly over: AbortSignal
  /** On whose account it goes. */
  readonly caller: string
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

export interface WaitBounds {
  readonly inAll: number
  readonly ofOneCaller: number
}

const BOUNDS: WaitBounds = { inAll: 2_000, ofOneCaller: 200 }

/** Those who wait for an object to be as they want it. Nobody looks again and again: watches say what has changed. */
export function waits(clock: Pick<Clock, 'schedule'>, bounds: WaitBounds = BOUNDS): Waits {
  const byKey = new Map<string, Set<() => void>>()
  const byCaller = new Map<string, number>()
  let size = 0

  function add(key: string, caller: string, look: () => void): void {
    size += 1
    byCaller.set(caller, (byCaller.get(caller) ?? 0) + 1)
    const looks = byKey.get(key) ?? new Set()
    byKey.set(key, looks.add(look))
  }

  function remove(key: string, caller: string, look: () => void): void {
    size -= 1
    const left = (byCaller.get(caller) ?? 0) - 1
    if (left > 0) byCaller.set(caller, left)
    else byCaller.delete(caller)
    const looks = byKey.get(key)
    looks?.delete(look)
    if (looks?.size === 0) byKey.delete(key)
  }

  function wait(key: string, test: () => boolean, { ms, over, caller }: Waiting): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>()
    const end = (): void => {
      cancel()
      over.removeEventListener('abort', giveUp)
      remove(key, caller, look)
    }
    const giveUp = (): void => {
      end()
      resolve(false)
    }
    const look = (): void => {
      try {
        if (!test()) return
        end()
        resolve(true)
      } catch (error) {
        end()
        reject(error)
      }
    }
    const cancel = clock.schedule(ms, giveUp)
    over.addEventListener('abort', giveUp)
    add(key, caller, look)
    return promise
  }

  return {
    async until(key, test, waiting) {
      if (test()) return true
      const full = size >= bounds.inAll || (byCaller.get(waiting.caller) ?? 0) >= bounds.ofOneCaller
      if (full || waiting.over.aborted || waiting.ms <= 0) return false
      return wait(key, test, waiting)
    },
    changed(key) {
      const looks = byKey.get(key)
      if (looks === undefined) return
      // One that is asked may end another or begin a new one: only those count that were there, and are there still.
      for (const look of [...looks]) if (looks.has(look)) look()
    },
    get size() {
      return size
    },
  }
}
