import type { Entry } from '../../domain/stock/entry.ts'
import type { Clock, Tick } from '../clock.ts'
import type { Ask } from './batch.ts'

/** What a caller says of its ask; the rest is the same for all. */
export type Wish = Pick<Ask, 'decide'> & Partial<Pick<Ask, 'size' | 'takesUnits' | 'promised'>>

/** The asks that wait for a stock's next write, in the order in which they came. */
export interface AskQueue {
  readonly length: number
  /** When the first of them came. */
  readonly oldestAt: Tick | undefined
  /** Nothing that is queued fits the journal; set until that may have changed. */
  starved: boolean
  add(wish: Wish): Promise<readonly Entry[]>
  all(): readonly Ask[]
  /** Only these are left. */
  keep(asks: readonly Ask[]): void
  /** These come first again, before any that came since. */
  putBack(asks: readonly Ask[]): void
  fail(error: unknown): void
}

export function askQueue(clock: Clock): AskQueue {
  let queue: Ask[] = []
  return {
    starved: false,
    get length() {
      return queue.length
    },
    get oldestAt() {
      return queue[0]?.since
    },
    add(wish) {
      if (!wish.takesUnits) this.starved = false // it may fit the part that is kept free
      return new Promise((answer, fail) => {
        queue.push({ size: 1, takesUnits: false, promised: 0, ...wish, answer, fail, since: clock.tick() })
      })
    },
    all: () => queue,
    keep(asks) {
      queue = [...asks]
    },
    putBack(asks) {
      const first = new Set(asks)
      queue = [...asks, ...queue.filter((ask) => !first.has(ask))]
    },
    fail(error) {
      for (const ask of queue.splice(0)) ask.fail(error)
    },
  }
}
