import type { Clock } from './timers.ts'

/** Keys that are to come later, each once. */
export interface Delays<K> {
  /** Of several times asked for a key, the earliest counts. */
  schedule(key: K, delayMs: number): void
  /** Forgets all of them. */
  clear(): void
}

interface Due<K> {
  readonly at: number
  readonly key: K
}

/** One timer for all keys, at the earliest time: a timer for each would weigh half as much as a live object. */
export function delays<K>(clock: Clock, run: (key: K) => void): Delays<K> {
  const times = new Map<K, number>()
  /** Also holds times that count no more, until they come. */
  let heap: Due<K>[] = []
  let armedFor = Infinity
  let disarm: (() => void) | undefined

  function arm(): void {
    const at = heap[0]?.at ?? Infinity
    if (at >= armedFor) return
    disarm?.()
    armedFor = at
    disarm = clock.schedule(Math.max(0, at - clock.now()), fire)
  }

  function fire(): void {
    armedFor = Infinity
    const now = clock.now()
    for (let next = heap[0]; next && next.at <= now; next = heap[0]) {
      pop(heap)
      if (times.get(next.key) !== next.at) continue
      times.delete(next.key)
      run(next.key)
    }
    arm()
  }

  return {
    schedule(key, delayMs) {
      const at = clock.now() + delayMs
      const earlier = times.get(key)
      if (earlier !== undefined && earlier <= at) return
      times.set(key, at)
      push(heap, { at, key })
      arm()
    },
    clear() {
      disarm?.()
      armedFor = Infinity
      times.clear()
      heap = []
    },
  }
}

/** A binary heap: the soonest is first, and no other order is kept. */
function push<K>(heap: Due<K>[], due: Due<K>): void {
  let place = heap.length
  while (place > 0) {
    const above = (place - 1) >> 1
    if ((heap[above] as Due<K>).at <= due.at) break
    heap[place] = heap[above] as Due<K>
    place = above
  }
  heap[place] = due
}

/** Takes the first away. */
function pop<K>(heap: Due<K>[]): void {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let place = 0
  for (;;) {
    const left = 2 * place + 1
    const right = left + 1
    const below = right < heap.length && (heap[right] as Due<K>).at < (heap[left] as Due<K>).at ? right : left
    if (below >= heap.length || (heap[below] as Due<K>).at >= last.at) break
    heap[place] = heap[below] as Due<K>
    place = below
  }
  heap[place] = last
}
