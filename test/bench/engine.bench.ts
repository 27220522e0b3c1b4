import { decideClaim, decideRelease } from '../../operator/domain/stock/decide.ts'
import { aBook, aRequest } from '../fixtures/builders.ts'
import type { Row } from './row.ts'

const BATCH = 128
const WARM_UP = 200_000

/** Decide and apply of single holds and releases in memory, in batches as a turn makes them: no I/O at all. */
export function engineInMemory(seconds: number): Row[] {
  const book = aBook({ quantity: 1_000_000 })
  let decided = 0
  const batch = (): void => {
    const uids = Array.from({ length: BATCH }, (_, index) => `r${decided + index}`)
    for (const uid of uids)
      for (const draft of decideClaim(aRequest({ uid, name: uid, quantity: 1 }), book, decided))
        book.decide(draft, decided)
    for (const uid of uids)
      for (const draft of decideRelease(book.claims.get(uid), book, 'ReleasedByClient')) book.decide(draft, decided)
    book.commit()
    decided += 2 * BATCH
  }
  while (decided < WARM_UP) batch()
  const before = decided
  const heapBefore = process.memoryUsage().heapUsed
  const startedAt = performance.now()
  while (performance.now() - startedAt < seconds * 1_000) batch()
  const rate = (decided - before) / ((performance.now() - startedAt) / 1_000)
  const grown = (process.memoryUsage().heapUsed - heapBefore) / 1_048_576
  const note = `heap moved by ${grown.toFixed(0)} MiB in ${seconds} s, ${book.claims.size} claims left`
  return [
    {
      what: 'engine in memory: decide + apply, one core',
      measured: rate,
      unit: '/s',
      bar: { atLeast: 1_000_000 },
      note,
    },
  ]
}
