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

export function httpDoor(directory: string, kubeconfigPath: string, postgresUrl: string | undefined): HttpDoor {
  const ports = ['--port', '0', '--metrics-port', '0', '--health-port', '0']
  const postgres = postgresUrl === undefined ? [] : ['--postgres', postgresUrl]
  const flags = ['--kubeconfig', kubeconfigPath, ...postgres, ...ports]
  const log = { text: () => Promise.resolve('') }
  const gateway = server({
    name: 'gateway',
    command: process.execPath,
    arguments: [join(projectDirectory, 'operator/main.ts'), 'gateway', ...flags],
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
  readonly token: string
  readonly tokenPath: string
}

/** Keeps a token where only this user can read it. */
export async function callerOf(directory: string, url: string, token: string): Promise<Caller> {
  const tokenPath = join(directory, 'checkout.token')
  await writeFile(tokenPath, token.trim(), { mode: 0o600 })
  return { url, token: token.trim(), tokenPath }
}

/** What became of a call that was heeded. */
export interface Heeded {
  readonly reservationId: string
  /** For people. */
  readonly text: string
}

/** Holds units over HTTP. Throws when the gateway doesn't answer, or refuses. */
export function holdOverHttp(
  caller: Caller,
  stock: string,
  order: { readonly key: string; readonly quantity: number },
): Promise<Heeded> {
  const body = JSON.stringify({ quantityToReserve: order.quantity })
  return post(caller, `/virtual-stock/stocks/${stock}/reserve`, {
    headers: { 'content-type': 'application/json', 'idempotency-key': order.key },
    body,
  })
}

/** Sells over HTTP what is held. Throws when the gateway doesn't answer, or refuses. */
export function confirmOverHttp(caller: Caller, { reservationId }: Heeded): Promise<Heeded> {
  return post(caller, `/reservations/${reservationId}/confirm`)
}

interface Answer {
  readonly reservationId: string
  readonly message: string
  /** Absent: nobody asked for more. */
  readonly remaining?: number
  readonly detail?: string
}

interface PostParts {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

async function post({ url, token }: Caller, path: string, { headers, body }: PostParts = {}): Promise<Heeded> {
  const authorization = `Bearer ${token}`
  const response = await fetch(url + path, {
    ...{ method: 'POST', headers: { ...headers, authorization } },
    ...(body !== undefined && { body }),
  })
  const { reservationId, message, remaining, detail } = (await response.json()) as Answer
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${detail}`)
  const left = remaining === undefined ? '' : `, ${remaining} left`
  return { reservationId, text: `${response.status} ${message}${left}` }
}

/** Three calls to try, for a shell. */
export function callsToTry({ url, tokenPath }: Caller): string {
  const token = `-H "Authorization: Bearer $(cat ${tokenPath})"`
  return `  curl -s ${token} ${url}/virtual-stock/stocks
  curl -s ${token} -H 'Content-Type: application/json' -H 'Idempotency-Key: order-2002' -d '{"quantityToReserve": 1}' ${url}/virtual-stock/stocks/gift-card/reserve
  curl -s ${token} '${url}/reservations?phase=Reserved'`
}
