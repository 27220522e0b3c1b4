import { objectOrders } from '../../hack/load/object-orders.ts'
import { mixAt, planOf, STOCKS, type Step } from '../../hack/load/plan.ts'
import { openStocks, runLoad } from '../../hack/load/run-load.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { objectRecord } from '../fixtures/object-record.ts'
import { until } from '../fixtures/until.ts'
import { randomFrom } from '../simulation/world/random.ts'
import { putStatus } from './put-status.ts'
import type { Row } from './row.ts'
import type { Site } from './site.ts'

const AT_ONCE = 64
const OPEN_WITHIN_MS = 60_000
const FINISHED_WITHIN_MS = 300_000
const namespace = 'bench-mix'
const alone = 'bench-mix-bare'

/** The reference load until every journal is empty, beside a client that makes the same writes and the statuses itself. */
export async function referenceMix(site: Site, scale: number): Promise<Row[]> {
  const mix = mixAt(scale)
  const steps = planOf(mix, randomFrom(1))
  const operator = site.operator(namespace)
  await operator.start()
  await openStocks({ client: site.client, namespace }, { ledger: 'cluster', withinMs: OPEN_WITHIN_MS })
  const sizes = await stockSizes(site)
  const storedBefore = await site.storageBytes()
  const startedAt = performance.now()
  await runLoad(objectOrders({ client: site.client, namespace }), steps, () => undefined)
  await untilFinished(site, mix.reserve - (mix.release - mix.unknown))
  const seconds = (performance.now() - startedAt) / 1_000
  const grown = (await site.storageBytes()) - storedBefore
  const [sample] = (await site.reservations.list({ namespace })).items
  await operator.kill()
  const bare = await bareSteps(site, steps, sample?.status)
  return [
    {
      ...{ what: 'reference mix, until all is told and delivered', measured: steps.length / seconds, unit: '/s' },
      ...{ bare: steps.length / bare, bar: 'none', note: `${steps.length} operations on 5 stocks` },
    },
    {
      ...{ what: 'growth of etcd in 5 minutes of it', measured: ((grown / seconds) * 300) / 2 ** 20, unit: 'MiB' },
      ...{ bar: { atMost: 500 }, note: `${(grown / steps.length / 1_024).toFixed(1)} KiB an operation` },
    },
    ...sizes.rows(),
  ]
}

/** Watches how large the stocks get. */
async function stockSizes(site: Site) {
  const end = new AbortController()
  const record = await objectRecord(site.stocks, [namespace], end.signal)
  return {
    rows(): Row[] {
      end.abort()
      const kilobytes = record.events.map(({ object }) => JSON.stringify(object).length / 1_000).sort((a, b) => a - b)
      const what = 'size of a stock in it'
      return [
        { what: `${what}, median`, measured: kilobytes[kilobytes.length >> 1] ?? 0, unit: 'kB', bar: { atMost: 10 } },
        { what: `${what}, largest`, measured: kilobytes.at(-1) ?? 0, unit: 'kB', bar: { atMost: 128 } },
      ]
    },
  }
}

async function untilFinished({ stocks }: Site, out: number): Promise<void> {
  await until(`quiet stocks with ${out} units out`, FINISHED_WITHIN_MS, async () => {
    const { items } = await stocks.list({ namespace })
    const units = items.reduce((sum, { status }) => sum + (status?.reserved ?? 0) + (status?.confirmed ?? 0), 0)
    return (units === out && items.every(({ status }) => status?.ledger.pending?.length === 0)) || undefined
  })
}

/** Seconds. A reservation's own writes follow each other, as they do for the operator. */
async function bareSteps(site: Site, steps: readonly Step[], status: Reservation['status']): Promise<number> {
  await site.namespace(alone)
  const told = new Map<number, Promise<unknown>>()
  const patch = (name: string, state: string) => site.reservations.mergePatch(alone, name, { spec: { state } })
  const take = async (step: Step): Promise<void> => {
    if (step.verb === 'reserve') {
      const creating = site.reserve(alone, `order-${step.order}`, { [STOCKS[step.stock] ?? '']: 1 })
      const telling = creating.then((created) => putStatus(site, created, status))
      told.set(step.order, telling)
      await telling
    } else if (step.order === undefined) {
      await patch('no-such-order', 'Released').catch(() => undefined)
    } else {
      await told.get(step.order)
      const { body } = await patch(`order-${step.order}`, step.verb === 'confirm' ? 'Confirmed' : 'Released')
      await putStatus(site, body, status && { ...status, observedGeneration: 2 })
    }
  }
  const startedAt = performance.now()
  const indexes = steps.map((_, index) => String(index))
  await inFlight(indexes, AT_ONCE, (index) => take(steps[Number(index)] as Step))
  return (performance.now() - startedAt) / 1_000
}
