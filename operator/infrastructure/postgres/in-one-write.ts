import type { ClientBase } from 'pg'

/** The driver has no word for the socket of a connection. */
interface Wire {
  readonly connection?: { readonly stream?: { cork?(): void; uncork?(): void } }
}

/**
 * Whatever statements `send` sends leave in one piece. By themselves each is a call of the system, and one more wake-up
 * of the server: of a transaction of many small ones that is a third of what this process does.
 */
export function inOneWrite<T>(client: ClientBase, send: () => T): T {
  const stream = (client as Wire).connection?.stream
  stream?.cork?.()
  try {
    return send()
  } finally {
    stream?.uncork?.()
  }
}
