import { inFlight } from '../fixtures/in-flight.ts'
import { until } from '../fixtures/until.ts'
import { gatewayCaller } from './gateway-caller.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const namespace = 'bench-logs'
const CALLS_AT_ONCE = 16
const ENTRIES = 100
const ROUND = 50

/** Lines of programs' logs that the gateway takes, a hundred a call, each call answered when Kafka has its own. */
export async function logsOverHttp(site: Site, count: number): Promise<Row[]> {
  const limits = { requestsPerSecond: 1_000_000, readsPerSecond: 1_000_000, writesPerSecond: 1_000_000 }
  await site.namespace(namespace)
  const gateway = site.gateway(namespace, {
    gateway: { port: 0, ...limits, logs: { enabled: true } },
    kafka: { brokers: [site.brokers], createTopics: true },
  })
  await gateway.start()
  const shop = await gatewayCaller(site, gateway, { namespace, connections: CALLS_AT_ONCE })
  try {
    await until('topics', 60_000, () => shop.logs(entriesOf(0)).catch(() => undefined))
    const calls = Array.from({ length: Math.ceil(count / ENTRIES) }, (_, index) => String(index))
    await inFlight(calls.slice(0, ROUND), CALLS_AT_ONCE, (call) => shop.logs(entriesOf(Number(call))))
    const startedAt = performance.now()
    await inFlight(calls, CALLS_AT_ONCE, (call) => shop.logs(entriesOf(Number(call))))
    const measured = (calls.length * ENTRIES * 1_000) / (performance.now() - startedAt)
    return [
      {
        ...{ what: `log entries over HTTP, ${ENTRIES} a call, acknowledged by Kafka`, measured, unit: '/s' },
        ...{ bar: { atLeast: 20_000 }, note: `${CALLS_AT_ONCE} calls at once` },
      },
    ]
  } finally {
    await shop.close()
    await gateway.kill()
  }
}

function entriesOf(call: number): object[] {
  return Array.from({ length: ENTRIES }, (_, index) => ({
    ...{
      level: 'INFO',
      service: `service-${index % 8}`,
      message: `order ${call}-${index} was taken and is on its way`,
    },
    ...{ correlationId: `req-${call}`, operation: 'take', payload: { order: call, line: index } },
  }))
}
