import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Postgres } from '../../../hack/testbed/postgres.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'rows-standby'
const ledger = { kind: 'Postgres' }
const STOCKS = 12
/** Eight of the operator's writers, and our own. */
const MOST_CONNECTIONS = 10

describe('a stock whose books are to be on two nodes', () => {
  let postgres: Postgres
  let shop: ObservedNamespaces
  let database: RowDatabase
  let operator: OperatorProcess

  const readyOf = (stock: VirtualStock | undefined) => stock?.status?.conditions?.find(({ type }) => type === 'Ready')
  const untilReady = (name: string, is: (ready: ReturnType<typeof readyOf>) => boolean) =>
    shop.stocks.until(`${namespace}/${name}`, (stock) => is(readyOf(stock)), 40_000)
  const waitFor = async (standbys: string) => {
    await database.sql(`ALTER SYSTEM SET synchronous_standby_names = '${standbys}'`)
    await database.sql('SELECT pg_reload_conf()')
  }

  before(async function () {
    this.timeout(120_000)
    postgres = await testbed().ownPostgres()
    database = await rowDatabase(postgres.url)
    shop = await observedNamespaces(testbed().kubeconfigPath, [namespace])
    const databases = { default: { url: postgres.url, allowUnencrypted: true, durability: 'required' } }
    operator = operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], settings: { databases } },
      until: 'leading',
    })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await database?.close()
    await shop?.close()
  })

  it('says that its database has no second one, and which setting that is', async function () {
    this.timeout(60_000)
    await shop.createStock('bean', { quantity: 20, ledger })
    const bean = await untilReady('bean', (ready) => ready?.status === 'False')
    assert.match(readyOf(bean)?.message ?? '', /synchronous_standby_names is empty/)
    assert.equal((await database.rows()).stocks.length, 0)
  })

  it('keeps no leader from handing over while that one is away', async function () {
    this.timeout(90_000)
    await waitFor('nobody')
    await shop.createStock('plain', { quantity: 5 })
    for (let index = 0; index < STOCKS; index++) await shop.createStock(`pea-${index}`, { quantity: 7, ledger })
    const hangs = async () =>
      (await database.sql("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep'")).length > 0
    await until('a commit that waits for the standby', 30_000, async () => (await hangs()) || undefined)
    await shop.reserve('one', { plain: 1 })
    await shop.untilPhase('one', 'Reserved')
    await pause(12_000) // who can't ask what a commit waits for lets it go after five, and takes another connection
    const sessions = "SELECT 1 FROM pg_stat_activity WHERE application_name = 'kbnt' AND pid <> pg_backend_pid()"
    const connections = (await database.sql(sessions)).length
    assert.ok(connections <= MOST_CONNECTIONS, `${connections} connections`)
    await operator.stop()
    const last = operator.logs().filter(({ message }) => message.startsWith('stopped'))
    assert.deepEqual(
      last.map(({ message }) => message),
      ['stopped'], // otherwise: with writes under way, and the lease kept
    )
    await waitFor('')
  })
})
