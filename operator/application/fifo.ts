/** First in, first out; each step costs the same however many wait. */
export interface Fifo<T> {
  push(item: T): void
  /** Takes the oldest; undefined = it is empty. */
  shift(): T | undefined
  /** The oldest, which stays. */
  readonly head: T | undefined
  readonly length: number
}

/** Taken items are cut off in one go, when there are as many as this and as those that wait. */
const CUT_AT = 64

export function fifo<T>(): Fifo<T> {
  let items: T[] = []
  let next = 0
  return {
    push: (item) => void items.push(item),
    shift() {
      if (next >= items.length) return undefined
      const item = items[next]
      next += 1
      if (next >= CUT_AT && next * 2 >= items.length) {
        items = items.slice(next)
        next = 0
      }
      return item
    },
    get head() {
      return items[next]
    },
    get length() {
      return items.length - next
    },
  }
}
