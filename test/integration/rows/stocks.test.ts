import assert from 'node:assert/strict'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder as orderOf, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-stocks'
const ledger = { kind: 'Postgres' }

describe('a stock whose books are rows', () => {
  let postgres: Postgres
  let database: RowDatabase
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    postgres = await testbed().ownPostgres()
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const databases = {
      default: { url: postgres.url, allowUnencrypted: true, durability: 'local' },
      closed: { url: postgres.url, allowUnencrypted: true, durability: 'local', namespaces: ['elsewhere'] },
    }
    operator = operatorProcess({
      kubeconfigPath,
      namespaces: [namespace],
      settings: { leaderElection: calmLease, databases },
    })
    await operator.start()
    database = await rowDatabase(postgres.url)
  })
  after(async () => {
    await operator?.dispose()
    await database?.close()
    await shop?.close()
  })

  const rowOf = async (name: string) => {
    const row = (await database.rows()).stocks.find((one) => one.name === name)
    assert.ok(row, `${name} has no row`)
    return row
  }
  const readyOf = (stock: VirtualStock | undefined) => stock?.status?.conditions?.find(({ type }) => type === 'Ready')
  const untilReason = (name: string, reason: string) =>
    shop.untilStock(name, (stock) => readyOf(stock)?.reason === reason)
  /** Creates it; answers its uid once its row is open. */
  const anOpenStock = async (name: string, spec: object = {}) => {
    await shop.createStock(name, { quantity: 20, ledger, ...spec })
    return (await untilReason(name, 'Open')).metadata.uid ?? ''
  }
  const untilTrue = (look: () => Promise<boolean>) =>
    until('agreement', 20_000, async () => ((await look()) ? true : undefined))
  const anOrder = (uid: string, quantity: number, consumer?: string, ttlMs = 600_000) =>
    orderOf([[uid, quantity]], { ttlMs, about: { namespace, ...(consumer && { consumer }) } })
  /** What the topic of everything has of it, in order; a record may come again, and is the same one then. */
  const toldOf = (name: string) => {
    const records = operator
      .events()
      .filter(({ topic, key }) => topic === 'stock-audit-logs' && key === `${namespace}/${name}`)
      .map(({ value }) => value as unknown as { eventId: string; entries: { type: string }[] })
    const once = new Map(records.map(({ eventId, entries }) => [eventId, entries]))
    return [...once.values()].flat().map(({ type }) => type)
  }

  it('is Ready once its row is open, and then is written no more', async () => {
    await shop.createStock('bean', { quantity: 20, ledger })
    const wait = ['-n', namespace, 'wait', '--for=condition=Ready', 'vstk/bean', '--timeout=20s']
    const answer = await testbed().kubectl(wait)
    assert.equal(answer.code, 0, answer.stderr)
    const stock = await shop.untilStock('bean', ({ status }) => status?.quantity === 20)
    assert.deepEqual([stock.status?.ledger.kind, stock.status?.available, stock.status?.waiting], ['Postgres', 20, 0])
    assert.equal(stock.metadata.annotations?.['kbnt.io/opened'], `postgres.${stock.metadata.uid}`)
    assert.equal((await rowOf('bean')).uid, stock.metadata.uid)
    const before = shop.stocks.versions(`${namespace}/bean`).length
    await new Promise((resolve) => setTimeout(resolve, 3_000))
    assert.equal(shop.stocks.versions(`${namespace}/bean`).length, before)
  })

  it('is shown by who looks inside the leader, and by the metrics', async () => {
    const { status, text } = await operator.health('/debug/stocks')
    assert.equal(status, 200)
    const { shown } = JSON.parse(text) as { shown: Record<string, unknown>[] }
    const { uid: _, undeliveredBytes, ...bean } = shown.find(({ name }) => name === 'bean') ?? {}
    const nothingWaits = { queue: {}, oldestAskMs: 0 }
    assert.deepEqual(bean, { namespace, name: 'bean', database: 'default', mode: 'open', ...nothingWaits })
    assert.equal(typeof undeliveredBytes, 'number')
    assert.match(await operator.metrics(), /^kbnt_stock_mode\{namespace="rows-stocks",stock="bean",mode="open"\} 1$/m)
  })

  it('follows its spec: quantity, price, thresholds, pause', async () => {
    await anOpenStock('lentil')
    await shop.patchStock('lentil', { quantity: 30, price: { amount: '2.00', currency: 'EUR' }, paused: true })
    const changed = await untilReason('lentil', 'Paused')
    assert.deepEqual([changed.status?.quantity, changed.status?.totalValue?.amount], [30, '60.00'])
    assert.equal(changed.status?.observedGeneration, changed.metadata.generation)
    await shop.patchStock('lentil', { paused: false, thresholds: { low: 40 } })
    await shop.untilStock('lentil', (stock) => readyOf(stock)?.reason === 'Open' && stock.status?.level === 'Low')
    const told = ['created', 'adjusted', 'priced', 'paused', 'resumed', 'level_changed'].map((what) => `stock.${what}`)
    await untilTrue(async () => toldOf('lentil').length >= told.length)
    assert.deepEqual(toldOf('lentil'), told)
  })

  it('shows what is held, ends it in time, and says when more is out than there is', async () => {
    const uid = await anOpenStock('rice')
    const orders = rowLedger(database.books)
    assert.equal(standing(await orders.order(anOrder(uid, 8, undefined, 4_000))).phase, 'Reserved')
    await shop.untilStock('rice', ({ status }) => status?.reserved === 8 && status.available === 12)
    await shop.patchStock('rice', { quantity: 5 })
    const over = await shop.untilStock('rice', ({ status }) => status?.quantity === 5)
    assert.equal(over.status?.conditions?.find(({ type }) => type === 'Overcommitted')?.status, 'True')
    assert.equal((await rowOf('rice')).ceiling, 8)
    const refused = standing(await orders.order(anOrder(uid, 1)))
    assert.deepEqual([refused.phase, refused.reason], ['Rejected', 'InsufficientStock'])
    await shop.untilStock('rice', ({ status }) => status?.reserved === 0 && status.available === 5)
    assert.equal((await rowOf('rice')).ceiling, 0)
  })

  it('counts what its consumers have when a limit for them is added later', async () => {
    const uid = await anOpenStock('oat')
    const orders = rowLedger(database.books)
    const ofAna = () => anOrder(uid, 3, 'ana')
    assert.equal(standing(await orders.order(ofAna())).phase, 'Reserved')
    await shop.patchStock('oat', { limits: { perConsumer: 4 } })
    await untilTrue(async () => (await database.rows()).units.some((one) => one.stock === uid && one.units === 3))
    assert.equal(standing(await orders.order(ofAna())).reason, 'LimitPerConsumer')
  })

  it('that is deleted takes no new holds, and goes when nothing is out and all is sent', async () => {
    const uid = await anOpenStock('pea')
    const orders = rowLedger(database.books)
    const held = anOrder(uid, 2)
    await orders.order(held)
    await shop.deleteStock('pea')
    const waits = await untilReason('pea', 'Terminating')
    assert.match(readyOf(waits)?.message ?? '', /waits for 2 units to end/)
    await untilTrue(async () => (await rowOf('pea')).terms.terminating)
    assert.equal(standing(await orders.order(anOrder(uid, 1))).phase, 'Rejected')
    await orders.order({ kind: 'release', uid: held.uid })
    await shop.stocks.until(`${namespace}/pea`, (stock) => stock === undefined)
    assert.equal((await rowOf('pea')).state, 'Closed')
    assert.equal(toldOf('pea').at(-1), 'stock.deleted')
  })

  it('says so where its database is not there, or may not have it; one of the cluster beside it is served', async () => {
    await shop.createStock('lost', { quantity: 1, ledger: { ...ledger, database: 'nowhere' } })
    await shop.createStock('shut', { quantity: 1, ledger: { ...ledger, database: 'closed' } })
    await shop.createStock('plain', { quantity: 1 })
    assert.match(readyOf(await untilReason('lost', 'NoSuchDatabase'))?.message ?? '', /no database named nowhere/)
    assert.match(readyOf(await untilReason('shut', 'DatabaseNotAllowed'))?.message ?? '', /namespace rows-stocks/)
    await shop.reserve('some', { plain: 1 })
    await shop.untilPhase('some', 'Reserved')
    await shop.deleteStock('lost')
    await shop.stocks.until(`${namespace}/lost`, (stock) => stock === undefined)
  })

  it('is closed where its object goes without waiting', async () => {
    await anOpenStock('gone')
    await shop.clients.stocks.mergePatch(namespace, 'gone', { metadata: { finalizers: [] } })
    await shop.deleteStock('gone').catch(() => undefined)
    await shop.clients.stocks.mergePatch(namespace, 'gone', { metadata: { finalizers: [] } }).catch(() => undefined)
    await untilTrue(async () => (await rowOf('gone')).state === 'Closed')
  })

  it('whose row is older than what was seen of it stops, until somebody accepts its books', async () => {
    const uid = await anOpenStock('set-back')
    await shop.patchStock('set-back', { quantity: 30 })
    await shop.untilStock('set-back', ({ status }) => status?.quantity === 30)
    const back = 'UPDATE kbnt.stock SET sequence = 1, quantity = 20, generation = 1 WHERE uid = $1'
    await database.sql(back, [uid])
    await untilReason('set-back', 'StatusLost')
    assert.equal((await rowOf('set-back')).state, 'Halted')
    const annotations = { 'kbnt.io/accept-books': uid }
    await shop.clients.stocks.mergePatch(namespace, 'set-back', { metadata: { annotations } })
    const open = await shop.untilStock(
      'set-back',
      (stock) => readyOf(stock)?.reason === 'Open' && stock.status?.quantity === 30,
    )
    assert.ok(open.status && open.status.ledger.sequence > 1_000_000)
    await shop.untilStock('set-back', ({ metadata }) => metadata.annotations?.['kbnt.io/accept-books'] === undefined)
  })

  it('whose row is gone stops, until somebody accepts its books', async () => {
    const uid = await anOpenStock('vanished')
    await database.sql('DELETE FROM kbnt.stock WHERE uid = $1', [uid])
    // the leader has the row in mind still: it looks for what has changed
    await untilReason('vanished', 'StatusLost')
    const annotations = { 'kbnt.io/accept-books': uid }
    await shop.clients.stocks.mergePatch(namespace, 'vanished', { metadata: { annotations } })
    await untilReason('vanished', 'Open')
    assert.ok((await rowOf('vanished')).balances.sequence > 1_000_000)
  })

  it('that refused to be oversold stops, until somebody accepts its books', async () => {
    const uid = await anOpenStock('halted')
    await database.books.halt(uid)
    await untilReason('halted', 'InvariantViolated')
    const annotations = { 'kbnt.io/accept-books': uid }
    await shop.clients.stocks.mergePatch(namespace, 'halted', { metadata: { annotations } })
    await untilReason('halted', 'Open')
    assert.equal((await rowOf('halted')).state, 'Open')
  })

  it('has a database of which the metrics tell whether it answers', async () => {
    const isUp = (value: 0 | 1) =>
      untilTrue(async () => (await operator.metrics()).includes(`kbnt_database_up{database="default"} ${value}\n`))
    await isUp(1)
    postgres.signal('SIGINT') // it does not wait for its clients
    await postgres.stop()
    await isUp(0)
    await postgres.start()
    await isUp(1)
  })
})
