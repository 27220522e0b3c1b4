import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { putStatus } from './put-status.ts'
import { percentile, type Row } from './row.ts'
import type { Site } from './site.ts'
import { type PhaseWatch, watchPhases } from './watch-phases.ts'

const AT_ONCE = 64
const QUIET = 60
const namespace = 'bench-life'

/** Clients that create, wait, confirm and wait, beside the same writes by clients alone; then one quiet client. */
export async function wholeLife(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  await site.stock(namespace, 'lamp')
  const operator = site.operator(namespace)
  await operator.start()
  const watch = await watchPhases(site.reservations, namespace)
  await live(site, watch, names('warm', 500))
  const seconds = await live(site, watch, names('order', count))
  const quiet = await latencies(site, watch)
  watch.close()
  const [sample] = (await site.reservations.list({ namespace })).items
  await operator.kill()
  const bare = await bareLives(site, count, sample?.status)
  const bareQuiet = await bareLatencies(site, sample?.status)
  const median = (values: readonly number[]) => percentile(values, 0.5)
  return [
    {
      ...{ what: 'whole life: create, Reserved, confirm, Confirmed', measured: count / seconds, unit: '/s' },
      ...{ bare: count / bare, bar: { atLeast: 0.8 }, note: 'bare: create, PUT status, patch, PUT status' },
    },
    {
      ...{ what: 'latency of a quiet reservation, median', measured: median(quiet), unit: 'ms' },
      ...{ bare: median(bareQuiet), bar: { atMost: 3 }, note: `P99 ${percentile(quiet, 0.99).toFixed(0)} ms` },
    },
  ]
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}

async function live(site: Site, watch: PhaseWatch, all: readonly string[]): Promise<number> {
  const startedAt = performance.now()
  await inFlight(all, AT_ONCE, async (name) => {
    await site.reserve(namespace, name, { lamp: 1 })
    await watch.until(`${namespace}/${name}`, 'Reserved')
    await site.reservations.mergePatch(namespace, name, { spec: { state: 'Confirmed' } })
    await watch.until(`${namespace}/${name}`, 'Confirmed')
  })
  return (performance.now() - startedAt) / 1_000
}

async function latencies(site: Site, watch: PhaseWatch): Promise<number[]> {
  const took: number[] = []
  for (const name of names('quiet', QUIET)) {
    const startedAt = performance.now()
    await site.reserve(namespace, name, { lamp: 1 })
    await watch.until(`${namespace}/${name}`, 'Reserved')
    took.push(performance.now() - startedAt)
  }
  return took
}

type Status = Reservation['status']

async function bareLives(site: Site, count: number, status: Status): Promise<number> {
  const startedAt = performance.now()
  await inFlight(names('bare', count), AT_ONCE, async (name) => {
    const created = await site.reserve(namespace, name, { lamp: 1 })
    await putStatus(site, created, status)
    const { body } = await site.reservations.mergePatch(namespace, name, { spec: { state: 'Confirmed' } })
    await putStatus(site, body, { ...status, observedGeneration: 2 } as Status)
  })
  return (performance.now() - startedAt) / 1_000
}

async function bareLatencies(site: Site, status: Status): Promise<number[]> {
  const took: number[] = []
  for (const name of names('bare-quiet', QUIET)) {
    const startedAt = performance.now()
    await site.reserve(namespace, name, { lamp: 1 })
    await site.reservations.mergePatchStatus(namespace, name, { status })
    took.push(performance.now() - startedAt)
  }
  return took
}
