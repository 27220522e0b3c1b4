import type { Clock } from '../../../operator/application/clock.ts'
import type { Outcome } from '../../../operator/application/outcome.ts'

const RETRY_MS = 200

/**
 * A work queue as small as it can be: no key twice at once, again after a fault, again when it changed meanwhile.
 * `workers` = keys at once, at most.
 */
export function keyedQueue(
  clock: Clock,
  reconcile: (key: string) => Promise<Outcome>,
  onFault: (key: string, error: unknown) => void,
  workers = Number.POSITIVE_INFINITY,
) {
  const active = new Set<string>()
  const dirty = new Set<string>()
  let started = false

  async function run(key: string): Promise<void> {
    active.add(key)
    try {
      const outcome = await reconcile(key)
      if (outcome.kind === 'recheckAfter') clock.schedule(outcome.delayMs, () => add(key))
    } catch (error) {
      onFault(key, error)
      clock.schedule(RETRY_MS, () => add(key))
    }
    active.delete(key)
    const [next] = dirty.delete(key) ? [key] : [...dirty].filter((one) => !active.has(one))
    if (next === undefined) return
    dirty.delete(next)
    add(next)
  }

  function add(key: string): void {
    if (!started || active.has(key) || active.size >= workers) dirty.add(key)
    else void run(key)
  }

  return {
    add,
    start(): void {
      started = true
      for (const key of [...dirty]) {
        dirty.delete(key)
        add(key)
      }
    },
  }
}
