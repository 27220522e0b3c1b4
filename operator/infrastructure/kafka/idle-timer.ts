import queue from 'kafkajs/src/network/requestQueue/index.js'

interface RequestQueue {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
}

const BUSY_RECHECK_MS = 10

/** Looks at the queue again when the broker's throttling ends; an empty queue needs no look. */
function scheduleCheck(this: RequestQueue): void {
  if (this.pending.length === 0 || this.throttleCheckTimeoutId) return
  const waitMs = this.throttledUntil - Date.now()
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    },
    waitMs > 0 ? waitMs : BUSY_RECHECK_MS,
  )
}

/**
 * Stops kafkajs 2.2.4 from arming a 1 ms timer for ever on every connection that has nothing to send, which costs a
 * twentieth of a core for each. Changes the library for the whole process; repeating it does nothing.
 * Throws when the library has been replaced by one whose queue looks different, rather than spin unseen.
 */
export function stopIdleTimer(): void {
  if (typeof queue.prototype['scheduleCheckPendingRequests'] !== 'function')
    throw new Error('kafkajs: the request queue has no scheduleCheckPendingRequests; look at idle-timer.ts again')
  queue.prototype['scheduleCheckPendingRequests'] = scheduleCheck
}
