import { setTimeout as pause } from 'node:timers/promises'
import { inFlight } from '../fixtures/in-flight.ts'
import type { OperatorProcess } from '../fixtures/operator-process.ts'
import { until as found } from '../fixtures/until.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const AT_ONCE = 64
const LOOK_MS = 20
/** For each of its waits; only a run that is stuck needs so long. */
const WITHIN_MS = 600_000
const LEASE_S = 5
/** So many are asked of a takeover, and end within one minute. */
const MANY = 10_000
/** Of making the reservations that end in one minute, so that the first of them ends after the last was made. */
const ROOM = 1.5
const namespace = 'bench-live'
const leaderElection = { leaseDuration: `${LEASE_S}s`, renewDeadline: '4s', retryPeriod: '500ms' }

/** Many live reservations: what they weigh and cost, how long a takeover lasts with them, how late they end all at once. */
export async function manyLive(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  await site.stock(namespace, 'lamp', { hold: { ttl: '1h', maxTTL: '24h' } })
  const first = site.operator(namespace, { leaderElection })
  const second = site.operator(namespace, { leaderElection })
  await first.start()
  await until(site, ({ term }) => term > 0)
  const names = Array.from({ length: count }, (_, index) => `live-${index}`)
  const { rows, perSecond } = await fill(site, first, names)
  await standBy(second)
  const killed = await takeover(site, () => first.kill())
  await standBy(first)
  const stopped = await takeover(site, () => second.stop())
  const ending = Math.min(count, MANY)
  const bar = count > MANY ? 'none' : { atMost: 2 }
  return [
    ...rows,
    { what: `takeover after SIGKILL, ${count} live, beyond the lease`, measured: killed - LEASE_S, unit: 's', bar },
    { what: `takeover after SIGTERM, ${count} live`, measured: stopped, unit: 's', bar },
    await expiry(site, first, ending, (ending / perSecond) * ROOM),
  ]
}

/** Makes all of these, and tells how many it made in a second at the end. The first few have the code compiled. */
async function fill(site: Site, operator: OperatorProcess, names: readonly string[]) {
  const few = Math.ceil(names.length / 20)
  const some = Math.ceil(names.length / 10)
  const hold = holder(site)
  await hold(names.slice(0, few))
  const warm = await memoryOf(operator)
  const early = await hold(names.slice(few, few + some))
  await hold(names.slice(few + some, -some))
  const late = await hold(names.slice(-some))
  const full = await memoryOf(operator)
  const heap = ((full.heap - warm.heap) * 1_024) / (names.length - few)
  const rows: Row[] = [
    {
      ...{ what: `${some} more beside ${names.length - some} live ones`, measured: some / late, unit: '/s' },
      ...{ bare: some / early, bar: { atLeast: 0.7 }, note: `beside the same with ${few}` },
    },
    {
      ...{ what: `memory of the process with ${names.length} live reservations`, measured: full.rss },
      ...{ unit: 'MiB', bar: { atMost: 400 } },
    },
    { what: 'heap for each live reservation', measured: heap, unit: 'KiB', bar: { atMost: 3 } },
  ]
  return { rows, perSecond: some / late }
}

/** Makes reservations until all of them are held and told. Seconds. */
function holder(site: Site): (names: readonly string[]) => Promise<number> {
  let units = 0
  return async (names) => {
    const startedAt = performance.now()
    units += names.length
    await inFlight(names, AT_ONCE, (name) => site.reserve(namespace, name, { lamp: 1 }))
    await until(site, ({ reserved, pending }) => reserved === units && pending === 0)
    return secondsSince(startedAt)
  }
}

/** Lets all holds of the others go on, and has new ones, made within `seconds`, end in the minute after. */
async function expiry(site: Site, operator: OperatorProcess, count: number, seconds: number): Promise<Row> {
  await site.stock(namespace, 'egg')
  const from = performance.now() + seconds * 1_000
  const ttl = (index: number) => `${Math.round(from + (index / count) * 60_000 - performance.now())}ms`
  const eggs = Array.from({ length: count }, (_, index) => `egg-${index}`)
  await inFlight(eggs, AT_ONCE, (name) =>
    site.reserve(namespace, name, { egg: 1 }, { ttl: ttl(Number(name.split('-')[1])) }),
  )
  await pause(1_000)
  const over = async () => {
    const { status } = (await site.stocks.get(namespace, 'egg')).body
    return (status?.ledger.sequence && status.reserved === 0 && !status.ledger.pending?.length) || undefined
  }
  await found('end of all eggs', WITHIN_MS, over, 500)
  const lags = sharesWithin(await operator.metrics())
  const bound = lags.find(({ share }) => share >= 0.99)?.seconds ?? Infinity
  const inTime = lags.find(({ seconds }) => seconds === 1)?.share ?? 0
  const note = `${(inTime * 100).toFixed(1)} % within 1 s; ${eggs.length} holds`
  return { what: 'expiry: P99 of (expired − deadline), at most', measured: bound, unit: 's', bar: { atMost: 1 }, note }
}

/** Of all that have expired, by the buckets of the histogram. */
function sharesWithin(metrics: string): { readonly seconds: number; readonly share: number }[] {
  const buckets = [...metrics.matchAll(/^kbnt_expiry_lag_seconds_bucket\{le="([^"]+)"\} ([0-9]+)/gm)]
  const total = Number(buckets.at(-1)?.[2] ?? 0)
  return buckets.map(([, le, count]) => ({
    seconds: le === '+Inf' ? Infinity : Number(le),
    share: Number(count) / total,
  }))
}

async function standBy(operator: OperatorProcess): Promise<void> {
  await operator.start()
  const ready = async () => (await operator.health('/readyz')).status === 200 || undefined
  await found('ready standby', WITHIN_MS, ready, LOOK_MS)
}

async function takeover(site: Site, strike: () => Promise<void>): Promise<number> {
  const { term } = await look(site)
  const startedAt = performance.now()
  const struck = strike()
  await until(site, (now) => now.term > term)
  const took = secondsSince(startedAt)
  await struck
  return took
}

interface Look {
  readonly term: number
  readonly reserved: number
  readonly pending: number
}

async function look({ stocks }: Site): Promise<Look> {
  const { status } = (await stocks.get(namespace, 'lamp')).body
  return {
    term: status?.ledger.term ?? 0,
    reserved: status?.reserved ?? 0,
    pending: status?.ledger.pending?.length ?? 0,
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1_000
}

async function until(site: Site, fits: (now: Look) => boolean): Promise<void> {
  await found('stock as awaited', WITHIN_MS, async () => fits(await look(site)) || undefined, LOOK_MS)
}

/** MiB: what the process has taken by now, and what of its heap is in use once the garbage is gone. */
async function memoryOf(operator: OperatorProcess): Promise<{ readonly rss: number; readonly heap: number }> {
  const mebibytes = async (name: string) =>
    Number(new RegExp(`^${name} ([0-9.e+]+)`, 'm').exec(await operator.metrics())?.[1] ?? 0) / 1_048_576
  const rss = await mebibytes('process_resident_memory_bytes')
  operator.signal('SIGUSR2')
  await pause(1_000)
  return { rss, heap: await mebibytes('nodejs_heap_size_used_bytes') }
}
