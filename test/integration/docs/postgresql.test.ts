import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { silent } from '../../../hack/testbed/progress.ts'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { serverBinaries } from '../../../hack/testbed/server-binaries.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { type RowDatabase, rowDatabase } from '../../fixtures/row-database.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

/** Another one than the page has, which is that of other pages, too. */
const namespace = 'rows-tour'
const jq = await findOnPath('jq', process.env)

describe('The page of stocks in PostgreSQL', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess
  let database: RowDatabase
  let environment: NodeJS.ProcessEnv

  before(async function () {
    this.timeout(120_000)
    const { kubeconfigPath } = testbed()
    const { kubectl: program } = await serverBinaries(process.env, silent)
    environment = { ...process.env, KUBECONFIG: kubeconfigPath, PATH: `${dirname(program)}:${process.env['PATH']}` }
    const { url } = await testbed().ownPostgres()
    database = await rowDatabase(url)
    shop = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = { leaderElection: calmLease, databases: { default: { url, durability: 'local' } } }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings })
    await operator.start()
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
    await database?.close()
  })

  const run = async (commands: string): Promise<void> => {
    const program = { command: 'bash', arguments: ['--norc', '-euo', 'pipefail', '-c', commands], environment }
    const { exitCode, stdout, stderr } = await runProgram(program)
    assert.equal(exitCode, 0, `${commands}\n${stdout}${stderr}`)
  }
  const isReady = (name: string) => shop.untilStock(name, ({ status }) => status?.conditions?.[0]?.status === 'True')

  it('moves a stock by hand: what is free at once, what is held when it comes back, and never both', async function () {
    if (!jq) return this.skip() // the page uses it
    this.timeout(120_000)
    const { anew, pause, move } = await stepsOfThePage()
    await shop.createStock('front-row', { quantity: 10, price: { amount: '89.00', currency: 'EUR' } })
    await shop.reserve('sold', { 'front-row': 2 }, { state: 'Confirmed' })
    await shop.reserve('held', { 'front-row': 3 }, { ttl: '1h' })
    await shop.untilPhase('sold', 'Confirmed')
    await shop.untilPhase('held', 'Reserved')
    await run(anew)
    await isReady('front-row-fast')
    await run(pause)
    await run(move)
    await rowHas(5)

    await shop.patchReservation('held', { state: 'Released' })
    await shop.untilStock('front-row', ({ status }) => status?.reserved === 0 && status.available === 3)
    await run(move)
    await rowHas(8)
    const old = await shop.untilStock('front-row', ({ status }) => status?.quantity === 2)
    assert.deepEqual([old.spec.quantity, old.status?.confirmed, old.status?.available], [2, 2, 0])
    const { price } = (await shop.untilStock('front-row-fast', ({ spec }) => spec.quantity === 8)).spec
    assert.deepEqual(price, { amount: '89.00', currency: 'EUR' })
  })

  it('moves one back in the same way', async function () {
    if (!jq) return this.skip()
    this.timeout(120_000)
    const exchanged = (commands: string) =>
      commands.replaceAll('front-row-fast', 'NEW').replaceAll('front-row', 'seat-fast').replaceAll('NEW', 'seat')
    const { anew, pause, move } = await stepsOfThePage()
    await shop.createStock('seat-fast', { quantity: 10, ledger: { kind: 'Postgres' } })
    await isReady('seat-fast')
    await run(exchanged(anew).replace('"Postgres"', '"Cluster"'))
    await isReady('seat')
    await run(exchanged(pause))
    await run(exchanged(move))
    const { status } = await shop.untilStock('seat', ({ spec, status: told }) => told?.quantity === spec.quantity)
    assert.deepEqual([status?.quantity, status?.available], [10, 10])
    const { spec } = await shop.untilStock('seat-fast', ({ status: told }) => told?.quantity === 0)
    assert.deepEqual([spec.quantity, spec.paused], [0, true])
  })

  async function stepsOfThePage() {
    const page = await readFile(join(projectDirectory, 'docs/guide/postgresql.md'), 'utf8')
    const [, section = ''] = page.split('## Moving a stock')
    const blocks = [...section.matchAll(/^ {3}```\n([\s\S]*?)^ {3}```$/gm)].map(([, commands = '']) =>
      commands.replaceAll('-n tickets', `-n ${namespace}`),
    )
    const [anew, pause, move, ...more] = blocks
    assert.ok(anew && pause && move && more.length === 0)
    return { anew, pause, move }
  }

  /** What can be sold is what the row says. */
  const rowHas = (quantity: number) =>
    until(`a row with ${quantity}`, 20_000, async () =>
      (await database.rows()).stocks.some((row) => row.name === 'front-row-fast' && row.terms.quantity === quantity)
        ? true
        : undefined,
    )
})
