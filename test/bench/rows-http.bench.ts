import { setTimeout as pause } from 'node:timers/promises'
import { Pool } from 'undici'
import { inFlight } from '../fixtures/in-flight.ts'
import { until } from '../fixtures/until.ts'
import { bareServer } from './bare-server.ts'
import { type GatewayCaller, gatewayCaller } from './gateway-caller.ts'
import { databaseSettings, type OwnPostgres, ownPostgres } from './own-postgres.ts'
import { percentile, type Row } from './row.ts'
import type { Site } from './site.ts'

const namespace = 'bench-rows-http'
const CONNECTIONS = 128
/** Orders by one call, and calls at once. */
const BATCH = 100
const BATCHES_AT_ONCE = 8
/** More than any measurement holds. */
const UNITS = 1_000_000_000
/** Both take turns, so that whatever else the machine does meanwhile falls on both. */
const ROUNDS = 3

type Order = (key: string) => Promise<unknown>

/** Orders over HTTP of one stock whose books are in PostgreSQL, beside Fastify alone that answers the same to the same calls. */
export async function rowsOverHttp(site: Site, count: number): Promise<Row[]> {
  const postgres = await ownPostgres()
  try {
    return await measured(site, postgres, count)
  } finally {
    await postgres.close()
  }
}

async function measured(site: Site, postgres: OwnPostgres, count: number): Promise<Row[]> {
  const settings = databaseSettings(postgres, { maxLiveReservations: UNITS })
  const operator = site.operator(namespace, settings)
  const gateway = site.gateway(namespace, settings)
  await site.namespace(namespace)
  await site.stock(namespace, 'lamp', { quantity: UNITS, ledger: { kind: 'Postgres', database: 'default' } })
  await operator.start()
  await gateway.start()
  await until('open books', 60_000, async () => {
    const { items } = await site.stocks.list({ namespace })
    return items.every(({ status }) => status?.quantity === UNITS) || undefined
  })
  await until('a ready gateway', 30_000, async () => (await gateway.health('/readyz')).status === 200 || undefined)
  const shop = await gatewayCaller(site, gateway, { namespace, connections: CONNECTIONS })
  const bare = await bareOrders(await shop.order('first'), shop)
  try {
    return await rowsOf({ shop, bare, count })
  } finally {
    await Promise.all([shop.close(), bare.close()])
    await gateway.kill()
    await operator.kill()
  }
}

interface Measuring {
  readonly shop: GatewayCaller
  readonly bare: { readonly order: Order }
  readonly count: number
}

async function rowsOf({ shop, bare, count }: Measuring): Promise<Row[]> {
  const orders = [shop.order, bare.order]
  for (const order of orders) await inFlight(keys('warm', count / 4), CONNECTIONS, order)
  const [rate = 0, alone = 0] = await ratesByTurns(orders, count)
  const half = await latenciesAt(rate / 2, count / 2, shop.order)
  const inBatches = await batchRate(shop, count)
  const late = `P50 ${percentile(half, 0.5).toFixed(1)} ms, P99 ${percentile(half, 0.99).toFixed(1)} ms`
  return [
    {
      ...{ what: `orders over HTTP of a stock in PostgreSQL, ${CONNECTIONS} connections`, measured: rate, unit: '/s' },
      ...{ bare: alone, bar: { atLeast: 0.6 } },
      note: 'bare: Fastify that answers a constant, with the same checks',
    },
    {
      ...{ what: 'the same at half of that rate, P95', measured: percentile(half, 0.95), unit: ' ms' },
      ...{ bar: { atMost: 25 }, note: late },
    },
    {
      ...{ what: `the same, ${BATCH} orders a call`, measured: inBatches, unit: '/s', bar: { atLeast: 12_000 } },
      note: `${BATCHES_AT_ONCE} calls at once`,
    },
  ]
}

function keys(prefix: string, count: number): string[] {
  return Array.from({ length: Math.ceil(count) }, (_, index) => `${prefix}-${index}`)
}

/** So many of each, in several rounds. */
async function ratesByTurns(orders: readonly Order[], count: number): Promise<number[]> {
  const tookMs = orders.map(() => 0)
  const each = Math.ceil(count / ROUNDS)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, order] of orders.entries()) {
      const startedAt = performance.now()
      await inFlight(keys(`round-${round}`, each), CONNECTIONS, order)
      tookMs[index] = (tookMs[index] ?? 0) + performance.now() - startedAt
    }
  }
  return tookMs.map((ms) => (ROUNDS * each * 1_000) / ms)
}

/** Begins orders at this rate, whatever becomes of those before, and counts each from when it was due. */
async function latenciesAt(perSecond: number, count: number, order: Order): Promise<number[]> {
  const took: number[] = []
  const failures: unknown[] = []
  const underWay: Promise<unknown>[] = []
  const startedAt = performance.now()
  for (const [index, key] of keys('half', count).entries()) {
    const dueAt = startedAt + (index * 1_000) / perSecond
    while (performance.now() < dueAt) await pause(1)
    const answered = order(key).then(() => void took.push(performance.now() - dueAt))
    underWay.push(answered.catch((error: unknown) => void failures.push(error)))
  }
  await Promise.all(underWay)
  if (failures.length > 0) throw failures[0]
  return took
}

async function batchRate(shop: GatewayCaller, count: number): Promise<number> {
  const batches = (prefix: string, holds: number) => keys(prefix, holds / BATCH)
  const send: Order = (name) => shop.batch(keys(name, BATCH))
  await inFlight(batches('batch-warm', count / 4), BATCHES_AT_ONCE, send)
  const all = batches('batch', count)
  const startedAt = performance.now()
  await inFlight(all, BATCHES_AT_ONCE, send)
  return (all.length * BATCH * 1_000) / (performance.now() - startedAt)
}

/** The same calls to a server that answers `text`. */
async function bareOrders(text: string, { headers: own }: GatewayCaller) {
  const server = await bareServer('reserveStock', text)
  const pool = new Pool(server.origin, { connections: CONNECTIONS })
  const body = JSON.stringify({ quantityToReserve: 1, ttl: '1h' })
  const path = '/api/v1/virtual-stock/stocks/lamp/reserve'
  return {
    async order(key: string) {
      const headers = { ...own, 'content-type': 'application/json', 'idempotency-key': key, prefer: 'wait=60' }
      const { statusCode, body: answer } = await pool.request({ method: 'POST', path, headers, body })
      if (statusCode !== 200) throw new Error(`the bare server answered ${statusCode}: ${await answer.text()}`)
      return answer.text()
    },
    async close() {
      await pool.close()
      server.stop()
    },
  }
}
