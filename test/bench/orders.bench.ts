import { standIn } from '../../hack/quickstart/order-services/stand-in.ts'
import { quiet } from '../../hack/quiet-logger.ts'
import { systemClock } from '../../operator/infrastructure/clock/system-clock.ts'
import { type ResourceClient, resourceClient } from '../../operator/infrastructure/kubernetes/resource-client.ts'
import type { Order } from '../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import type { Reservation } from '../../operator/infrastructure/kubernetes/resources/generated/reservation.ts'
import { ordersResource } from '../../operator/infrastructure/kubernetes/resources/orders.ts'
import { readSettings } from '../../operator/infrastructure/settings/read-settings.ts'
import { type CalledOrderServices, orderServices } from '../../operator/programs/order-services.ts'
import { inFlight } from '../fixtures/in-flight.ts'
import { writesOf } from './api-writes.ts'
import { replayed, type Versions, versionsSeen } from './object-versions.ts'
import { percentile, type Row } from './row.ts'
import type { Site } from './site.ts'
import { type PhaseWatch, watchPhases } from './watch-phases.ts'

const AT_ONCE = 64
const WARM = 100
const namespace = 'bench-orders'
const price = { amount: '9.50', currency: 'EUR' } as const
const minor = { minor: 950, currency: 'EUR' } as const
/** Of one order: user check, authorise, capture, notice. */
const CALLS = 4

/** Orders from their creation to Completed, paid over HTTP, beside a client that makes the same writes and calls by itself. */
export async function paidOrders(site: Site, count: number): Promise<Row[]> {
  await site.namespace(namespace)
  const shop = await standIn({ now: Date.now })
  const settings = settingsOf(shop.url)
  const services = servicesOf(settings)
  const operator = site.operator(namespace, { orders: settings })
  const clients = { orders: resourceClient<Order>(site.client, ordersResource), reservations: site.reservations }
  try {
    await operator.start()
    await site.stock(namespace, 'cup', { price })
    const watch = await watchPhases(clients.orders, namespace)
    const sample = await sampled(clients, watch)
    await place(clients.orders, watch, names('warm', WARM))
    const before = await writesOf(operator)
    const startedAt = performance.now()
    const took = await place(clients.orders, watch, names('order', count))
    const measured = (count * 1_000) / (performance.now() - startedAt)
    const writes = ((await writesOf(operator)) - before) / count
    watch.close()
    await operator.kill()
    const bare = await bareOrders({ ...clients, services }, sample, names('bare', count))
    return rowsOf({ measured, writes, medianMs: percentile(took, 0.5), ...bare })
  } finally {
    await operator.kill()
    await services.close()
    await shop.close()
  }
}

interface Measured {
  readonly measured: number
  /** Of the operator, an order. */
  readonly writes: number
  readonly medianMs: number
  readonly bare: number
  /** Of the bare client, an order. */
  readonly bareWrites: number
}

function rowsOf({ measured, writes, medianMs, bare, bareWrites }: Measured): Row[] {
  return [
    {
      ...{ what: 'order: created → paid, sold, told, Completed', measured, unit: '/s', bare, bar: { atLeast: 0.7 } },
      note: `bare: ${bareWrites} API writes and ${CALLS} calls; median ${medianMs.toFixed(0)} ms, ${AT_ONCE} at once`,
    },
    {
      ...{ what: 'API writes of the operator for an order', measured: writes, unit: '', bar: 'none' },
      note: 'what is told of its hold and its share of the books of the stock included',
    },
  ]
}

function names(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
}

function settingsOf(url: string) {
  const http = { adapter: 'http', url, allowUnencrypted: true, concurrency: AT_ONCE }
  const acme = { ...http, moves: 'twice', keyWindow: '24h', longestCall: '60s' }
  return { users: http, payments: { acme }, notifications: http }
}

/** Called as the operator calls them. */
function servicesOf(settings: ReturnType<typeof settingsOf>): CalledOrderServices {
  const readFile = () => JSON.stringify({ orders: settings })
  const { orders } = readSettings({ argv: ['--config', 'settings'], env: {}, readFile })
  return orderServices(orders, {
    ...{ clock: systemClock(), logger: quiet },
    observer: { called: () => undefined, breaker: () => undefined },
  })
}

interface Clients {
  readonly orders: ResourceClient<Order>
  readonly reservations: ResourceClient<Reservation>
}

/** How long each took, in ms. */
async function place(orders: Clients['orders'], watch: PhaseWatch, all: readonly string[]): Promise<number[]> {
  const took: number[] = []
  await inFlight(all, AT_ONCE, async (name) => {
    const startedAt = performance.now()
    await orders.create({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { namespace, name } },
      spec: {
        ...{ customer: 'ana', items: [{ stock: 'cup', quantity: 1 }] },
        payment: { method: 'card-1', provider: 'acme', amount: price },
      },
    } as unknown as Order)
    await watch.until(`${namespace}/${name}`, 'Completed')
    took.push(performance.now() - startedAt)
  })
  return took
}

/** What is written of one order and of its reservation until it is Completed. */
interface Sample {
  readonly order: Versions<Order>
  readonly reservation: Versions<Reservation>
}

async function sampled({ orders, reservations }: Clients, watch: PhaseWatch): Promise<Sample> {
  let reservation: Versions<Reservation> | undefined
  const order = await versionsSeen(orders, namespace, async () => {
    reservation = await versionsSeen(reservations, namespace, () => place(orders, watch, ['sample']))
  })
  if (!reservation) throw new Error('the order had no reservation')
  return { order, reservation }
}

async function bareOrders(
  { orders, reservations, services }: Clients & { readonly services: CalledOrderServices },
  sample: Sample,
  all: readonly string[],
): Promise<Pick<Measured, 'bare' | 'bareWrites'>> {
  let bareWrites = 0
  const startedAt = performance.now()
  await inFlight(all, AT_ONCE, async (name) => {
    const order = await replayed(orders, sample.order, name)
    const reservation = await replayed(reservations, sample.reservation, name)
    bareWrites = order.writes + reservation.writes
    await called(services, order.object.metadata.uid ?? name)
  })
  return { bare: (all.length * 1_000) / (performance.now() - startedAt), bareWrites }
}

/** All calls that one order makes. Throws where one is answered otherwise than that all is well. */
async function called({ users, payments, notices }: CalledOrderServices, uid: string): Promise<void> {
  const how = (step: string) => ({
    ...{ key: `${uid}/${step}/1`, maySend: () => true, signal: new AbortController().signal },
  })
  const acme = payments.get('acme')
  if (!acme) throw new Error('there is no provider')
  const order = { order: 'bare', uid, orderId: 'ORD-1', customer: 'ana', amount: minor, summary: 'cup×1', namespace }
  const answers = [
    await users.check({ namespace, customer: 'ana', order: uid }, how('check')),
    await acme.authorise({ reference: uid, amount: minor, customer: 'ana', method: 'card-1' }, how('authorise')),
    await acme.capture({ reference: uid, amount: minor }, how('capture')),
    await notices.send(order, how('notify')),
  ]
  const kinds = answers.map(({ kind }) => kind).join(' ')
  if (kinds !== 'valid authorised taken accepted') throw new Error(`a call of the bare client went wrong: ${kinds}`)
}
