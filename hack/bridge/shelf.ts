import type { StoredRecord } from './formats.ts'

/** Records of one partition that were fetched and that nobody has asked for yet. */
export interface HeldBatch {
  /** In the order of the partition. */
  readonly records: readonly StoredRecord[]
  /** Told of each record as it is taken. */
  readonly taken: (record: StoredRecord) => void
}

/**
 * Between a consumer, which brings what it fetches, and a poll, which takes. A batch stays until all of it is taken, and
 * whoever brought it fetches no more of that broker until then: what one fetch brings is all there ever is here.
 */
export interface Shelf {
  /** Resolves when all of it is taken, or `clear` or `close` has taken it away. */
  hold(batch: HeldBatch): { readonly gone: Promise<void> }
  /** At most so many records; waits until there is one, or the time is over, or the shelf is closed. */
  take(most: number, withinMs: number): Promise<readonly StoredRecord[]>
  /** Takes all away: it is somebody else's now, or will be brought again. */
  clear(): void
  /** The same for good; whoever waits is answered at once. */
  close(): void
}

interface Kept extends HeldBatch {
  next: number
  readonly leave: () => void
}

export function shelf(): Shelf {
  const kept = new Set<Kept>()
  let arrival = Promise.withResolvers<void>()
  let isClosed = false

  function takeNow(most: number): StoredRecord[] {
    const records: StoredRecord[] = []
    for (const batch of kept) {
      while (records.length < most && batch.next < batch.records.length) {
        const record = batch.records[batch.next] as StoredRecord
        batch.next += 1
        batch.taken(record)
        records.push(record)
      }
      if (batch.next === batch.records.length) remove(batch)
    }
    return records
  }
  function remove(batch: Kept): void {
    kept.delete(batch)
    batch.leave()
  }
  function clear(): void {
    for (const batch of [...kept]) remove(batch)
  }

  return {
    hold(batch) {
      const { promise: gone, resolve: leave } = Promise.withResolvers<void>()
      if (isClosed || batch.records.length === 0) leave()
      else kept.add({ ...batch, next: 0, leave })
      arrival.resolve()
      arrival = Promise.withResolvers()
      return { gone }
    },
    async take(most, withinMs) {
      let isOver = false
      const end = Promise.withResolvers<void>()
      const timer = setTimeout(() => {
        isOver = true
        end.resolve()
      }, withinMs)
      while (kept.size === 0 && !isClosed && !isOver) await Promise.race([arrival.promise, end.promise])
      clearTimeout(timer)
      return takeNow(most)
    },
    clear,
    close() {
      isClosed = true
      clear()
      arrival.resolve()
    },
  }
}
