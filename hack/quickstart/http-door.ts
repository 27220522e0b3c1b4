import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { projectDirectory } from '../testbed/places.ts'
import { type Server, server } from '../testbed/server.ts'

/** The gateway as a process of its own. */
export interface HttpDoor extends Server {
  /** Behind which the calls of docs/reference/http.md are; known once it has started. */
  url(): Promise<string>
}

const START_MS = 60_000
const STOP_MS = 20_000

export function httpDoor(directory: string, kubeconfigPath: string): HttpDoor {
  const ports = ['--port', '0', '--metrics-port', '0', '--health-port', '0']
  const log = { text: () => Promise.resolve('') }
  const gateway = server({
    name: 'gateway',
    command: process.execPath,
    arguments: [join(projectDirectory, 'operator/main.ts'), 'gateway', '--kubeconfig', kubeconfigPath, ...ports],
    logPath: join(directory, 'gateway.log'),
    async ready(logged) {
      log.text = logged
      return (await logged()).includes('"message":"started"')
    },
    readyTimeoutMs: START_MS,
    stopTimeoutMs: STOP_MS,
    detached: false,
  })
  return {
    ...gateway,
    async url() {
      const [, port] = /"message":"started".*"port":(\d+)/.exec(await log.text()) ?? []
      return `http://127.0.0.1:${port}/api/v1`
    },
  }
}

export interface Caller {
  readonly url: string
  readonly tokenPath: string
}

/** Keeps a token where only this user can read it. */
export async function callerOf(directory: string, url: string, token: string): Promise<Caller> {
  const tokenPath = join(directory, 'checkout.token')
  await writeFile(tokenPath, token.trim(), { mode: 0o600 })
  return { url, tokenPath }
}

interface Held {
  readonly message?: string
  readonly remaining?: number
  readonly detail?: string
}

/** Holds a gift card over HTTP; answers what became of it, for people. Throws when the gateway doesn't answer. */
export async function holdOverHttp({ url }: Caller, token: string): Promise<string> {
  const response = await fetch(`${url}/virtual-stock/stocks/gift-card/reserve`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token.trim()}`,
      'content-type': 'application/json',
      'idempotency-key': 'order-2001',
    },
    body: JSON.stringify({ quantityToReserve: 2, consumer: 'web' }),
  })
  const { message, remaining, detail } = (await response.json()) as Held
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${detail}`)
  return `${response.status} ${message}, ${remaining} left`
}

/** Three calls to try, for a shell. */
export function callsToTry({ url, tokenPath }: Caller): string {
  const token = `-H "Authorization: Bearer $(cat ${tokenPath})"`
  return `  curl -s ${token} ${url}/virtual-stock/stocks
  curl -s ${token} -H 'Content-Type: application/json' -H 'Idempotency-Key: order-2002' -d '{"quantityToReserve": 1}' ${url}/virtual-stock/stocks/gift-card/reserve
  curl -s ${token} '${url}/reservations?phase=Reserved'`
}
