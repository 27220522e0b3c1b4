import type { EventEmitter } from 'node:events'

/** So many PINGs without an answer, and the other end is taken for gone. */
const MOST_UNANSWERED = 4

/**
 * Calls `lost`, once for each connection that `client` makes, when an HTTP/2 connection that has answered a PING answers none any more. One that was cut without a word
 * (a NAT, a load balancer, a node that is gone) looks like one on which nothing happens: without this, a watch is given
 * up only when even bookmarks stay away. It counts PINGs, not time: a process that was halted itself knows nothing.
 */
export function whenDeaf(client: EventEmitter, everyMs: number, lost: () => void): void {
  let unanswered = 0
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => {
    clearInterval(timer)
    timer = undefined
  }
  client.on('ping', () => {
    unanswered = 0
    timer ??= setInterval(() => {
      unanswered += 1
      if (unanswered <= MOST_UNANSWERED) return
      stop()
      lost()
    }, everyMs).unref()
  })
  client.on('disconnect', stop)
}
