import { Client, type Dispatcher, ProxyAgent } from 'undici'
import { whenDeaf } from './deaf-connection.ts'
import type { Access } from './kube-config.ts'

/** A connection for one request. */
export interface Lease {
  readonly dispatcher: Dispatcher
  /**
   * To be called once, when the answer has been read or given up. A `broken` connection gets no more requests: the HTTP/2
   * client may otherwise offer a dead session for ever.
   */
  release(broken: boolean): void
}

export interface ConnectionPool {
  /** The least busy connection; they are opened when first used, and again after they broke. */
  take(): Lease
  /** Takes no new requests; resolves when the running ones have ended. */
  retire(): Promise<void>
  /** Ends everything at once; running requests fail. */
  destroy(): Promise<void>
}

export interface PoolOptions {
  /** Up to this many requests share a connection before the next one is opened. 1 = spread out at once. */
  readonly fillUpTo: number
  readonly maxConnections: number
  /** How often each is asked whether it still answers; one that doesn't is ended, and its requests fail. Absent: never. */
  readonly pingEveryMs?: number
}

interface Slot {
  readonly dispatcher: Dispatcher
  running: number
}

/** Long enough that a controller with little to do does not shake hands for each request. */
const IDLE_MS = 90_000

/**
 * Some HTTP/2 connections to one server. One alone is limited by its flow control and by the server's way of serving
 * it; one for each request costs a handshake each.
 */
export function connectionPool(access: Access, options: PoolOptions): ConnectionPool {
  const { fillUpTo, maxConnections, pingEveryMs } = options
  let slots: Slot[] = []
  /** Broken, but with requests whose answers may still come. */
  const leaving = new Set<Slot>()
  const pick = (): Slot => {
    const free = slots.find((slot) => slot.running < fillUpTo)
    if (free !== undefined) return free
    if (slots.length < maxConnections) {
      const slot = { dispatcher: connect(access, pingEveryMs, () => drop(slot)), running: 0 }
      slots.push(slot)
      return slot
    }
    return slots.reduce((least, slot) => (slot.running < least.running ? slot : least))
  }
  const drop = (slot: Slot): void => {
    slots = slots.filter((other) => other !== slot)
    leaving.delete(slot)
    slot.dispatcher.destroy(new Error('the other end answers no PING any more')).catch(() => undefined)
  }
  const giveBack = (slot: Slot, broken: boolean): void => {
    slot.running -= 1
    if (broken && slots.includes(slot)) {
      slots = slots.filter((other) => other !== slot)
      leaving.add(slot)
    }
    if (slot.running > 0 || !leaving.delete(slot)) return
    slot.dispatcher.destroy().catch(() => undefined)
  }
  return {
    take() {
      const slot = pick()
      slot.running += 1
      return { dispatcher: slot.dispatcher, release: (broken) => giveBack(slot, broken) }
    },
    async retire() {
      await Promise.allSettled([...slots, ...leaving].map(({ dispatcher }) => dispatcher.close()))
    },
    async destroy() {
      await Promise.allSettled([...slots, ...leaving].map(({ dispatcher }) => dispatcher.destroy()))
    },
  }
}

function connect(access: Access, pingEveryMs: number | undefined, deaf: () => void): Dispatcher {
  const common = { keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS, connectTimeout: 10_000 }
  // Load balancers drop connections that are silent for 60 s; half of that is what client-go takes too.
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: 30_000 }
  if (access.proxy === undefined) {
    const pings = pingEveryMs !== undefined && { h2Options: { pingInterval: pingEveryMs } }
    const client = new Client(access.origin, { ...common, ...pings, connect: { ...access.tls, ...keepAlive } })
    if (pingEveryMs !== undefined) whenDeaf(client, pingEveryMs, deaf)
    return client
  }
  if (!/^https?:/.test(access.proxy)) throw new Error(`proxy ${access.proxy}: only http and https proxies are known`)
  return new ProxyAgent({ ...common, uri: access.proxy, requestTls: { ...access.tls, ...keepAlive } })
}
