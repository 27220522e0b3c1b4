import assert from 'node:assert/strict'
import { findOnPath, runProgram } from '../../../hack/testbed/run-program.ts'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** Names of the first documents, kept for the dashboards that ask for them; `metrics.legacyNames` takes them away. */
const legacy = ['kbnt_virtual_reservations_active_total', 'kbnt_virtual_stock_total']
const namespace = 'checked-metrics'
const promtool = await findOnPath('promtool', process.env)
const title = promtool
  ? 'The metrics, as promtool checks them,'
  : 'The metrics (skipped: there is no promtool on PATH; Debian has it in the package prometheus)'

;(promtool ? describe : describe.skip)(title, () => {
  let operator: OperatorProcess | undefined
  afterEach(() => operator?.dispose())

  /** What it says of an operator that has a stock and a reservation: one complaint a line, sorted. */
  async function complaints(settings: object): Promise<string[]> {
    const { kubectl, kubeconfigPath } = testbed()
    const objects = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      { apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', spec: { quantity: 3 } },
      {
        ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Reservation' },
        spec: { items: [{ stock: 'apples', quantity: 1 }] },
      },
    ].map((object) => ({ metadata: { name: 'apples', namespace }, ...object }))
    const { code, stderr } = await kubectl(['apply', '--server-side', '-f', '-'], {
      ...{ apiVersion: 'v1', kind: 'List' },
      items: objects,
    })
    assert.equal(code, 0, stderr)
    operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings: { metrics: settings } })
    await operator.start()
    const held = ['wait', 'reservation/apples', '-n', namespace, '--for=jsonpath={.status.phase}=Reserved']
    assert.equal((await kubectl([...held, '--timeout=30s'])).code, 0)
    const input = await operator.metrics()
    assert.match(input, /^kbnt_stock_\w+\{.*"apples"/m)
    const said = await runProgram({ command: promtool ?? '', arguments: ['check', 'metrics'], input })
    return said.stderr.split('\n').filter(Boolean).sort()
  }

  it('are clean but for the two that keep an old name', async () => {
    assert.deepEqual(
      await complaints({}),
      legacy.map((name) => `${name} non-counter metrics should not have "_total" suffix`),
    )
  })

  it('are clean without those', async () => assert.deepEqual(await complaints({ legacyNames: false }), []))
})
