import assert from 'node:assert/strict'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { strangersAt } from '../../fixtures/strangers.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'rows-away'
const ledger = { kind: 'Postgres' }

describe('a stock whose books are rows, in trouble', () => {
  let postgres: Postgres
  let shop: ObservedNamespaces
  let database: RowDatabase | undefined
  const operators: OperatorProcess[] = []

  const anOperator = () => {
    const databases = { default: { url: postgres.url, allowUnencrypted: true, durability: 'local' } }
    const operator = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], settings: { databases } },
      until: operators.length === 0 ? 'leading' : 'started',
    })
    operators.push(operator)
    return operator
  }
  const readyOf = (stock: VirtualStock | undefined) => stock?.status?.conditions?.find(({ type }) => type === 'Ready')
  const untilReason = (name: string, reason: string) =>
    shop.stocks.until(`${namespace}/${name}`, (stock) => readyOf(stock)?.reason === reason, 40_000)

  before(async function () {
    this.timeout(120_000)
    postgres = await testbed().ownPostgres()
    shop = await observedNamespaces(testbed().kubeconfigPath, [namespace])
    await postgres.stop()
    await anOperator().start()
  })
  after(async () => {
    await Promise.all(operators.map((operator) => operator.dispose()))
    await database?.close()
    await shop?.close()
  })

  it('says that its database is away, from the start and later, and is opened when it comes', async function () {
    this.timeout(120_000)
    await shop.createStock('bean', { quantity: 20, ledger })
    await shop.createStock('plain', { quantity: 5 })
    assert.match(
      readyOf(await untilReason('bean', 'DatabaseAway'))?.message ?? '',
      /database default, which takes nothing: nobody answers at its address \(the operator's log says more\)/,
    )
    assert.match((await operators[0]?.metrics()) ?? '', /^kbnt_database_up\{database="default"\} 0$/m)
    await shop.reserve('one', { plain: 1 })
    await shop.untilPhase('one', 'Reserved')
    await postgres.start()
    await untilReason('bean', 'Open')
    await postgres.stop()
    await shop.patchStock('bean', { quantity: 30 })
    await untilReason('bean', 'DatabaseAway')
    await shop.reserve('two', { plain: 1 })
    await shop.untilPhase('two', 'Reserved')
    await postgres.start()
    await untilReason('bean', 'Open')
    assert.match((await operators[0]?.metrics()) ?? '', /^kbnt_database_up\{database="default"\} 1$/m)
    await shop.untilStock('bean', ({ status }) => status?.quantity === 30)
  })

  it('says so while strangers have all connections of its database, and comes back by itself when they leave', async function () {
    this.timeout(120_000)
    const strangers = await strangersAt(postgres.url)
    try {
      const away = readyOf(await untilReason('bean', 'DatabaseAway'))
      assert.match(away?.message ?? '', /all its connections are taken/)
      await shop.reserve('three', { plain: 1 })
      await shop.untilPhase('three', 'Reserved')
    } finally {
      await strangers.leave()
    }
    await untilReason('bean', 'Open')
    await shop.patchStock('bean', { quantity: 35 })
    await shop.untilStock('bean', ({ status }) => status?.quantity === 35)
  })

  it('has one row, whoever leads, and sells on meanwhile', async function () {
    this.timeout(120_000)
    database = await rowDatabase(postgres.url)
    await anOperator().start()
    const uid = shop.stocks.latest(`${namespace}/bean`)?.metadata.uid ?? ''
    await shop.createStock('pea', { quantity: 7, ledger })
    await operators[0]?.kill()
    const ledgerOf = rowLedger(database.books)
    assert.equal(standing(await ledgerOf.order(anOrder([[uid, 3]], { about: { namespace } }))).phase, 'Reserved')
    await shop.patchStock('bean', { quantity: 40 })
    await untilReason('pea', 'Open')
    const bean = await shop.stocks.until(`${namespace}/bean`, (stock) => stock?.status?.quantity === 40, 40_000)
    assert.deepEqual([bean?.status?.reserved, bean?.status?.ledger.term], [3, 2])
    const rows = (await database.rows()).stocks
    assert.deepEqual(rows.map(({ name }) => name).sort(), ['bean', 'pea'])
  })
})
