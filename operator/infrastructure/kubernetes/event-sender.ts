import { ApiError } from './api-error.ts'
import { fifo } from './fifo.ts'
import { type Clock, jittered, type Random, sleep } from './timers.ts'

/** Something to be sent, some time. `send` is tried again when that may help. */
export interface Sending {
  send(): Promise<void>
  /** Called instead of success, at most once. */
  dropped(): void
}

export type DropCause = 'queueFull' | 'refused' | 'unavailable' | 'stopped'

export interface EventSender {
  /** Never waits, never throws. When too many wait already, the oldest is dropped. */
  enqueue(sending: Sending): void
  /** Resolves when all is sent or dropped; what is left after `graceMs` is dropped. */
  stop(graceMs: number): Promise<void>
}

export interface EventSenderOptions {
  readonly clock: Clock
  readonly random: Random
  readonly onDropped: (cause: DropCause, error?: unknown) => void
  /** How many may wait. Default 1000. */
  readonly capacity?: number
}

const LANES = 4
const TRIES = 3
const RETRY_MS = 1_000
const LONGEST_WAIT_MS = 10_000

/** Sends things of no great weight a few at a time, with few tries: they must never hold anything up. */
export function eventSender({ clock, random, onDropped, capacity = 1_000 }: EventSenderOptions): EventSender {
  const waiting = fifo<Sending>()
  const end = new AbortController()
  const idle = new Set<() => void>()
  let busyLanes = 0

  const drop = (sending: Sending, cause: DropCause, error?: unknown): void => {
    sending.dropped()
    onDropped(cause, error)
  }
  const deliver = async (sending: Sending): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await sending.send()
      } catch (error) {
        if (end.signal.aborted) return drop(sending, 'stopped', error)
        if (!mayHelpToRetry(error)) return drop(sending, 'refused', error)
        if (tries === TRIES) return drop(sending, 'unavailable', error)
        const waitMs = retryAfterMs(error) ?? jittered(RETRY_MS * 2 ** (tries - 1), 1, random)
        await sleep(clock, Math.min(waitMs, LONGEST_WAIT_MS), end.signal)
      }
    }
  }
  const work = async (): Promise<void> => {
    busyLanes += 1
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (end.signal.aborted) drop(next, 'stopped')
      else await deliver(next)
    }
    busyLanes -= 1
    if (busyLanes === 0) for (const told of idle) told()
  }

  return {
    enqueue(sending) {
      if (end.signal.aborted) return drop(sending, 'stopped')
      waiting.push(sending)
      if (waiting.length > capacity) drop(waiting.shift() as Sending, 'queueFull')
      if (busyLanes < LANES) void work()
    },
    async stop(graceMs) {
      const sent = new Promise<void>((resolve) => (busyLanes === 0 ? resolve() : idle.add(resolve)))
      const cancel = clock.schedule(graceMs, () => end.abort())
      await sent
      cancel()
      end.abort()
    },
  }
}

/** A terminating or missing namespace, a missing right, a bad event: all of these stay. */
function mayHelpToRetry(error: unknown): boolean {
  return !(error instanceof ApiError) || error.status === 429 || error.status === 401 || error.status >= 500
}

function retryAfterMs(error: unknown): number | undefined {
  return error instanceof ApiError ? error.retryAfterMs : undefined
}
