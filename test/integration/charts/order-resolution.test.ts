import assert from 'node:assert/strict'
import { join } from 'node:path'
import { projectDirectory } from '../../../hack/testbed/places.ts'
import { type Testbed, testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const policy = join(projectDirectory, 'config/policies/order-resolution.yaml')
const namespace = 'order-resolution'
const operator = 'system:serviceaccount:kbnt-system:kbnt-operator'
const at = '2026-11-30T10:00:00Z'
const later = '2026-11-30T10:05:00Z'
const status = {
  ...{ observedGeneration: 1, phase: 'NeedsAttention', reason: 'PaymentUnknown', message: 'nobody knows' },
  ...{ phaseSince: at, orderId: 'ORD-0909A693', steps: 0, published: 0, history: [], conditions: [] },
}
const resolution = { by: 'eve', at, payment: 'NotTaken', reference: 'pay-1' }

describe('The policy for the resolution of orders', () => {
  let kubectl: Testbed['kubectl']

  async function done(args: readonly string[], stdin?: object): Promise<void> {
    const { code, stderr } = await testbed().kubectl(args, stdin)
    assert.equal(code, 0, stderr)
  }
  const as = async (user: string) =>
    testbed().kubectlOf({ kubeconfigPath: await testbed().kubeconfigFor(user, ['resolution:people']) })
  const patched = (by: Testbed['kubectl'], change: object) =>
    by([
      ...['patch', 'orders.kbnt.io', 'unclear', '-n', namespace, '--subresource=status', '--type=merge'],
      ...['-p', JSON.stringify({ status: change })],
    ])

  before(async function () {
    this.timeout(60_000)
    kubectl = await as('eve')
    await done(['create', 'namespace', namespace])
    const rights = ['--verb=get,update,patch', '--resource=orders.kbnt.io,orders.kbnt.io/status', '-n', namespace]
    await done(['create', 'role', 'resolves', ...rights])
    await done(['create', 'rolebinding', 'resolves', '-n', namespace, '--role=resolves', '--group=resolution:people'])
    await done(['apply', '-f', '-'], {
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'Order', metadata: { name: 'unclear', namespace } },
      spec: {
        ...{ customer: 'ana', items: [{ stock: 'cup', quantity: 1 }] },
        payment: { method: 'card-1', provider: 'acme', amount: { amount: '9.00', currency: 'EUR' } },
      },
    })
    assert.equal((await patched(await as(operator), status)).code, 0)
    await done(['apply', '-f', policy])
    const refused = async () => (await patched(kubectl, { message: `at ${Date.now()}` })).code !== 0 || undefined
    await until('policy that is in force', 30_000, refused)
  })
  after(async () => void (await testbed().kubectl(['delete', '-f', policy, '--ignore-not-found'])))

  it('lets an administrator write it', async () => {
    const { code, stderr } = await patched(kubectl, { resolution })
    assert.deepEqual([code, stderr], [0, ''])
    const another = { ...resolution, payment: 'Taken' }
    const { code: again, stderr: told } = await patched(kubectl, { resolution: another })
    assert.deepEqual([again !== 0, /write the present time as at/.test(told)], [true, true])
    assert.equal((await patched(kubectl, { resolution: { ...another, at: later } })).code, 0)
  })

  const wrong: readonly [what: string, change: object][] = [
    ['another phase', { phase: 'Completed' }],
    [
      'a payment that there was not',
      { payment: { state: 'Taken', provider: 'acme', amount: '9.00', currency: 'EUR', openUntil: at } },
    ],
    [
      'the resolution and a condition beside it',
      { resolution: { ...resolution, by: 'ben', at: '2026-11-30T10:10:00Z' }, message: 'mine' },
    ],
    ['a field less', { madeAt: null, steps: 1 }],
  ]
  for (const [what, change] of wrong)
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await patched(kubectl, change)
      assert.notEqual(code, 0)
      assert.match(stderr, /only resolution is written by hand/)
    })

  it('is not about the operator', async () => {
    assert.equal((await patched(await as(operator), { phase: 'Cancelling' })).code, 0)
  })
})
