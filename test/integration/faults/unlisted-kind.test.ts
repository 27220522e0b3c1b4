import assert from 'node:assert/strict'
import { type OperatorProcess, operatorProcess } from '../../fixtures/operator-process.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'unlisted-kind'
const user = 'unlisted-kind-operator'

/** As where the rights come from somebody else (rbac.create=false), or from an older bundle. */
describe('A kind that the operator may not list', () => {
  const operators: OperatorProcess[] = []

  async function done(args: readonly string[]): Promise<void> {
    const { code, stderr } = await testbed().kubectl(args)
    assert.equal(code, 0, stderr)
  }
  async function started(kubeconfigPath: string, state: 'leading' | 'started'): Promise<OperatorProcess> {
    const settings = { orders: { payments: { till: { adapter: 'none' } } } }
    const operator = operatorProcess({ kubeconfigPath, namespaces: [namespace], settings, until: state })
    operators.push(operator)
    await operator.start()
    return operator
  }

  before(async () => {
    await done(['create', 'namespace', namespace])
    const kinds = ['virtualstocks', 'reservations', 'vmachines', 'vstorages', 'vrequests', 'eventspools']
    const resources = [...kinds.map((kind) => `${kind}.kbnt.io`), 'leases.coordination.k8s.io']
    const verbs = '--verb=get,list,watch,patch,create,delete,update'
    await done(['create', 'role', 'kbnt', '-n', namespace, verbs, `--resource=${resources.join()}`])
    await done(['create', 'rolebinding', 'kbnt', '-n', namespace, '--role=kbnt', `--user=${user}`])
  })
  after(() => Promise.all(operators.map((operator) => operator.dispose())))

  it('is told by the leader, which serves all others, and keeps no standby unready', async function () {
    this.timeout(120_000)
    const kubeconfigPath = await testbed().kubeconfigFor(user)
    const leader = await started(kubeconfigPath, 'leading')
    const standby = await started(kubeconfigPath, 'started')
    const line = new RegExp(`^kbnt_unlisted_namespaces\\{namespace="${namespace}",resource="orders"\\} 1$`, 'm')
    await until('metric of the leader', 30_000, async () => line.test(await leader.metrics()) || undefined)
    const { status, text } = await leader.health('/readyz?verbose')
    assert.deepEqual([status, /orders of namespace unlisted-kind can't be listed/.test(text)], [200, true], text)
    await until(
      'standby that is ready',
      30_000,
      async () => (await standby.health('/readyz')).status === 200 || undefined,
    )
  })
})
