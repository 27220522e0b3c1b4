/** Runs `work` on every item, at most `lanes` at a time, whatever becomes of others. Rejects in the end with the first failure. */
export async function inLanes<T>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items].reverse()
  const failures: unknown[] = []
  const lane = async (): Promise<void> => {
    for (let item = left.pop(); item !== undefined; item = left.pop()) {
      try {
        await work(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, left.length) }, lane))
  if (failures.length > 0) throw failures[0]
}
