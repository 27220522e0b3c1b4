import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import type { VirtualStock } from '../../../operator/infrastructure/kubernetes/resources/generated/virtual-stock.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'operator-process'

describe('the operator as a process', () => {
  let shop: ObservedNamespaces
  const operators: OperatorProcess[] = []

  before(async () => {
    shop = await observedNamespaces(testbed().kubeconfigPath, [namespace])
  })
  afterEach(async () => {
    for (const operator of operators.splice(0)) await operator.dispose()
  })
  after(() => shop?.close())

  const anOperator = (until: 'leading' | 'started' = 'leading'): OperatorProcess => {
    const operator = operatorProcess({ kubeconfigPath: testbed().kubeconfigPath, namespaces: [namespace], until })
    operators.push(operator)
    return operator
  }
  const main = (...given: string[]) =>
    runProgram({ command: process.execPath, arguments: [join(projectDirectory, 'operator/main.ts'), ...given] })
  const leaseHolder = async () =>
    (
      await testbed().kubectl([
        '-n',
        namespace,
        'get',
        'lease',
        'kbnt-operator',
        '-o',
        'jsonpath={.spec.holderIdentity}',
      ])
    ).stdout

  it('lists its programs and explains its flags', async () => {
    const { exitCode, stdout } = await main('--help')
    assert.equal(exitCode, 0)
    assert.match(stdout, /^ {2}operator .*\n {2}gateway .*\n {2}worker .*\n {2}prepare-uninstall /m)
    assert.match(stdout, /--kafka-brokers HOST:PORT/)
  })

  it('ends with code 2 and one sentence when there is no such program', async () => {
    const { exitCode, stdout, stderr } = await main('prepare-unistall')
    assert.deepEqual([exitCode, stdout], [2, ''])
    assert.match(stderr, /^"prepare-unistall" is no program of this image \(.*\); did you mean prepare-uninstall\?\n$/)
  })

  it('ends with code 2 and one sentence when a setting is wrong', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'kbnt-settings-'))
    const path = join(directory, 'mine.yaml')
    await writeFile(path, 'events: {routes: [{topic: "Stock Events"}]}\n')
    const wrong = await main('--config', path)
    await rm(directory, { recursive: true })
    assert.deepEqual([wrong.exitCode, wrong.stdout], [2, ''])
    assert.equal(
      wrong.stderr,
      `config ${path}: events.routes[0].topic: "Stock Events" is not a Kafka topic name (letters, digits, . _ -)\n`,
    )
    const unknown = await main('--kafka-broker', 'here:9092')
    assert.deepEqual(
      [unknown.exitCode, unknown.stderr],
      [2, 'unknown flag --kafka-broker; did you mean --kafka-brokers?\n'],
    )
  })

  it('ends with code 1 and one sentence when it can not start', async () => {
    const { exitCode, stderr } = await main(
      '--kubeconfig',
      '/nowhere/kubeconfig',
      '--metrics-port',
      '0',
      '--health-port',
      '0',
    )
    assert.deepEqual(
      [exitCode, stderr],
      [1, 'the operator could not start: kubeconfig /nowhere/kubeconfig: there is no such file\n'],
    )
  })

  it('names the setting of a port that is taken', async () => {
    const taken = createServer().listen(0)
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const flags = ['--kubeconfig', testbed().kubeconfigPath, '--metrics-port', String(port), '--health-port', '0']
    const { exitCode, stderr } = await main(...flags)
    taken.close()
    const why = `metrics.port ${port}: another program listens on it; --metrics-port sets another one, 0 takes any that is free`
    assert.deepEqual([exitCode, stderr], [1, `the operator could not start: ${why}\n`])
  })

  it('tells that it lives and is ready, and what it measures', async () => {
    const operator = anOperator()
    await operator.start()
    assert.deepEqual(await operator.health('/livez'), { status: 200, text: 'ok' })
    assert.match(
      (await operator.health('/readyz?verbose')).text,
      /\[\+\]start ok\n\[\+\]caches ok\n\[\+\]stocks ok\n\[\+\]namespaces ok\n\[\+\]rights ok\n\[\+\]leader ok\n\[\+\]kafka ok/,
    )
    const text = await operator.metrics()
    for (const name of [
      'kbnt_build_info',
      'leader_election_master_status{name="kbnt-operator"} 1',
      'workqueue_depth',
      'rest_client_requests_total',
    ]) {
      assert.ok(text.includes(name), name)
    }
  })

  it('shows what it has in memory on its health port, and on SIGUSR2 in its log', async () => {
    const operator = anOperator()
    await operator.start()
    await shop.createStock('shown', { quantity: 7, paused: true })
    const found = await until('mode of a paused stock', 10_000, async () => {
      const { status, text } = await operator.health('/debug/stocks')
      assert.equal(status, 200)
      const { shown } = JSON.parse(text) as { shown: { name: string; mode: string; reason?: string }[] }
      return shown.find(({ name, mode }) => name === 'shown' && mode !== 'counting')
    })
    assert.deepEqual([found.mode, found.reason], ['paused', 'Paused'])
    assert.match(
      await operator.metrics(),
      /^kbnt_stock_mode\{namespace="operator-process",stock="shown",mode="paused",reason="Paused"\} 1$/m,
    )
    assert.equal((await operator.health('/debug/lanes')).status, 200)
    operator.signal('SIGUSR2')
    const line = await operator.untilLogged(({ component, name }) => component === 'inside' && name === 'shown')
    assert.deepEqual([line.message, line['namespace'], line['mode']], ['stock', namespace, 'paused'])
  })

  it('finishes what is under way after SIGTERM and gives its lease back, so that the next one leads at once', async () => {
    const operator = anOperator()
    await operator.start()
    await shop.createStock('gentle', { quantity: 100 })
    for (let index = 0; index < 20; index += 1) await shop.reserve(`gentle-${index}`, { gentle: 1 })
    await operator.stop()
    assert.equal(operator.logs().at(-1)?.message, 'stopped')
    assert.equal(await leaseHolder(), '')
    const { body } = await shop.clients.stocks.get(namespace, 'gentle') // a watch may not show it yet
    assert.deepEqual(body.status?.ledger.pending ?? [], [])
    await operator.start()
    for (let index = 0; index < 20; index += 1) await shop.untilPhase(`gentle-${index}`, 'Reserved')
    const sent = await until('all of their events', 30_000, async () => {
      const audited = operator
        .events()
        .filter(({ topic, key }) => topic === 'stock-audit-logs' && key === `${namespace}/gentle`)
      return audited.length >= 21 ? audited : undefined
    })
    assert.deepEqual(
      sent.map(({ value }) => value['sequence']),
      Array.from({ length: 21 }, (_, index) => index + 1),
    )
  })

  it('goes on after kill -9 with the holds that were there, and ends them in time', async () => {
    const operator = anOperator()
    await operator.start()
    await shop.createStock('sturdy', { quantity: 10 })
    await shop.reserve('outlives', { sturdy: 3 }, { ttl: '1h' })
    await shop.reserve('ends-meanwhile', { sturdy: 2 }, { ttl: '1s' })
    await shop.untilPhase('ends-meanwhile', 'Reserved')
    await operator.kill()
    await shop.deleteReservation('outlives')
    await operator.start()
    await shop.untilPhase('ends-meanwhile', 'Expired', 'HoldExpired')
    await shop.untilStock('sturdy', ({ status }) => status?.reserved === 0)
    assert.equal(shop.stocks.latest(`${namespace}/sturdy`)?.status?.available, 10)
  })

  it('has a standby take over when the leader is killed', async () => {
    const [leader, standby] = [anOperator(), anOperator('started')]
    await leader.start()
    await standby.start()
    await standby.untilLogged(({ message }) => message.startsWith('leader is '))
    assert.match((await standby.health('/readyz?verbose')).text, /\[!\]leader another leads/)
    await leader.kill()
    await standby.untilLogged(({ message }) => message === 'leading')
    await shop.createStock('inherited', { quantity: 1 })
    await shop.reserve('heir', { inherited: 1 })
    await shop.untilPhase('heir', 'Reserved')
  })

  it('exits when somebody else has written the books of a stock, and the next start takes them as they are', async () => {
    const operator = anOperator()
    await operator.start()
    await shop.createStock('contested', { quantity: 10 })
    await shop.reserve('mine', { contested: 4 })
    await shop.untilPhase('mine', 'Reserved')
    const settled = await shop.untilStock('contested', ({ status }) => status?.ledger.pending?.length === 0)
    const { metadata, status } = settled
    const ledger = { ...status?.ledger, writer: 'a-stranger', attempt: 1 }
    await shop.clients.stocks.mergePatchStatus(metadata.namespace ?? '', metadata.name ?? '', { status: { ledger } })
    const last = await operator.untilLogged(({ message }) => message.startsWith("can't go on, exits"))
    assert.match(last.message, /operator-process\/contested was written by a-stranger, attempt 1$/)
    await operator.untilEnded()
    await operator.start()
    assert.match(await operator.metrics(), /^kbnt_ledger_foreign_writes_total 1$/m) // nobody could scrape the one that ended
    await shop.patchReservation('mine', { state: 'Confirmed' })
    await shop.untilPhase('mine', 'Confirmed')
    await shop.untilStock('contested', (stock) => stock.status?.confirmed === 4)
  })

  it('serves all but the stock whose journal it can’t read, says which, and takes it up when it is mended', async function () {
    this.timeout(90_000)
    const operator = anOperator()
    await operator.start()
    for (const name of ['scribbled', 'legible']) await shop.createStock(name, { quantity: 10 })
    await shop.untilStock('scribbled', ({ status }) => status?.ledger.pending?.length === 0)
    await operator.stop()
    const writePending = (pending: readonly string[]) =>
      shop.clients.stocks.mergePatchStatus(namespace, 'scribbled', { status: { ledger: { pending } } })
    await writePending(['1 Borrow 2026-11-22T10:00:00.000Z 0 0 10 10 Normal'])
    const successor = anOperator()
    await successor.start()
    const readyOf = ({ status }: VirtualStock) => status?.conditions?.find(({ type }) => type === 'Ready')
    const told = await shop.untilStock('scribbled', (stock) => readyOf(stock)?.status === 'False')
    const { reason, message } = readyOf(told) ?? {}
    assert.equal(reason, 'InternalError')
    assert.match(message ?? '', /can't be read: .*Borrow.* is none of/)
    assert.equal(told.status?.ledger.pending?.length, 1, 'what it holds is left as it is')
    await shop.reserve('served', { legible: 1 })
    await shop.untilPhase('served', 'Reserved')
    await shop.reserve('patient', { scribbled: 1 })
    await shop.untilPhase('patient', 'Pending', 'StockBusy')
    await writePending([])
    await shop.reservations.until(`${namespace}/patient`, (seen) => seen?.status?.phase === 'Reserved', 30_000)
    await shop.untilStock('scribbled', (stock) => readyOf(stock)?.status === 'True')
    assert.equal(successor.logs().filter((line) => line.message === 'leading').length, 1)
  })
})
