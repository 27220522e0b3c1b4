import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'load'
const inRows = 'load-rows'

describe('npm run load', () => {
  let operator: OperatorProcess
  let brokers: string
  let postgres: string

  before(async function () {
    this.timeout(90_000)
    const { kubeconfigPath, kafka, kubectl } = testbed()
    await kubectl(['create', 'namespace', namespace]) // the operator's lease is there, too
    brokers = await kafka()
    const { url } = await testbed().ownPostgres()
    postgres = url
    const databases = { default: { url, durability: 'local', allowUnencrypted: true } }
    const settings = { leaderElection: calmLease, kafka: { createTopics: true }, databases }
    await kubectl(['create', 'namespace', inRows])
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace, inRows], kafkaBrokers: brokers, settings })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
  })
  after(() => operator?.dispose())

  function load(...flags: string[]) {
    const program = [join(projectDirectory, 'hack/load.ts'), '--kubeconfig', testbed().kubeconfigPath, ...flags]
    return runProgram({ command: process.execPath, arguments: program })
  }

  it('does the operations in the proportions of the reference load, closes the books and leaves no lag', async function () {
    this.timeout(60_000)
    const { exitCode, stdout, stderr } = await load('--kafka-brokers', brokers, '--scale', '0.02')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /reserve 269, confirm 76, release 27\n/)
    assert.match(stdout, /NO_MATCHING_RESERVATION 3\n/)
    assert.match(stdout, /Books closed: 5 stocks, 269 reservations\./)
    assert.match(stdout, /consumer lag 0, [0-9]+ events received {2}✓/)
  })

  it('does them in PostgreSQL, too, and closes the books there', async function () {
    this.timeout(60_000)
    const place = ['--kafka-brokers', brokers, '--namespace', inRows, '--ledger', 'postgres', '--postgres', postgres]
    const { exitCode, stdout, stderr } = await load(...place, '--scale', '0.02')
    assert.equal(exitCode, 0, stdout + stderr)
    assert.match(stdout, /reserve 269, confirm 76, release 27\n/)
    assert.match(stdout, /NO_MATCHING_RESERVATION 3\n/)
    assert.match(stdout, /holds \d+ {3}outbox empty {3}events (\d+)\/\1 /)
    assert.match(stdout, /Books closed: 5 stocks\.\n/)
    assert.match(stdout, /Confirmed 76, Released 24, Reserved 169 {2}✓/)
    assert.match(stdout, /consumer lag 0, [0-9]+ events received {2}✓/)
  })

  it('ends with 2 and its usage where it is not said which database or ledger', async () => {
    for (const flags of [
      ['--ledger', 'postgres'],
      ['--ledger', 'oracle'],
    ]) {
      const { exitCode, stderr } = await load(...flags)
      assert.equal(exitCode, 2)
      assert.match(stderr, /--ledger/)
    }
  })

  it('ends with 1 and one sentence where its stocks are there already', async function () {
    this.timeout(60_000)
    const { exitCode, stderr } = await load('--scale', '0.01')
    assert.equal(exitCode, 1)
    assert.match(stderr, /^load: namespace \S+ has a stock laptop already; --namespace names another one$/m)
  })
})
