import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** As many different ports of this machine as asked for that nobody listens on. They are free now, not reserved. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  // all are held until the last is known: else the same port could come twice
  await Promise.all(servers.map((server) => once(server.close(), 'close')))
  return ports
}
