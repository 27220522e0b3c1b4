import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'

/** An HTTP proxy that reaches what nobody else can: hosts that it alone knows. */
export interface ConnectProxy {
  readonly url: string
  /** What it was asked for, in order. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

/** `hosts`: `host:port` to a port of this machine. It lets nobody through to anything else. */
export async function connectProxy(hosts: Readonly<Record<string, number>>): Promise<ConnectProxy> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((_request, response) => response.writeHead(403).end())
  server.on('connect', (request, near: Socket) => {
    const host = request.url ?? ''
    asked.push(host)
    const port = hosts[host]
    if (port === undefined) return void near.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
    const far = connect(port, '127.0.0.1', () => near.write('HTTP/1.1 200 Connection Established\r\n\r\n'))
    near.pipe(far).pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
