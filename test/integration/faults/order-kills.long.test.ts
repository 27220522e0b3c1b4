import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { Behaviour } from '../../../hack/quickstart/order-services/behaviour.ts'
import type { ServiceRequest } from '../../../hack/quickstart/order-services/service.ts'
import { methods } from '../../../hack/quickstart/order-services/stand-in.ts'
import type { Order } from '../../../operator/infrastructure/kubernetes/resources/generated/order.ts'
import { readSettings } from '../../../operator/infrastructure/settings/read-settings.ts'
import { inFlight } from '../../fixtures/in-flight.ts'
import { note } from '../../fixtures/note.ts'
import { type OrderSite, orderSite } from '../../fixtures/order-site.ts'
import { type Supervision, supervised } from '../../fixtures/supervised.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { randomFrom } from '../../simulation/world/random.ts'

const namespace = 'faults-orders'
const ORDERS = 200
const KILLS = 10
const EACH_TIME = ORDERS / KILLS
/** So that the last of them find nothing left. */
const UNITS = 140
const auditTopic = 'stock-audit-logs'
const names = Array.from({ length: ORDERS }, (_, index) => `order-${index}`)
const price = { amount: '9.50', currency: 'EUR' }

describe('an operator that is killed again and again while orders are paid', () => {
  const random = randomFrom(Number(process.env['KBNT_SEED'] ?? Date.now()))
  let site: OrderSite
  let kafkaBrokers: string
  /** On a busy machine it may lose its lease and end, as it should. */
  let supervision: Supervision | undefined

  before(async function () {
    this.timeout(120_000)
    kafkaBrokers = await testbed().kafka()
    site = await orderSite(namespace, {
      kafkaBrokers,
      oncePerReference: false,
      settings: { kafka: { createTopics: true } },
    })
    await site.operator.untilLogged(({ message }) => message === 'topics are there', 30_000)
    await site.createStock('cup', { quantity: UNITS, price } as never)
    site.services.behave = unwell
  })
  after(async () => {
    await supervision?.end()
    await site?.close()
  })

  /** Of four calls about money one goes wrong: it is lost, or its answer is, or both come late. */
  function unwell({ path }: ServiceRequest): Behaviour {
    const one = random.next()
    if (!path.startsWith('/payments') || one > 0.25) return { kind: 'serve' }
    if (one > 0.2) return { kind: 'lose' }
    if (one > 0.16) return { kind: 'fail', status: 500 }
    if (one > 0.12) return { kind: 'answer', status: 503 }
    if (one > 0.08) return { kind: 'hang' }
    return one > 0.04 ? { kind: 'late', afterMs: 2_500 } : { kind: 'serve', afterMs: 1_500 } // a call waits a second
  }

  function place(name: string): Promise<Order> {
    const index = Number(name.split('-')[1])
    const method = index % 7 === 0 ? methods.declined : 'card-1'
    const provider = index % 2 === 0 ? 'acme' : 'at-once'
    return site.place(name, { method, provider, amount: price }, { items: [{ stock: 'cup', quantity: 1 }] })
  }

  const led = () => site.operator.logs().filter(({ message }) => message === 'leading').length
  const phaseOf = ({ status }: Order) => status?.phase ?? 'Pending'
  const isOver = (order: Order) => phaseOf(order) === 'Completed' || phaseOf(order) === 'Cancelled'
  const isBeingPaid = (order: Order) => order.status?.payment !== undefined && !isOver(order)

  it('charges nobody twice, and brings each order to its end', async function () {
    this.timeout(400_000)
    supervision = supervised(site.operator)
    const beingPaid: number[] = []
    for (let kill = 0; kill < KILLS; kill += 1) {
      const some = names.slice(kill * EACH_TIME, (kill + 1) * EACH_TIME)
      await inFlight(some, 4, place)
      await site.orders.untilSome(isBeingPaid, 60_000)
      await pause(random.next() * 2_000)
      const terms = led()
      await site.operator.kill() // it is started again
      beingPaid.push(site.orders.all().filter(isBeingPaid).length)
      await until('another leader', 90_000, async () => led() > terms || undefined)
    }
    site.services.behave = () => ({ kind: 'serve' })
    for (const name of names)
      await site.orders.until(`${namespace}/${name}`, (order) => order !== undefined && isOver(order), 90_000)
    note(`${ORDERS} orders, being paid at each of ${KILLS} kills: ${beingPaid.join(' ')}`)
    assert.ok(beingPaid.filter((count) => count > 0).length >= KILLS / 2, `being paid: ${beingPaid}`)

    const charges = new Map<string, string[]>()
    for (const { reference, state } of site.services.payments())
      charges.set(reference, [...(charges.get(reference) ?? []), state])
    for (const order of site.orders.all()) {
      const kept = (charges.get(order.metadata.uid ?? '') ?? []).filter((state) => /^(taken|authorised)$/.test(state))
      const want = phaseOf(order) === 'Completed' ? ['taken'] : []
      assert.deepEqual(kept, want, `${order.metadata.name}: ${order.status?.reason}, ${order.status?.message}`)
    }
  })

  it('leaves orders, stock, payments and events that agree', async function () {
    this.timeout(100_000)
    const { orders } = readSettings({
      argv: ['--config', 'settings'],
      env: {},
      readFile: () => JSON.stringify({ orders: site.orderSettings }),
    })
    const kubeconfig = testbed().kubeconfigPath
    const sources = { kubeconfig, namespace, kafkaBrokers: [kafkaBrokers], auditTopic, orders }
    const { lines, findings, unfinished: left, moved } = await settledReport(sources, 90_000)
    assert.deepEqual([findings, left, moved], [[], 0, 0], lines.join('\n'))
    const compared = lines.filter((line) => /payment \w+ +steps told/.test(line)).length
    assert.equal(compared, ORDERS, lines.join('\n'))
  })

  it('has met all that can become of an order', () => {
    const reasons = new Map<string, number>()
    for (const { status } of site.orders.all())
      reasons.set(status?.reason ?? '', (reasons.get(status?.reason ?? '') ?? 0) + 1)
    note([...reasons].map(([reason, count]) => `${count} ${reason}`).join(', '))
    for (const reason of ['Completed', 'PaymentDeclined', 'InsufficientStock'])
      assert.ok((reasons.get(reason) ?? 0) > 0, `none is ${reason}`)
  })
})
