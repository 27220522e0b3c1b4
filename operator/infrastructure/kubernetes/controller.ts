import { type Clock, sleep } from './timers.ts'
import type { WorkQueue } from './work-queue.ts'

/** How a reconcile ended well: nothing to do until something changes, or to be looked at again after a while. */
export type ReconcileOutcome =
  | { readonly kind: 'settled' }
  | { readonly kind: 'recheckAfter'; readonly delayMs: number }

/** controller-runtime's measurements; `controller` is the name. */
export interface ControllerObserver {
  reconciled(controller: string, result: 'success' | 'requeue_after' | 'error', seconds: number): void
  activeWorkers(controller: string, workers: number): void
  maxWorkers(controller: string, workers: number): void
}

export interface ControllerOptions<K> {
  readonly name: string
  readonly queue: WorkQueue<K>
  /**
   * How many keys are worked on at once. Infinity = every key by itself: for reconciles that may wait for something of
   * their own, so that none of them ever keeps another key from its turn.
   */
  readonly workers: number
  /** Brings one key to where it should be. What it throws becomes a retry with back-off. */
  readonly reconcile: (key: K) => Promise<ReconcileOutcome>
  readonly clock: Clock
  readonly observer?: ControllerObserver
  /** Told of each failed reconcile; `failures` counts this key's in a row. */
  readonly onFault?: (key: K, error: unknown, failures: number) => void
}

/** Keys that are begun before other work of the process has its turn. */
const BEGUN_AT_ONCE = 256

export interface Controller {
  start(): void
  /** Takes no more keys and waits up to `graceMs` for the running reconciles. True when none was left running. */
  stop(graceMs: number): Promise<boolean>
}

/** Works a queue off, never two workers on one key. The only place where an error becomes back-off. */
export function controller<K>(options: ControllerOptions<K>): Controller {
  const { name, queue, clock, observer } = options
  const running = new Set<Promise<void>>()
  let active = 0
  let stopping = false
  let workers: Promise<void>[] = []

  const work = async (): Promise<void> => {
    for (let key = await queue.get(); key !== undefined; key = await queue.get()) {
      if (!stopping) await workOn(key)
      queue.done(key)
      if (stopping) return
    }
  }
  /** Begins with one key after the other; now and then the rest of the process has its turn. */
  const dispatch = async (): Promise<void> => {
    let begun = 0
    for (let key = await queue.get(); key !== undefined && !stopping; key = await queue.get()) {
      const taken = key
      const done = workOn(taken).then(() => queue.done(taken))
      running.add(done)
      void done.then(() => running.delete(done))
      begun += 1
      if (begun % BEGUN_AT_ONCE === 0) await sleep(clock, 0)
    }
    await Promise.all(running)
  }
  const workOn = async (key: K): Promise<void> => {
    active += 1
    observer?.activeWorkers(name, active)
    const startedAt = clock.now()
    const result = await reconcileOnce(options, key)
    active -= 1
    observer?.activeWorkers(name, active)
    observer?.reconciled(name, result, (clock.now() - startedAt) / 1_000)
  }

  return {
    start() {
      if (workers.length > 0 || stopping) return
      observer?.maxWorkers(name, options.workers)
      workers = Number.isFinite(options.workers) ? Array.from({ length: options.workers }, work) : [dispatch()]
    },
    async stop(graceMs) {
      stopping = true
      queue.shutDown()
      const ended = Promise.all(workers).then(() => true)
      const late = Promise.withResolvers<boolean>()
      const cancel = clock.schedule(graceMs, () => late.resolve(false))
      const graceful = await Promise.race([ended, late.promise])
      cancel()
      return graceful
    },
  }
}

async function reconcileOnce<K>(
  { queue, reconcile, onFault }: ControllerOptions<K>,
  key: K,
): Promise<'success' | 'requeue_after' | 'error'> {
  try {
    const outcome = await reconcile(key)
    queue.forget(key)
    if (outcome.kind === 'settled') return 'success'
    queue.addAfter(key, outcome.delayMs)
    return 'requeue_after'
  } catch (error) {
    queue.addRateLimited(key)
    onFault?.(key, error, queue.numRequeues(key))
    return 'error'
  }
}
