import { inFlight } from '../fixtures/in-flight.ts'
import type { OperatorProcess } from '../fixtures/operator-process.ts'
import { until } from '../fixtures/until.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const AT_ONCE = 64
/** A look lists them all, which costs the API server: so seldom for each of them. */
const LOOK_MS_EACH = 0.5
const EACH = 5
/** For each of its waits; only a run that is stuck needs so long. */
const WITHIN_MS = 1_200_000
const namespace = 'bench-stocks'

/** Many stocks with a few live reservations each: how long a start takes, what it weighs, how large a scrape is. */
export async function manyStocks(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  const stocks = Array.from({ length: count }, (_, index) => `stock-${index}`)
  await inFlight(stocks, AT_ONCE, (name) => site.stock(namespace, name))
  const first = site.operator(namespace)
  await first.start()
  await reserveAll(site, stocks)
  await untilHeld(site, first, count)
  await first.stop()
  const second = site.operator(namespace)
  await second.start()
  const seconds = await secondsToLeading(second)
  const metrics = await second.metrics()
  await second.stop()
  return rowsOf(`${count} stocks, ${EACH} live reservations each`, { seconds, metrics })
}

function reserveAll(site: Site, stocks: readonly string[]): Promise<void> {
  const names = stocks.flatMap((stock) => Array.from({ length: EACH }, (_, index) => `${stock}.${index}`))
  return inFlight(names, AT_ONCE, (name) => site.reserve(namespace, name, { [name.split('.')[0] as string]: 1 }))
}

/** All held, told, and out of the journals. */
async function untilHeld({ stocks }: Site, operator: OperatorProcess, count: number): Promise<void> {
  const look = async () => {
    if (operator.pid() === undefined) throw new Error(`the operator has ended, of ${count} stocks`)
    const { items } = await stocks.list({ namespace })
    const held = items.filter(({ status }) => status?.reserved === EACH && status.ledger.pending?.length === 0)
    return held.length === count || undefined
  }
  await until(`${count} quiet stocks with ${EACH} held each`, WITHIN_MS, look, count * LOOK_MS_EACH)
}

/** From the begin of the process; the lease is free. */
async function secondsToLeading(operator: OperatorProcess): Promise<number> {
  const leading = await operator.untilLogged(({ message }) => message === 'leading', WITHIN_MS)
  const started = operator.logs().find(({ message }) => message === 'started')
  const listeningMs = Date.parse(leading.timestamp) - Date.parse(started?.timestamp ?? '')
  return (Number(started?.['sinceBirthMs']) + listeningMs) / 1_000
}

interface Found {
  readonly seconds: number
  readonly metrics: string
}

function rowsOf(what: string, { seconds, metrics }: Found): Row[] {
  const rss = Number(/^process_resident_memory_bytes ([0-9.e+]+)/m.exec(metrics)?.[1] ?? Number.NaN)
  return [
    { what: `start to leading, ${what}`, measured: seconds, unit: 's', bar: 'none' },
    { what: `memory of the process with ${what}`, measured: rss / 2 ** 20, unit: 'MiB', bar: 'none' },
    { what: `size of /metrics with ${what}`, measured: metrics.length / 1_000, unit: 'kB', bar: 'none' },
  ]
}
