import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Server } from '../testbed/server.ts'
import { ownProgram } from './own-program.ts'

/** The gateway as a process of its own. */
export interface HttpDoor extends Server {
  /** Behind which the calls of docs/reference/http.md are; known once it has started. */
  url(): Promise<string>
}

export function httpDoor(directory: string, flags: readonly string[]): HttpDoor {
  const gateway = ownProgram({ name: 'gateway', directory, flags: [...flags, '--port', '0'], started: 'started' })
  return {
    ...gateway,
    async url() {
      const [, port] = /"message":"started".*"port":(\d+)/.exec(await gateway.logged()) ?? []
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
export async function holdOverHttp(
  caller: Caller,
  stock: string,
  order: { readonly key: string; readonly quantity: number },
): Promise<Heeded> {
  const asked = asJson({ quantityToReserve: order.quantity }, { 'idempotency-key': order.key })
  return heededBy(await call<Answer>(caller, `/virtual-stock/stocks/${stock}/reserve`, asked))
}

/** Sells over HTTP what is held. Throws when the gateway doesn't answer, or refuses. */
export async function confirmOverHttp(caller: Caller, { reservationId }: Heeded): Promise<Heeded> {
  return heededBy(await call<Answer>(caller, `/reservations/${reservationId}/confirm`, { method: 'POST' }))
}

/** Orders a gift card over HTTP, pays for it, and says what became of it. Throws when it came to nothing. */
export async function orderOverHttp(caller: Caller, key: string): Promise<string> {
  const asked = asJson(
    {
      ...{ customer: 'eve', items: [{ stockId: 'gift-card', quantity: 1 }] },
      payment: { method: 'card-7', provider: 'acme', amount: { amount: '25.00', currency: 'EUR' } },
    },
    { 'idempotency-key': key, prefer: 'wait=30' },
  )
  const { orderId, phase, message } = await call<OrderAnswer>(caller, '/orders', asked)
  return `${phase}: ${orderId}, ${message}`
}

interface OrderAnswer {
  readonly orderId: string
  readonly phase: string
  readonly message: string
}

interface Answer {
  readonly reservationId: string
  readonly message: string
  /** Absent: nobody asked for more. */
  readonly remaining?: number
}

function heededBy({ reservationId, message, remaining }: Answer): Heeded {
  const left = remaining === undefined ? '' : `, ${remaining} left`
  return { reservationId, text: `200 ${message}${left}` }
}

interface Asked {
  readonly method: 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

export function asJson(body: object, headers: Readonly<Record<string, string>>): Asked {
  return { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** What the gateway answers. Throws when it doesn't, or refuses. */
export async function call<T>({ url, token }: Pick<Caller, 'url' | 'token'>, path: string, asked?: Asked): Promise<T> {
  const headers = { ...asked?.headers, authorization: `Bearer ${token}` }
  const response = await fetch(url + path, { ...asked, headers })
  const answer = (await response.json()) as T & { readonly detail?: string }
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${answer.detail}`)
  return answer
}

/** Calls to try, for a shell. */
export function callsToTry({ url, tokenPath }: Caller): string {
  const token = `-H "Authorization: Bearer $(cat ${tokenPath})"`
  return `  curl -s ${token} ${url}/virtual-stock/stocks
  curl -s ${token} -H 'Content-Type: application/json' -H 'Idempotency-Key: my-first-hold' -d '{"quantityToReserve": 1}' ${url}/virtual-stock/stocks/gift-card/reserve
  curl -s ${token} '${url}/reservations?phase=Reserved'
  curl -s ${token} '${url}/orders?phase=Completed'`
}
