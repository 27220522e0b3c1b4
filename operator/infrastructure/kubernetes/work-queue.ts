import { delays } from './delays.ts'
import { fifo } from './fifo.ts'
import { CONTROLLER_RETRIES, type RetryRange, retryDelays } from './retry-delays.ts'
import type { Clock } from './timers.ts'

/** client-go's measurements of a queue; `queue` is its name. */
export interface WorkQueueObserver {
  depth(queue: string, keys: number): void
  added(queue: string): void
  retried(queue: string): void
  /** Time that a key stood in the queue. */
  waited(queue: string, seconds: number): void
  /** Time that work on a key took. */
  worked(queue: string, seconds: number): void
  /** Sum over the keys that are being worked on; told twice a second while there are any. */
  unfinished(queue: string, seconds: number): void
  longestRunning(queue: string, seconds: number): void
}

export interface WorkQueueOptions {
  readonly name: string
  readonly clock: Clock
  readonly retries?: RetryRange
  readonly observer?: WorkQueueObserver
}

/**
 * Keys to be worked on, each at most once at a time. A key that is added while it waits stays one; added while it is
 * worked on, it comes again after `done`.
 */
export interface WorkQueue<K> {
  add(key: K): void
  /** Later; of several times asked for, the earliest counts. */
  addAfter(key: K, delayMs: number): void
  /** After a delay that grows with each call until `forget`. */
  addRateLimited(key: K): void
  forget(key: K): void
  /** How often the key was added by `addRateLimited` since the last `forget`. */
  numRequeues(key: K): number
  /** The next key, when there is one; undefined when the queue was shut down and is empty. Call `done` after the work. */
  get(): Promise<K | undefined>
  done(key: K): void
  /** Takes nothing more; drops what was to come later. What waits is still given out. */
  shutDown(): void
  /** The same, and resolves when nothing waits and nothing is worked on. */
  drain(): Promise<void>
  /** Keys that wait. */
  readonly length: number
}

const OBSERVE_EVERY_MS = 500

/** A rate-limited, delaying, de-duplicating queue with client-go's rules. Keys are compared as a Set does. */
export function workQueue<K>(options: WorkQueueOptions): WorkQueue<K> {
  const { name, clock, observer } = options
  const queue = singleQueue<K>(stopwatch<K>(options))
  const later = delays<K>(clock, (key) => queue.add(key))
  const retries = retryDelays<K>(options.retries ?? CONTROLLER_RETRIES, clock)
  let shuttingDown = false

  const addAfter = (key: K, delayMs: number): void => {
    if (shuttingDown) return
    observer?.retried(name)
    if (delayMs <= 0) queue.add(key)
    else later.schedule(key, delayMs)
  }
  const shutDown = (): void => {
    shuttingDown = true
    later.clear()
    queue.shutDown()
  }

  return {
    add: queue.add,
    addAfter,
    addRateLimited: (key) => addAfter(key, retries.next(key)),
    forget: (key) => retries.forget(key),
    numRequeues: (key) => retries.failures(key),
    get: queue.get,
    done: queue.done,
    shutDown,
    drain() {
      shutDown()
      return queue.drained
    },
    get length() {
      return queue.length
    },
  }
}

/** The queue without time: each key waits once and is worked on once. */
function singleQueue<K>(watch: ReturnType<typeof stopwatch<K>>) {
  const waiting = fifo<K>()
  /** To be worked on: waits, or was added again while worked on. */
  const dirty = new Set<K>()
  const processing = new Set<K>()
  const takers = fifo<(key: K | undefined) => void>()
  const drained = Promise.withResolvers<void>()
  let shuttingDown = false

  const take = (): K => {
    const key = waiting.shift() as K
    processing.add(key)
    dirty.delete(key)
    watch.taken(key, waiting.length)
    return key
  }
  const enqueue = (key: K): void => {
    waiting.push(key)
    watch.depth(waiting.length)
    takers.shift()?.(take())
  }
  const drainedIfEmpty = (): void => {
    if (shuttingDown && waiting.length === 0 && processing.size === 0) drained.resolve()
  }

  return {
    drained: drained.promise,
    add(key: K): void {
      if (shuttingDown || dirty.has(key)) return
      dirty.add(key)
      watch.added(key)
      if (!processing.has(key)) enqueue(key)
    },
    get(): Promise<K | undefined> {
      if (waiting.length > 0) return Promise.resolve(take())
      if (shuttingDown) return Promise.resolve(undefined)
      return new Promise((resolve) => takers.push(resolve))
    },
    done(key: K): void {
      if (!processing.delete(key)) return
      watch.done(key)
      if (dirty.has(key)) enqueue(key)
      drainedIfEmpty()
    },
    shutDown(): void {
      shuttingDown = true
      for (let taker = takers.shift(); taker !== undefined; taker = takers.shift()) taker(undefined)
      drainedIfEmpty()
    },
    get length(): number {
      return waiting.length
    },
  }
}

/** Takes the times for the observer; costs nothing without one. */
function stopwatch<K>({ name, clock, observer }: WorkQueueOptions) {
  const addedAt = new Map<K, number>()
  const takenAt = new Map<K, number>()
  let armed = false
  const secondsSince = (at: number): number => (clock.now() - at) / 1_000
  const tellRunning = (): void => {
    const seconds = [...takenAt.values()].map(secondsSince)
    observer?.unfinished(
      name,
      seconds.reduce((sum, each) => sum + each, 0),
    )
    observer?.longestRunning(
      name,
      seconds.reduce((most, each) => Math.max(most, each), 0),
    )
    armed = takenAt.size > 0
    if (armed) clock.schedule(OBSERVE_EVERY_MS, tellRunning)
  }
  if (observer === undefined) return { added() {}, depth() {}, taken() {}, done() {} }
  return {
    added(key: K): void {
      addedAt.set(key, clock.now())
      observer.added(name)
    },
    depth: (keys: number): void => observer.depth(name, keys),
    taken(key: K, depth: number): void {
      observer.depth(name, depth)
      observer.waited(name, secondsSince(addedAt.get(key) ?? clock.now()))
      addedAt.delete(key)
      takenAt.set(key, clock.now())
      if (!armed) clock.schedule(OBSERVE_EVERY_MS, tellRunning)
      armed = true
    },
    done(key: K): void {
      observer.worked(name, secondsSince(takenAt.get(key) ?? clock.now()))
      takenAt.delete(key)
    },
  }
}
