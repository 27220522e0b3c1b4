import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { anOrder, rowLedger, standing } from '../../fixtures/row-orders.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'audit-rows'

describe('npm run audit, of stocks whose books are in PostgreSQL', function () {
  this.timeout(60_000)
  let url: string
  let brokers: string
  let database: RowDatabase
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let uid: string

  before(async function () {
    this.timeout(180_000)
    const { kubeconfigPath, kafka } = testbed()
    brokers = await kafka()
    ;({ url } = await testbed().ownPostgres())
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = {
      leaderElection: calmLease,
      kafka: { createTopics: true },
      databases: { default: { url, allowUnencrypted: true, durability: 'local' } },
    }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], kafkaBrokers: brokers, settings })
    await operator.start()
    database = await rowDatabase(url)
    await shop.createStock('bean', { quantity: 500, ledger: { kind: 'Postgres' }, limits: { perConsumer: 400 } })
    const bean = await shop.untilStock(
      'bean',
      ({ status }) => status?.conditions?.some(({ reason }) => reason === 'Open') ?? false,
    )
    uid = bean.metadata.uid ?? ''
    const ledger = rowLedger(database.books)
    const hold = async (_: unknown, index: number) => {
      const order = anOrder([[uid, 1]], { confirm: index % 3 === 0, about: { namespace, consumer: `c-${index % 2}` } })
      assert.notEqual(standing(await ledger.order(order)).phase, 'Rejected')
    }
    await Promise.all(Array.from({ length: 300 }, hold))
  })
  after(async () => {
    await operator?.dispose()
    await database?.close()
    await shop?.close()
  })

  function audit(...flags: string[]) {
    const program = [join(projectDirectory, 'hack/audit.ts'), '--kubeconfig', testbed().kubeconfigPath]
    return runProgram({ command: process.execPath, arguments: [...program, '--namespace', namespace, ...flags] })
  }

  it('says that they were not looked at where no database is given, and finds nothing wrong with that', async () => {
    const { exitCode, stdout } = await audit()
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /^1 stock has its books in a database: not looked at; --postgres URL does, .* named default$/m)
    assert.match(stdout, /^Nothing to compare: .* but those in a database that was not looked at\.$/m)
  })

  it('closes their books after hundreds of orders, and says their numbers', async () => {
    const { exitCode, stdout } = await audit('--postgres', url, '--kafka-brokers', brokers, '--settle', '30')
    assert.equal(exitCode, 0, stdout)
    const numbers = 'quantity 500 = available 200 \\+ safety 0 \\+ reserved 200 \\+ confirmed 100'
    assert.match(stdout, new RegExp(`bean +${numbers} +holds 200 +outbox empty +events ([1-9]\\d+)/\\1 +✓`))
    assert.match(stdout, /Books closed: 1 stocks/)
  })

  it('ends with 2 and one sentence where the database can not be read, or is not named as one', async () => {
    const away = await audit('--postgres', 'postgres://kbnt@127.0.0.1:1/nowhere')
    assert.equal(away.exitCode, 2)
    assert.match(away.stderr, /^audit: database default can't be read: .*ECONNREFUSED/)
    const secret = await audit('--postgres', 'postgres://kbnt:secret@127.0.0.1:1/nowhere')
    assert.equal(secret.exitCode, 2)
    assert.match(secret.stderr, /^--postgres: give postgres:.* without a password/)
  })

  it('ends with 1 when somebody has deleted a hold, and when the row is gone, and names the page', async () => {
    await operator.stop() // it would notice
    await database.sql(
      "DELETE FROM kbnt.claim WHERE uid IN (SELECT uid FROM kbnt.claim WHERE phase = 'Reserved' LIMIT 1)",
    )
    const lessHeld = await audit('--postgres', url)
    assert.equal(lessHeld.exitCode, 1, lessHeld.stdout)
    assert.match(lessHeld.stdout, /reserved 200 but holds sum to 199/)
    assert.match(lessHeld.stdout, /2 findings\. What to do: docs\/runbooks\/books-do-not-close\.md/)
    await database.sql('DELETE FROM kbnt.stock WHERE uid = $1', [uid])
    const gone = await audit('--postgres', url)
    assert.equal(gone.exitCode, 1, gone.stdout)
    assert.match(gone.stdout, /was opened as postgres\.\S+, and has no row in database default/)
    assert.match(gone.stdout, /docs\/runbooks\/status-lost\.md/)
  })
})
