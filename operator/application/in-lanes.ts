/** Runs `work` on every item, at most `lanes` at a time. Rejects with the first failure; what has begun goes on. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items].reverse()
  const lane = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(lanes, left.length) }, lane))
}
