import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A wire between a client and a server on this machine that can be cut or go dead. */
export interface TcpProxy {
  readonly port: number
  /** Connections accepted so far, and those open now. */
  readonly accepted: number
  readonly open: number
  /** Resets all connections; new ones are served. */
  cut(): void
  /** Swallows all bytes in both directions, without a word to anybody, until `thaw`. New connections are swallowed too. */
  freeze(): void
  thaw(): void
  /** Swallows what the server says, so that requests arrive and replies are lost, until `cut`. */
  mute(): void
  close(): Promise<void>
}

export async function tcpProxy(targetPort: number): Promise<TcpProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let accepted = 0
  let frozen = false
  let muted = false

  const forward = (from: Socket, to: Socket, mayPass: () => boolean): void => {
    from.on('data', (chunk) => {
      if (!frozen && mayPass()) to.write(chunk)
    })
    from.on('close', () => to.destroy())
    from.on('error', () => to.destroy())
  }
  const server = createServer((near) => {
    accepted += 1
    const far = connect(targetPort, '127.0.0.1')
    for (const socket of [near, far]) socket.setNoDelay(true) // a wire has no manners: small packets wait for nothing
    const pair = [near, far] as const
    pairs.add(pair)
    near.on('close', () => pairs.delete(pair))
    forward(near, far, () => true)
    forward(far, near, () => !muted)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  const cut = (): void => {
    muted = false
    for (const [near, far] of pairs) {
      near.resetAndDestroy()
      far.destroy()
    }
  }
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted
    },
    get open() {
      return pairs.size
    },
    cut,
    freeze() {
      frozen = true
    },
    thaw() {
      frozen = false
    },
    mute() {
      muted = true
    },
    async close() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
