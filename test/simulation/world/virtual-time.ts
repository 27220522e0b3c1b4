import { type Clock, tickOf } from '../../../operator/application/clock.ts'

interface Due {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

export interface VirtualTime extends Clock {
  /** Lets `durationMs` of virtual time pass, with everything that falls due in it. */
  pass(durationMs: number): Promise<void>
  /** Lets time pass until `done`, at most `limitMs`; answers whether it came to be. */
  until(done: () => boolean, limitMs: number): Promise<boolean>
}

/** A clock that stands still while code runs and jumps to whatever is due next. Same seed, same order. */
export function virtualTime(startMs = Date.parse('2026-01-01T00:00:00Z')): VirtualTime {
  let now = startMs
  let order = 0
  const heap: Due[] = []

  const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(due: Due): void {
    heap.push(due)
    let child = heap.length - 1
    while (child > 0) {
      const parent = (child - 1) >> 1
      if (!before(heap[child] as Due, heap[parent] as Due)) return
      swap(child, parent)
      child = parent
    }
  }

  function pop(): Due | undefined {
    const top = heap[0]
    const last = heap.pop()
    if (top === undefined || last === undefined || heap.length === 0) return top
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = 2 * parent + 1
      const right = left + 1
      let least = parent
      if (left < heap.length && before(heap[left] as Due, heap[least] as Due)) least = left
      if (right < heap.length && before(heap[right] as Due, heap[least] as Due)) least = right
      if (least === parent) return top
      swap(parent, least)
      parent = least
    }
  }

  function swap(a: number, b: number): void {
    const kept = heap[a] as Due
    heap[a] = heap[b] as Due
    heap[b] = kept
  }

  /** Everything that follows from what has just run, however many promises deep. */
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

  async function runUntil(endMs: number, done: () => boolean): Promise<boolean> {
    await settled()
    while (!done()) {
      const next = heap[0]
      if (next === undefined || next.at > endMs) {
        now = endMs
        return done()
      }
      pop()
      now = Math.max(now, next.at)
      next.run()
      await settled()
    }
    return true
  }

  return {
    now: () => now,
    tick: () => tickOf(now),
    schedule(delayMs, run) {
      let cancelled = false
      order += 1
      push({ at: now + Math.max(0, delayMs), order, run: () => !cancelled && run() })
      return () => {
        cancelled = true
      }
    },
    async pass(durationMs) {
      await runUntil(now + durationMs, () => false)
    },
    until: (done, limitMs) => runUntil(now + limitMs, done),
  }
}

const TRY_AGAIN_MS = 100

export async function insist<T>(clock: Pick<Clock, 'schedule'>, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt()
    } catch {
      await new Promise<void>((resolve) => clock.schedule(TRY_AGAIN_MS, resolve))
    }
  }
}
