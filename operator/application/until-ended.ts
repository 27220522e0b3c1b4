/** Work that nobody waits for any more once all ends. */
export interface UntilEnded {
  /** As `work` comes out; rejects with what `end` was given as soon as that is called, and then begins nothing. */
  wait<T>(work: () => Promise<T>): Promise<T>
  /** What was begun goes on by itself, and what comes of it is nobody's concern. Harmless when repeated. */
  end(why: Error): void
}

/** A race with one promise that stays open for ever would keep every racer in memory: who is through is forgotten here. */
export function untilEnded(): UntilEnded {
  const waiting = new Set<(why: Error) => void>()
  let ended: Error | undefined
  return {
    wait<T>(work: () => Promise<T>) {
      if (ended) return Promise.reject(ended)
      const { promise, resolve, reject } = Promise.withResolvers<T>()
      waiting.add(reject)
      const forget = () => void waiting.delete(reject)
      void work().then(resolve, reject).then(forget)
      return promise
    },
    end(why) {
      ended ??= why
      for (const reject of waiting) reject(ended)
      waiting.clear()
    },
  }
}
