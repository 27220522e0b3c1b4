/** Those who asked while a trip was under way go together with the next; `most` of them at a time. Fails for all of a trip as it does. */
export function gathered<Item, Answer>(
  trip: (items: readonly Item[]) => Promise<Answer>,
  most: number,
): (item: Item) => Promise<Answer> {
  interface Asked {
    readonly item: Item
    readonly resolve: (answer: Answer) => void
    readonly reject: (error: unknown) => void
  }
  /** As many as ask at once: who waits for an answer asks for nothing more. */
  let waiting: Asked[] = []
  let isRunning = false

  async function run(): Promise<void> {
    isRunning = true
    await Promise.resolve() // those who ask in the same moment
    while (waiting.length > 0) {
      const together = waiting.slice(0, most)
      waiting = waiting.slice(most)
      try {
        const answer = await trip(together.map(({ item }) => item))
        for (const { resolve } of together) resolve(answer)
      } catch (error) {
        for (const { reject } of together) reject(error)
      }
    }
    isRunning = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (!isRunning) void run()
    })
}
