/** First in, first out, without moving the rest at each step. */
export interface Fifo<K> {
  push(key: K): void
  /** Undefined when empty. */
  shift(): K | undefined
  readonly length: number
}

/** Taken slots are cut off in one go once there are this many and they are the larger part. */
const SPARE_SLOTS = 1_024

export function fifo<K>(): Fifo<K> {
  let slots: (K | undefined)[] = []
  let head = 0
  return {
    push: (key) => void slots.push(key),
    shift() {
      if (head === slots.length) return undefined
      const key = slots[head]
      slots[head] = undefined // else the slot would keep the object alive
      head += 1
      if (head > SPARE_SLOTS && head * 2 > slots.length) {
        slots = slots.slice(head)
        head = 0
      }
      return key
    },
    get length() {
      return slots.length - head
    },
  }
}
