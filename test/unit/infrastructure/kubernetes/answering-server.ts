import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { KubeConfig } from '@kubernetes/client-node'
import { type CallerClient, callerClient } from '../../../../operator/infrastructure/kubernetes/caller-client.ts'
import {
  type ClientOptions,
  type KubernetesClient,
  kubernetesClient,
} from '../../../../operator/infrastructure/kubernetes/client.ts'

export type Answer = (request: IncomingMessage, response: ServerResponse) => unknown

export const json =
  (status: number, body: unknown, headers = {}): Answer =>
  (_request, response) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))

type AClient = Partial<ClientOptions> & { user?: object }

/** An HTTP server that answers as the test says at each moment, and clients of it. */
export async function answeringServer() {
  const requests: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[] = []
  const clients: { close(): Promise<void> }[] = []
  const state = { answer: json(200, {}) }
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body })
    state.answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const optionsOf = ({ user = {}, ...options }: AClient): ClientOptions => {
    const kubeConfig = new KubeConfig()
    kubeConfig.loadFromClusterAndUser(
      { name: 'cluster', server: `http://127.0.0.1:${port}/prefix/`, skipTLSVerify: true },
      { name: 'user', ...user },
    )
    return { kubeConfig, userAgent: 'the-operator/1', ...options }
  }
  const noted = <T extends { close(): Promise<void> }>(client: T): T => {
    clients.push(client)
    return client
  }

  return {
    port,
    requests,
    answers(answer: Answer): void {
      state.answer = answer
    },
    aClient(options: AClient = {}): KubernetesClient {
      return noted(kubernetesClient(optionsOf(options)))
    },
    aCallerClient(options: AClient = {}): CallerClient {
      return noted(callerClient(optionsOf(options)))
    },
    /** Takes no more connections; those there are end. */
    async close(): Promise<void> {
      await Promise.all(clients.map((client) => client.close()))
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
    },
    /** Nobody listens any more, until the end of the test. */
    async vanish(): Promise<void> {
      server.close()
      await once(server, 'close')
    },
  }
}
