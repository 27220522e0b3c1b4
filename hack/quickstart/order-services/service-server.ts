import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Behaviour, seenOf, serving } from './behaviour.ts'
import { nowhere, type Service, type ServiceAnswer, type ServiceRequest } from './service.ts'

/** Services of a shop behind one address. */
export interface ServiceServer {
  readonly url: string
  /** Asked for each call. */
  behave: (request: ServiceRequest) => Behaviour
  close(): Promise<void>
}

const LONGEST_BODY = 64 * 1024

/** Each service is called by the first part of a path, such as `payments`. */
export async function serviceServer(
  services: Readonly<Record<string, Service>>,
  { port = 0 }: { readonly port?: number } = {},
): Promise<ServiceServer> {
  const late = new Set<NodeJS.Timeout>()
  const made: Pick<ServiceServer, 'behave'> = { behave: () => serving }

  const serve = (request: ServiceRequest): ServiceAnswer => {
    const [, room = ''] = request.path.split('/')
    const service = Object.hasOwn(services, room) ? services[room] : undefined
    return service?.(request) ?? nowhere
  }
  const afterwards = (delayMs: number, run: () => void) => {
    if (delayMs === 0) return run()
    const timer = setTimeout(() => {
      late.delete(timer)
      run()
    }, delayMs)
    late.add(timer)
  }

  function respond(response: ServerResponse, request: ServiceRequest): void {
    const seen = seenOf(made.behave(request), () => serve(request))
    if (seen.kind === 'hangUp') response.destroy()
    else if (seen.kind === 'answer') afterwards(seen.afterMs, () => say(response, seen.status, seen.text))
    else if (seen.thenMs !== undefined) afterwards(seen.thenMs, () => serve(request))
  }

  const server = createServer((incoming, response) => {
    void requestFrom(incoming).then(
      (request) => (request ? respond(response, request) : say(response, 413, '')),
      () => response.destroy(), // whoever sent it has gone
    )
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(made, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const timer of late) clearTimeout(timer)
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  })
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}

/** Undefined: it is longer than any call. */
async function requestFrom(incoming: IncomingMessage): Promise<ServiceRequest | undefined> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of incoming as AsyncIterable<Buffer>) {
    length += part.length
    if (length > LONGEST_BODY) return undefined
    parts.push(part)
  }
  const { pathname: path, searchParams: query } = new URL(incoming.url ?? '/', 'http://localhost')
  const key = incoming.headers['idempotency-key']
  const body = bodyIn(Buffer.concat(parts).toString())
  return { method: incoming.method ?? '', path, query, key: typeof key === 'string' ? key : undefined, body }
}

function bodyIn(text: string): ServiceRequest['body'] {
  try {
    const read: unknown = JSON.parse(text)
    return typeof read === 'object' && read !== null ? (read as ServiceRequest['body']) : {}
  } catch {
    return {} // the service says what it misses
  }
}
