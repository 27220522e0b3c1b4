import { type Clock, later, msBetween, type Tick } from './clock.ts'
import { type Fifo, fifo } from './fifo.ts'

/** Hands items on when their time has come, with one timer for all of them. */
export interface DelayQueue<T> {
  add(item: T, delayMs: number): void
}

interface Delayed<T> {
  readonly item: T
  readonly at: Tick
}

/**
 * Those that wait equally long are in one line, in the order of their times: only the heads are ever compared. Made for
 * few different delays.
 */
export function delayQueue<T>(clock: Pick<Clock, 'tick' | 'schedule'>, onDue: (item: T) => void): DelayQueue<T> {
  const lines = new Map<number, Fifo<Delayed<T>>>()
  let timer: { readonly at: Tick; readonly cancel: () => void } | undefined

  function wakeBy(at: Tick): void {
    if (timer && msBetween(timer.at, at) >= 0) return
    timer?.cancel()
    timer = { at, cancel: clock.schedule(Math.max(0, msBetween(clock.tick(), at)), handOn) }
  }

  function handOn(): void {
    timer = undefined
    const due: T[] = []
    for (const [delayMs, line] of lines) {
      for (let head = line.head; head && msBetween(head.at, clock.tick()) >= 0; head = line.head) {
        line.shift()
        due.push(head.item)
      }
      if (line.head) wakeBy(line.head.at)
      else lines.delete(delayMs)
    }
    for (const item of due) onDue(item)
  }

  return {
    add(item, delayMs) {
      const line = lines.get(delayMs) ?? fifo<Delayed<T>>()
      lines.set(delayMs, line)
      const at = later(clock.tick(), delayMs)
      line.push({ item, at })
      wakeBy(at)
    },
  }
}
