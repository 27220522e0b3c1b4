import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { runProgram } from '../../../hack/testbed/run-program.ts'
import { ledNamespaces } from '../../fixtures/led-namespaces.ts'
import type { ObservedNamespaces } from '../../fixtures/observed-namespaces.ts'
import type { OperatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

const namespace = 'audit'

describe('npm run audit', () => {
  let shop: ObservedNamespaces
  let operator: OperatorProcess

  before(async function () {
    this.timeout(90_000)
    ;({ shop, operator } = await ledNamespaces(namespace))
  })
  after(async () => {
    await operator?.dispose()
    await shop?.close()
  })

  function audit(...flags: string[]) {
    const program = [join(projectDirectory, 'hack/audit.ts'), '--namespace', namespace, ...flags]
    return runProgram({ command: process.execPath, arguments: program })
  }

  it('closes the books of a stock with holds and sales, and says its numbers', async function () {
    this.timeout(60_000)
    await shop.createStock('lamp', { quantity: 10 })
    await shop.reserve('held', { lamp: 3 })
    await shop.reserve('sold', { lamp: 2 }, { state: 'Confirmed' })
    await shop.untilPhase('held', 'Reserved')
    await shop.untilPhase('sold', 'Confirmed')
    const { exitCode, stdout } = await audit('--kubeconfig', testbed().kubeconfigPath, '--settle', '20')
    assert.equal(exitCode, 0, stdout)
    assert.match(
      stdout,
      /lamp +quantity 10 = available 5 \+ safety 0 \+ reserved 3 \+ confirmed 2 +holds 2 +journal empty +✓/,
    )
  })

  it('lets a stock keep back more than it has, with a sum that adds up', async () => {
    await shop.createStock('pen', { quantity: 3, safetyStock: 5 })
    const { exitCode, stdout } = await audit('--kubeconfig', testbed().kubeconfigPath, '--settle', '20')
    assert.equal(exitCode, 0, stdout)
    assert.match(stdout, /pen +quantity 3 = available 0 \+ safety 3 \(of 5\) \+ reserved 0 \+ confirmed 0 .*✓/)
  })

  it('says so where there is nothing to look at', async () => {
    const { exitCode, stdout } = await audit('--kubeconfig', testbed().kubeconfigPath, '--namespace', 'nope')
    assert.equal(stdout, 'Nothing to compare: there are no stocks and no machines in namespace nope.\n')
    assert.equal(exitCode, 0)
  })

  it('ends with 1 when somebody has turned a balance back, names the numbers and the page', async function () {
    this.timeout(60_000)
    await operator.stop() // it would notice, and start over
    const { kubectl } = testbed()
    const patch = { status: { reserved: 1 } }
    const patched = await kubectl([
      'patch',
      'vstk',
      'lamp',
      '-n',
      namespace,
      '--subresource=status',
      '--type=merge',
      '-p',
      JSON.stringify(patch),
    ])
    assert.equal(patched.code, 0, patched.stderr)
    const { exitCode, stdout } = await audit('--kubeconfig', testbed().kubeconfigPath)
    assert.equal(exitCode, 1, stdout)
    assert.match(stdout, /reserved 1 but holds sum to 3 +✗/)
    assert.match(stdout, /1 finding\. What to do: docs\/runbooks\/books-do-not-close\.md/)
  })

  it('ends with 2 and one sentence when it can not look', async function () {
    this.timeout(60_000)
    const { exitCode, stderr } = await audit('--kubeconfig', '/nowhere/kubeconfig')
    assert.equal(exitCode, 2)
    assert.match(stderr, /^audit: .*\/nowhere\/kubeconfig/)
  })
})
