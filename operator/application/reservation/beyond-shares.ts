import { type Steps, stepping } from '../in-pieces.ts'

/**
 * Those of `things` that go so that `most` are left: again and again the first of the namespace that has the most. A
 * namespace that has no more than an equal share loses none, whatever the others do.
 */
export function* beyondShares<T extends { readonly namespace: string }>(
  things: readonly T[],
  most: number,
): Steps<T[]> {
  if (things.length <= most) return []
  const counts = new Map<string, number>()
  const lastFirst = things.toReversed()
  const ranks: number[] = [] // so many of its namespace stay longer
  const sizes: number[] = []
  yield* stepping(lastFirst, ({ namespace }) => {
    const rank = counts.get(namespace) ?? 0
    counts.set(namespace, rank + 1)
    ranks.push(rank)
    sizes[rank] = (sizes[rank] ?? 0) + 1
  })
  const next = startsOf(sizes)
  const ranked = [...lastFirst]
  let index = 0
  yield* stepping(lastFirst, (thing) => {
    const rank = ranks[index++] ?? 0
    const place = next[rank] ?? 0
    next[rank] = place + 1
    ranked[place] = thing
  })
  return ranked.slice(most).reverse()
}

/** Where those of each rank begin when all are in one list. */
function startsOf(sizes: readonly number[]): number[] {
  let start = 0
  return sizes.map((size) => {
    start += size
    return start - size
  })
}
