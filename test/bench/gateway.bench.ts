import { Pool } from 'undici'
import type { GatewayProcess } from '../fixtures/gateway-process.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { until } from '../fixtures/until.ts'
import { bareServer } from './bare-server.ts'
import { gatewayCaller } from './gateway-caller.ts'
import { percentile, type Row } from './row.ts'
import type { Site } from './site.ts'
import { watchPhases } from './watch-phases.ts'

const namespace = 'bench-gateway'
const AT_ONCE = 64
const QUIET = 200

/** What an order costs that comes by the gateway, beside a client that makes the Reservation itself and watches for its hold. */
export async function gatewayOrders(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  await site.stock(namespace, 'lamp')
  const operator = site.operator(namespace)
  await operator.start()
  const gateway = site.gateway(namespace)
  await gateway.start()
  await until('a ready gateway', 30_000, async () => (await gateway.health('/readyz')).status === 200 || undefined)
  const shop = await gatewayCaller(site, gateway, { namespace, connections: AT_ONCE })
  const watch = await watchPhases(site.reservations, namespace)

  const direct = async (name: string) => {
    await site.reserve(namespace, name, { lamp: 1 })
    await watch.until(`${namespace}/${name}`, 'Reserved')
  }
  for (const [name, order] of [['warm-http', shop.order] as const, ['warm', direct] as const])
    await inFlight(names(name, count / 4), AT_ONCE, order)
  const bare = await rate(names('bare', count), direct)
  const measured = await rate(names('http', count), shop.order)
  const bareQuiet = percentile(await latencies(names('bare-quiet', QUIET), direct), 0.5)
  const quiet = await latencies(names('http-quiet', QUIET), shop.order)
  const bareFastify = await bareReads(await shop.read(), shop.headers)
  const gatewayReads = { read: () => shop.read(), cpuSeconds: () => cpuSeconds(gateway) }
  const [reads = 0, readsAlone = 0] = await readsPerCpuSecond([gatewayReads, bareFastify])
  await bareFastify.close()

  watch.close()
  await shop.close()
  return [
    {
      ...{ what: 'orders over HTTP, one stock, 64 clients', measured, unit: '/s', bare },
      ...{ bar: { atLeast: 0.75 }, note: 'bare: create, and see it Reserved' },
    },
    {
      ...{ what: 'latency of a quiet order over HTTP, median', measured: percentile(quiet, 0.5), unit: ' ms' },
      ...{ bare: bareQuiet, bar: { atMost: 1.5 }, note: `P99 ${percentile(quiet, 0.99).toFixed(0)} ms` },
    },
    {
      ...{ what: 'reads of a stock over HTTP, per CPU second of the server', measured: reads, unit: '/s' },
      ...{
        bare: readsAlone,
        bar: { atLeast: 0.6 },
        note: 'bare: Fastify that answers a constant, with the same checks',
      },
    },
  ]
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: Math.ceil(count) }, (_, index) => `${prefix}-${index}`)
}

async function rate(all: readonly string[], order: (name: string) => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await inFlight(all, AT_ONCE, order)
  return (all.length * 1_000) / (performance.now() - startedAt)
}

async function latencies(all: readonly string[], order: (name: string) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (const name of all) {
    const startedAt = performance.now()
    await order(name)
    took.push(performance.now() - startedAt)
  }
  return took
}

const READS = 20_000
/** They take turns, so that whatever else the machine does meanwhile falls on both. */
const ROUNDS = 3

interface ReadServer {
  readonly read: () => Promise<unknown>
  readonly cpuSeconds: () => Promise<number>
}

/** Reads for each second of processor time that a server used for them, the same reads by both. */
async function readsPerCpuSecond(servers: readonly ReadServer[]): Promise<number[]> {
  const sleep = staysAwake()
  for (const { read } of servers) await inFlight(names('warm', READS / 2), AT_ONCE, read)
  const used = servers.map(() => 0)
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, { read, cpuSeconds }] of servers.entries()) {
      const before = await cpuSeconds()
      await inFlight(names('read', READS), AT_ONCE, read)
      used[index] = (used[index] ?? 0) + (await cpuSeconds()) - before
    }
  }
  sleep()
  return used.map((seconds) => (ROUNDS * READS) / seconds)
}

/** Until it is called: who sends to a client that sleeps has to wake it, which costs the slower server more often. */
function staysAwake(): () => void {
  let awake = true
  const spin = () => {
    if (awake) setImmediate(spin)
  }
  spin()
  return () => {
    awake = false
  }
}

async function cpuSeconds(gateway: GatewayProcess): Promise<number> {
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(await gateway.metrics())?.[1])
}

async function bareReads(text: string, headers: Readonly<Record<string, string>>) {
  const server = await bareServer('getStock', text)
  const pool = new Pool(server.origin, { connections: AT_ONCE })
  const get = async (path: string): Promise<string> =>
    (await pool.request({ method: 'GET', path, headers })).body.text()
  return {
    read: () => get('/api/v1/virtual-stock/stocks/lamp'),
    cpuSeconds: async () => Number(await get('/cpu-seconds')),
    async close() {
      await pool.close()
      server.stop()
    },
  }
}
