import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeFlags } from '../../hack/image/operator-image.ts'
import { projectDirectory } from '../../hack/testbed/places.ts'

export interface BareServer {
  readonly origin: string
  stop(): void
}

/** Fastify alone, which answers `text` to the same requests and does nothing else, with Node's flags as the gateway has them. */
export async function bareServer(operationId: string, text: string): Promise<BareServer> {
  const program = join(projectDirectory, 'test/bench/bare-fastify.ts')
  const server = spawn(process.execPath, [...nodeFlags, program, operationId], { stdio: ['pipe', 'pipe', 'inherit'] })
  server.stdin.write(`${text}\n`) // and stays open: it ends with us, however we end
  const [origin] = (await once(createInterface(server.stdout), 'line')) as [string]
  return { origin, stop: () => void server.kill() }
}
