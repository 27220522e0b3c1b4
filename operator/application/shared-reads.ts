import { fifo } from './fifo.ts'

/**
 * Reads of which many want the same at once: each key is asked for once at a time, at most `most` keys together; who
 * comes meanwhile shares the answer. Rejects as `read` does.
 */
export function sharedReads<T>(read: (key: string) => Promise<T>, most: number): (key: string) => Promise<T> {
  const asked = new Map<string, Promise<T>>()
  const waiting = fifo<() => void>()
  let running = 0

  async function turn(): Promise<void> {
    if (running < most) running += 1
    else await new Promise<void>((go) => waiting.push(go)) // whoever ends hands its place on
  }

  function end(): void {
    const next = waiting.shift()
    if (next) next()
    else running -= 1
  }

  async function ask(key: string): Promise<T> {
    await turn()
    try {
      return await read(key)
    } finally {
      asked.delete(key)
      end()
    }
  }

  return (key) => {
    const shared = asked.get(key) ?? ask(key)
    asked.set(key, shared)
    return shared
  }
}
