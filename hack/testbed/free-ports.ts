import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'

/**
 * Below those that systems give to outgoing connections: a server that is down for a while keeps its port for its next
 * start, and clients that try to reach it meanwhile can't be given it, nor connect to themselves.
 */
const FROM = 15_000
const TO = 32_000

/** As many different ports of this machine as asked for that nobody listens on. They are free now, not reserved. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = new Map<number, Server>() // all of them until the last is known: else the same could come twice
  while (held.size < count) {
    const port = randomInt(FROM, TO)
    const server = await listening(port)
    if (server) held.set(port, server)
  }
  await Promise.all([...held.values()].map((server) => once(server.close(), 'close')))
  return [...held.keys()]
}

/** Undefined when somebody has the port. */
async function listening(port: number): Promise<Server | undefined> {
  const server = createServer().listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}
