import type { Duplex } from 'node:stream'

/** A connection, or what speaks TLS over one. */
interface Peer extends Duplex {
  readonly remoteAddress?: string | undefined
  readonly remotePort?: number | undefined
}

export interface Connections {
  /** A new one has come; where there are too many, another one goes, or this one. */
  opened(socket: Peer): void
  /** A request has come in over it; the answer is to be called when no request is under way there any more. */
  used(socket: Peer): () => void
  cutUnused(): void
  cutAll(): void
}

/**
 * The open connections, at most `most`. Whoever comes takes the place of the one that has been without a request for
 * the longest: connections that nobody uses, however many somebody opens, keep nobody out. Only while all are in use is
 * sent away who comes.
 */
export function connections(most: number): Connections {
  // node's own closeAllConnections misses those that are still shaking hands.
  const open = new Map<string, Peer>()
  const unused = new Set<string>() // those first that have been for the longest

  function forget(name: string): void {
    open.delete(name)
    unused.delete(name)
  }

  return {
    opened(socket) {
      if (socket.remotePort === undefined) {
        socket.destroy() // has hung up already, and has no name any more
        return
      }
      const name = nameOf(socket)
      open.set(name, socket)
      unused.add(name)
      socket.once('close', () => {
        if (open.get(name) === socket) forget(name)
      })
      if (open.size <= most) return
      const [longest = name] = unused
      open.get(longest)?.destroy()
      forget(longest) // at once: more may come before it is closed
    },
    used(socket) {
      const name = nameOf(socket)
      unused.delete(name)
      return () => {
        if (open.has(name)) unused.add(name)
      }
    },
    cutUnused() {
      for (const name of unused) open.get(name)?.destroy()
    },
    cutAll() {
      for (const socket of open.values()) socket.destroy()
    },
  }
}

/** The same of a connection and of what speaks TLS over it. */
function nameOf({ remoteAddress, remotePort }: Peer): string {
  return `${remoteAddress} ${remotePort}`
}
