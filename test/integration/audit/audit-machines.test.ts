import assert from 'node:assert/strict'
import { join } from 'node:path'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { createMachine, createPool, untilMachine } from '../../fixtures/machines.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { calmLease, type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'audit-machines'

describe('npm run audit, with machines', () => {
  let site: ObservedNamespaces
  let operator: OperatorProcess
  let brokers: string

  before(async function () {
    this.timeout(180_000)
    const { kubeconfigPath, kafka } = testbed()
    brokers = await kafka()
    site = await observedNamespaces(kubeconfigPath, [namespace])
    const settings = {
      leaderElection: calmLease,
      kafka: { createTopics: true },
      machines: { simulated: { bootDelay: '0s' } },
    }
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], kafkaBrokers: brokers, settings })
    await operator.start()
    await operator.untilLogged(({ message }) => message === 'topics are there', 60_000)
    await createPool(site, namespace, 'east', { cpu: 8, memory: 32, disk: 500 })
  })
  after(async () => {
    await operator?.dispose()
    await site?.close()
  })

  function audit(...flags: string[]) {
    const { kubeconfigPath } = testbed()
    const program = [join(projectDirectory, 'hack/audit.ts'), '--kubeconfig', kubeconfigPath, '--namespace', namespace]
    return runProgram({ command: process.execPath, arguments: [...program, ...flags] })
  }
  const create = (name: string, spec: object) => createMachine(site, { namespace, name }, { pool: 'east', ...spec })

  it('compares them with their capacity and their steps with the topic, beside the books of the pool', async function () {
    this.timeout(90_000)
    await create('web', { cpu: 4, memory: '8Gi', disk: '40Gi' })
    await create('gone', { cpu: 1 })
    await create('giant', { cpu: 9 })
    await untilMachine(site, `${namespace}/web`, ['Running'])
    await untilMachine(site, `${namespace}/gone`, ['Running'])
    await untilMachine(site, `${namespace}/giant`, ['Failed', 'NeverFits'])
    await site.clients.machines.delete(namespace, 'gone')
    await site.machines.until(`${namespace}/gone`, (machine) => machine === undefined)
    const { exitCode, stdout } = await audit('--kafka-brokers', brokers, '--settle', '40')
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /^namespace audit-machines\n {2}east-cpu +quantity 8 = available 4 .*events \d+\/\d+ {2}✓$/m)
    assert.match(stdout, /^ {2}web +Running +holds 4 vCPU, 8 GiB, 40 GiB +steps told +events 4\/4 {2}✓$/m)
    assert.match(stdout, /^ {2}giant +Failed +holds nothing +steps told +events 2\/2 {2}✓$/m)
    assert.match(stdout, /Books closed: 3 stocks, \d reservations, 2 machines, nothing missing\./)
  })

  it('ends with 1 when capacity is held for nobody, and when a machine runs without, and names the page', async function () {
    this.timeout(90_000)
    await operator.stop() // it would mend both
    const { metadata } = site.machines.latest(`${namespace}/web`) ?? {}
    const { reservation = '' } = site.machines.latest(`${namespace}/web`)?.status ?? {}
    await site.clients.reservations.mergePatch(namespace, reservation, {
      metadata: { labels: { 'kbnt.io/machine-uid': 'nobody' } },
    })
    const { exitCode, stdout } = await audit()
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /^ {4}is Running without capacity: no reservation of its own is Confirmed, it has none {2}✗$/m)
    assert.match(
      stdout,
      /^audit-machines\/web-\w+ is Confirmed for a machine \(uid nobody\) that does not exist {2}✗$/m,
    )
    assert.match(stdout, /2 findings\. What to do: docs\/runbooks\/machines-and-capacity\.md/)
    await site.clients.reservations.mergePatch(namespace, reservation, {
      metadata: { labels: { 'kbnt.io/machine-uid': metadata?.uid } },
    })
  })

  it('finds a published step that the topic does not have', async function () {
    this.timeout(60_000)
    const { kubectl } = testbed()
    const patch = JSON.stringify({ status: { steps: 6, published: 6 } })
    await kubectl(['patch', 'vmach/web', '-n', namespace, '--subresource=status', '--type=merge', '-p', patch])
    const { exitCode, stdout } = await audit('--kafka-brokers', brokers)
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /^ {2}web .*events 4\/6 {2}✗\n {4}events 5–6 are not on the topic {2}✗$/m)
  })
})

describe('npm run audit, on a cluster that knows no machines', () => {
  it('judges the stocks and goes on', async function () {
    this.timeout(120_000)
    const { ownApiServer, kubectlOf } = testbed()
    const server = await ownApiServer()
    const removed = await kubectlOf(server)(['delete', 'crd', 'vmachines.kbnt.io', '--wait=true'])
    assert.equal(removed.code, 0, removed.stderr)
    const kubeconfig = server.kubeconfigPath
    const report = await settledReport({ kubeconfig, kafkaBrokers: [], auditTopic: '' }, 10_000)
    assert.deepEqual([report.findings, report.machines], [[], 0])
  })
})
