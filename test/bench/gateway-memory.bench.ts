import { setTimeout as pause } from 'node:timers/promises'
import type { GatewayProcess } from '../fixtures/gateway-process.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { until } from '../fixtures/until.ts'
import { gatewayCaller } from './gateway-caller.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const namespace = 'bench-gateway-memory'
const AT_ONCE = 64
/** Orders of each stock. */
const EACH = 100
/** For each of its waits; only a run that is stuck needs so long. */
const WITHIN_MS = 600_000

/**
 * What a gateway weighs that has many orders in memory: one that took them all, one that has watched them come, and one
 * that was started beside them.
 */
export async function gatewayMemory(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  const operator = site.operator(namespace)
  await operator.start()
  const [busy, quiet] = [site.gateway(namespace), site.gateway(namespace)]
  for (const gateway of [busy, quiet]) await gateway.start()
  for (const gateway of [busy, quiet]) await untilReady(gateway)
  const empty = await memoryOf(quiet)
  const stocks = await makeOrders(site, busy, count)
  const late = site.gateway(namespace)
  await late.start()
  await untilReady(late)
  const took = await memoryOf(busy)
  const watched = await memoryOf(quiet)
  const listed = await memoryOf(late)
  const objects = count + stocks
  return [
    {
      ...{ what: `memory of a gateway with ${count} reservations of ${stocks} stocks`, measured: watched.rss },
      ...{ unit: 'MB', bar: { atMost: 150 } },
      note: [
        `${empty.rss.toFixed(0)} MB without them`,
        `${listed.rss.toFixed(0)} where it was started beside them`,
        `${took.rss.toFixed(0)} where it took all the orders`,
      ].join(', '),
    },
    {
      ...{ what: 'heap of a gateway for each of them', measured: ((watched.heap - empty.heap) * 1_000) / objects },
      ...{ unit: 'kB', bar: { atMost: 1.5 } },
      note: `${(((listed.heap - empty.heap) * 1_000) / objects).toFixed(2)} where it was started beside them`,
    },
  ]
}

/** All of them held. Answers with the number of their stocks. */
async function makeOrders(site: Site, gateway: GatewayProcess, count: number): Promise<number> {
  const stocks = Array.from({ length: Math.ceil(count / EACH) }, (_, index) => `lamp-${index}`)
  await inFlight(stocks, AT_ONCE, (name) => site.stock(namespace, name))
  const shop = await gatewayCaller(site, gateway, { namespace, connections: AT_ONCE })
  const keys = Array.from({ length: count }, (_, index) => String(index))
  await inFlight(keys, AT_ONCE, async (key) => void (await shop.order(key, stocks[Number(key) % stocks.length])))
  await shop.close()
  return stocks.length
}

async function untilReady(gateway: GatewayProcess): Promise<void> {
  await until('a ready gateway', WITHIN_MS, async () => (await gateway.health('/readyz')).status === 200 || undefined)
}

/** MB: what the process has taken by now, and what of its heap is in use once the garbage is gone. */
async function memoryOf(gateway: GatewayProcess): Promise<{ readonly rss: number; readonly heap: number }> {
  const megabytes = async (name: string) =>
    Number(new RegExp(`^${name} ([0-9.e+]+)`, 'm').exec(await gateway.metrics())?.[1] ?? Number.NaN) / 1e6
  const rss = await megabytes('process_resident_memory_bytes')
  gateway.signal('SIGUSR2')
  await pause(1_000)
  return { rss, heap: await megabytes('nodejs_heap_size_used_bytes') }
}
