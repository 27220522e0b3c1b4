/**
 * Those of `things` that go so that `most` are left: again and again the first of the namespace that has the most. A
 * namespace that has no more than an equal share loses none, whatever the others do.
 */
export function beyondShares<T extends { readonly namespace: string }>(things: readonly T[], most: number): T[] {
  const counts = new Map<string, number>()
  const ranked = things.toReversed().map((thing) => {
    const rank = counts.get(thing.namespace) ?? 0
    counts.set(thing.namespace, rank + 1)
    return { thing, rank } // so many of its namespace stay longer
  })
  ranked.sort((a, b) => a.rank - b.rank)
  const leaving = ranked.slice(most).toReversed()
  return leaving.map(({ thing }) => thing)
}
