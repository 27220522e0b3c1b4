import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'

/** What goes on on each connection. */
export interface Exchanges {
  /** A request has come in; `unused` is called when its connection has none any more. */
  begun(request: IncomingMessage, response: ServerResponse, unused: () => void): void
  /** Nobody is known to want the answer to this request: while it goes out, its connection counts as unused. */
  answered(request: IncomingMessage): void
  /** Whether what is said on it now is taken for the answer to what comes in just now, and for none to another request. */
  mayAnswer(socket: Duplex): boolean
}

/** A request that is over is forgotten: with all that belongs to it, it is large. */
interface Connection {
  /** Answers that are not on their way yet; a client may ask for several at once, which get theirs one after the other. */
  readonly open: Set<ServerResponse>
  last:
    | { readonly request: IncomingMessage; readonly response: ServerResponse; readonly unused: () => void }
    | undefined
  /** The last one, if it was answered before all of it was there; node holds it until it is. */
  early: WeakRef<IncomingMessage> | undefined
}

export function exchanges(): Exchanges {
  const connections = new WeakMap<Duplex, Connection>()

  function connectionOf(socket: Duplex): Connection {
    const known = connections.get(socket)
    if (known) return known
    const connection: Connection = { open: new Set(), last: undefined, early: undefined }
    connections.set(socket, connection)
    // After node has ended those that it does: 24.11 forgets the ones that wait for others of their connection.
    socket.once('close', () => setImmediate(() => endAll(connection)))
    return connection
  }

  return {
    begun(request, response, unused) {
      const connection = connectionOf(request.socket)
      connection.open.add(response)
      connection.last = { request, response, unused }
      connection.early = undefined
      response.once('close', () => {
        connection.open.delete(response)
        if (connection.last?.response !== response) return
        connection.last = undefined
        if (!request.complete) connection.early = new WeakRef(request)
        unused()
      })
    },
    answered(request) {
      const last = connections.get(request.socket)?.last
      if (last?.request === request) last.unused()
    },
    mayAnswer(socket) {
      const connection = connections.get(socket)
      if (!connection) return true
      const { open, last, early } = connection
      if (!last) return open.size === 0 && early?.deref()?.complete !== false
      const { request, response } = last
      const isOver = request.complete && response.writableFinished
      return open.size <= 1 && (isOver || (!request.complete && !response.headersSent))
    },
  }
}

/** Whoever counts on their end hears of it. */
function endAll({ open }: Connection): void {
  for (const response of open) response.emit('close')
}
