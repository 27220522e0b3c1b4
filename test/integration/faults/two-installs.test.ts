import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { mustRun } from '../../../hack/testbed/run-program.ts'
import { STOCK_FINALIZER } from '../../../operator/infrastructure/kubernetes/resources/virtual-stocks.ts'
import { type ObservedNamespaces, observedNamespaces } from '../../fixtures/observed-namespaces.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const main = join(projectDirectory, 'operator/main.ts')
const [served, elsewhere] = ['two-installs', 'two-installs-beside'] as const

describe('two installs of the operator for the same namespace', function () {
  this.timeout(120_000)
  let shop: ObservedNamespaces
  let first: OperatorProcess
  let second: OperatorProcess
  let directory: string

  /** One whose lease is in `namespace`. */
  const install = (namespace: string, until: 'leading' | 'started', takeOverFrom: readonly string[] = []) =>
    operatorProcess({
      ...{ kubeconfigPath: testbed().kubeconfigPath, namespaces: [served], until },
      settings: { leaderElection: { namespace, takeOverFrom } },
    })
  const servedBy = () => shop.stocks.all().map(({ status }) => status?.servedBy)

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-two-installs-'))
    shop = await observedNamespaces(testbed().kubeconfigPath, [served, elsewhere])
    first = install(served, 'leading')
    second = install(elsewhere, 'started')
    await first.start()
    await shop.createStock('cup', { quantity: 9 })
    await shop.reserve('before', { cup: 1 })
    await shop.untilPhase('before', 'Reserved')
    await second.start()
  })
  after(async () => {
    await first?.dispose()
    await second?.dispose()
    await shop?.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('of which the second leads nothing, is not ready, and says who serves what', async () => {
    const said = await second.untilLogged(({ level }) => level === 'warn', 30_000)
    assert.match(JSON.stringify(said), /the operator two-installs\/kbnt-operator serves stocks of two-installs/)
    assert.match(JSON.stringify(said), /leaderElection\.takeOverFrom/)
    const { status, text } = await second.health('/readyz?verbose')
    assert.equal(status, 500)
    assert.match(text, /the operator two-installs\/kbnt-operator serves stocks of two-installs/)
    assert.equal((await second.health('/livez')).status, 200)
    await shop.reserve('meanwhile', { cup: 1 })
    await shop.untilPhase('meanwhile', 'Reserved')
    assert.deepEqual([servedBy(), first.pid() !== undefined], [['two-installs/kbnt-operator'], true])
  })

  it('of which the second leaves alone what the first serves, when it is uninstalled', async () => {
    await second.stop()
    const settings = join(directory, 'settings.yaml')
    await writeFile(settings, JSON.stringify({ watchNamespaces: [served], leaderElection: { namespace: elsewhere } }))
    const { stdout } = await mustRun({
      command: process.execPath,
      arguments: [main, 'prepare-uninstall', '--config', settings, '--kubeconfig', testbed().kubeconfigPath],
    })
    assert.match(stdout, /0 virtualstocks; what two-installs\/kbnt-operator serves is left alone/)
    assert.deepEqual(
      shop.stocks.all().map(({ metadata }) => metadata.finalizers),
      [[STOCK_FINALIZER]],
    )
    await second.start()
  })

  it('of which the second takes over once the first is removed, and the first then waits for it', async () => {
    await first.stop()
    const removed = await testbed().kubectl(['delete', 'lease', 'kbnt-operator', '-n', served])
    assert.equal(removed.code, 0, removed.stderr)
    await second.untilLogged(({ message }) => message === 'leading', 30_000)
    await until(
      'the stock is served',
      30_000,
      async () => servedBy()[0] === 'two-installs-beside/kbnt-operator' || undefined,
    )
    await shop.reserve('after', { cup: 1 })
    await shop.untilPhase('after', 'Reserved')
    assert.equal((await second.health('/readyz')).status, 200)

    await first.dispose()
    first = install(served, 'started')
    await first.start()
    await first.untilLogged(({ level }) => level === 'warn', 30_000)
    assert.equal((await first.health('/readyz')).status, 500)
  })

  it('of which one is said to be gone is taken over from at once', async () => {
    await second.kill()
    await first.dispose()
    first = install(served, 'leading', ['two-installs-beside/kbnt-operator'])
    const startedAt = Date.now()
    await first.start()
    assert.ok(Date.now() - startedAt < 20_000)
    await shop.reserve('last', { cup: 1 })
    await shop.untilPhase('last', 'Reserved')
  })
})
