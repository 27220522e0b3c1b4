import { type Dispatcher, Pool } from 'undici'
import type { GatewayProcess } from '../fixtures/gateway-process.ts'
import type { Site } from './site.ts'

export interface GatewayCaller {
  readonly headers: Readonly<Record<string, string>>
  /** Reserves one unit for an hour, as the order with this key. */
  order(key: string, stock?: string): Promise<string>
  /** The same for each of these keys, by one call. Throws where one of them was not held. */
  batch(keys: readonly string[], stock?: string): Promise<string>
  read(stock?: string): Promise<string>
  /** Lines of a log. Throws where not all of them are kept. */
  logs(entries: readonly object[]): Promise<string>
  close(): Promise<void>
}

interface Choices {
  readonly namespace: string
  readonly connections: number
}

/** A client of the gateway with a token of its own, over connections that stay open. Throws where an answer is not 200. */
export async function gatewayCaller(
  site: Site,
  gateway: GatewayProcess,
  { namespace, connections }: Choices,
): Promise<GatewayCaller> {
  const token = await site.token(namespace)
  const { origin, pathname } = new URL(gateway.url())
  const pool = new Pool(origin, { connections })
  const own = { authorization: `Bearer ${token}` }
  async function ask(
    options: Pick<Dispatcher.RequestOptions, 'method' | 'path' | 'body'>,
    { key, wanted = 200 }: { readonly key?: string; readonly wanted?: number } = {},
  ): Promise<string> {
    const headers = {
      ...own,
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...(key !== undefined && { 'idempotency-key': key, prefer: 'wait=60' }),
    }
    const { statusCode, body } = await pool.request({ ...options, headers })
    const text = await body.text()
    if (statusCode !== wanted) throw new Error(`the gateway answered ${statusCode}: ${text}`)
    return text
  }
  const pathOf = (stock: string) => `${pathname}/virtual-stock/stocks/${stock}`
  const order = JSON.stringify({ quantityToReserve: 1, ttl: '1h' })
  return {
    headers: own,
    order: (key, stock = 'lamp') => ask({ method: 'POST', path: `${pathOf(stock)}/reserve`, body: order }, { key }),
    async batch(keys, stock = 'lamp') {
      const items = [{ stockId: stock, quantity: 1 }]
      const orders = keys.map((idempotencyKey) => ({ idempotencyKey, items, ttl: '1h' }))
      const body = JSON.stringify({ orders })
      const text = await ask({ method: 'POST', path: `${pathname}/reservations/batch`, body })
      const { results } = JSON.parse(text) as { results: { status: number }[] }
      if (results.some(({ status }) => status !== 201)) throw new Error(`not all of a batch are held: ${text}`)
      return text
    },
    logs: (entries) =>
      ask({ method: 'POST', path: `${pathname}/logs`, body: JSON.stringify({ entries }) }, { wanted: 202 }),
    read: (stock = 'lamp') => ask({ method: 'GET', path: pathOf(stock) }),
    close: () => pool.close(),
  }
}
