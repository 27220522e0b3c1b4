import type { StockView } from '../../operator/application/look-inside.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import type { OperatorProcess } from '../fixtures/operator-process.ts'
import { until } from '../fixtures/until.ts'
import { writesOf } from './api-writes.ts'
import { putStatus } from './put-status.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const AT_ONCE = 64
const LOOK_MS = 250
const LOOK_FOR_THE_END_MS = 100
const RESERVED_WITHIN_MS = 300_000

/** How fast a backlog of reservations on few stocks is held, beside a bare client that PUTs the same statuses. */
export async function hotStock(site: Site, count: number): Promise<Row[]> {
  const namespace = 'bench-hot'
  const operator = await warmOperator(site, namespace)
  const before = await writesOf(operator)
  const seconds = await drain(site, operator, { namespace, stocks: ['hot'], count })
  const writes = (await writesOf(operator)) - before
  await operator.stop()
  const bareSeconds = await bareStatuses(site, namespace, count)
  return [
    {
      what: 'created → Reserved, one hot stock',
      measured: count / seconds,
      unit: '/s',
      bare: count / bareSeconds,
      bar: { atLeast: 0.8 },
    },
    {
      what: 'API writes beyond one status each, per reservation',
      measured: writes / count - 1,
      unit: '',
      bar: { atMost: 0.1 },
    },
  ]
}

/** The same backlog over more and more stocks, and beside more and more live reservations. */
export async function scaling(site: Site, count: number): Promise<Row[]> {
  const rows: Row[] = []
  let bare: number | undefined
  for (const stocks of [1, 10, 100]) {
    const namespace = `bench-scale-${stocks}`
    const operator = await warmOperator(site, namespace)
    const names = Array.from({ length: stocks }, (_, index) => `stock-${index}`)
    const rate = count / (await drain(site, operator, { namespace, stocks: names, count }))
    bare ??= rate
    rows.push({
      what: stocks === 1 ? '1 stock, the reference' : `${stocks} stocks, beside one stock`,
      measured: rate,
      unit: '/s',
      bare,
      bar: { atLeast: 0.5 },
    })
    if (stocks === 1) {
      const again = count / (await drain(site, operator, { namespace, stocks: names, count, first: count, made: true }))
      rows.push({
        what: `${count} more beside ${count} live ones`,
        measured: again,
        unit: '/s',
        bare,
        bar: { atLeast: 0.7 },
      })
    }
    await operator.kill()
  }
  return rows
}

/** Has decided some already, so that its code is compiled. */
async function warmOperator(site: Site, namespace: string): Promise<OperatorProcess> {
  await site.namespace(namespace)
  await site.stock(namespace, 'warm')
  const operator = site.operator(namespace)
  await operator.start()
  const names = Array.from({ length: 500 }, (_, index) => `warm-${index}`)
  await inFlight(names, AT_ONCE, (name) => site.reserve(namespace, name, { warm: 1 }))
  await untilReserved(site, namespace, ['warm'], 500)
  return operator
}

interface Backlog {
  readonly namespace: string
  readonly stocks: readonly string[]
  readonly count: number
  /** The number of the first; its stocks are there already. */
  readonly first?: number
  readonly made?: boolean
}

/** Seconds from the moment the operator may go on until all of the backlog is held, and each reservation says so. */
async function drain(
  site: Site,
  operator: OperatorProcess,
  { namespace, stocks, count, first = 0, made = false }: Backlog,
): Promise<number> {
  if (!made)
    for (const name of stocks) await site.stock(namespace, name, { price: { amount: '9.99', currency: 'EUR' } })
  if (!made) await untilReserved(site, namespace, stocks, 0)
  operator.signal('SIGSTOP')
  const names = Array.from({ length: count }, (_, index) => `order-${first + index}`)
  const stockOf = (name: string) => stocks[Number(name.split('-')[1]) % stocks.length] as string
  await inFlight(names, AT_ONCE, (name) => site.reserve(namespace, name, { [stockOf(name)]: 1 }, { consumer: 'ana' }))
  const startedAt = performance.now()
  operator.signal('SIGCONT')
  const toldAt = await untilTold(site, operator, { namespace, stocks, count: first + count })
  await untilReserved(site, namespace, stocks, first + count) // so nothing was only thought to be held
  return (toldAt - startedAt) / 1_000
}

/** When all were held, and their statuses said so: before the journal is empty, which waits for something else to write. */
async function untilTold(
  site: Site,
  operator: OperatorProcess,
  { namespace, stocks, count }: Pick<Backlog, 'namespace' | 'stocks' | 'count'>,
): Promise<number> {
  const look = async () => {
    const at = performance.now()
    if ((await told(operator, stocks)) < count) return undefined
    const { reserved } = await stored(site, namespace, stocks)
    if (!(reserved >= count)) return undefined
    return (await told(operator, stocks)) < count ? undefined : at // what was being stored at the first look is known by now
  }
  return until(`${count} told`, RESERVED_WITHIN_MS, look, LOOK_FOR_THE_END_MS)
}

/** Holds, once nothing of them is queued or to be told; 0 before. Asked of the operator, for a list would cost the API server. */
async function told(operator: OperatorProcess, stocks: readonly string[]): Promise<number> {
  const { text } = await operator.health('/debug/stocks')
  const { shown } = JSON.parse(text) as { readonly shown: readonly StockView[] }
  const ours = shown.filter(({ name }) => stocks.includes(name))
  if (ours.some(({ queued, parked, journal }) => queued + parked + journal.unreported > 0)) return 0
  return ours.reduce((sum, { claims }) => sum + claims, 0)
}

/** All held, told, and out of the journals. */
async function untilReserved(site: Site, namespace: string, stocks: readonly string[], count: number): Promise<void> {
  const look = async () => {
    const { reserved, unfinished } = await stored(site, namespace, stocks)
    return (reserved >= count && unfinished === 0) || undefined
  }
  await until(`quiet stocks with ${count} held`, RESERVED_WITHIN_MS, look, LOOK_MS)
}

/** What the stocks' statuses say; NaN for what one does not say yet. */
async function stored(
  { stocks: client }: Site,
  namespace: string,
  names: readonly string[],
): Promise<{ readonly reserved: number; readonly unfinished: number }> {
  const { items } = await client.list({ namespace })
  const ours = items.filter(({ metadata }) => names.includes(metadata.name ?? ''))
  const reserved = ours.reduce((sum, { status }) => sum + (status?.reserved ?? NaN), 0)
  const unfinished = ours.reduce((sum, { status }) => sum + (status?.ledger.pending?.length ?? NaN), 0)
  return { reserved, unfinished }
}

/** The same status bodies, by a client that knows the versions and does nothing else. */
async function bareStatuses(site: Site, namespace: string, count: number): Promise<number> {
  const { items } = await site.reservations.list({ namespace })
  const statuses = items.filter(({ metadata }) => metadata.name?.startsWith('order-')).map(({ status }) => status)
  await site.namespace('bench-bare')
  const names = Array.from({ length: count }, (_, index) => `order-${index}`)
  const objects = new Map<string, Reservation>()
  await inFlight(names, AT_ONCE, async (name) => {
    objects.set(name, await site.reserve('bench-bare', name, { hot: 1 }, { consumer: 'ana' }))
  })
  const startedAt = performance.now()
  await inFlight(names, AT_ONCE, async (name) => {
    await putStatus(site, objects.get(name) as Reservation, statuses[Number(name.split('-')[1])])
  })
  return (performance.now() - startedAt) / 1_000
}
