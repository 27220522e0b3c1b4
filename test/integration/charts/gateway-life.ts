import assert from 'node:assert/strict'
import { listen } from '../../fixtures/event-listener.ts'
import type { GatewayProcess } from '../../fixtures/gateway-process.ts'
import { testbed } from '../../fixtures/testbed.ts'

/** So few that a caller who asks for more at once is beyond its limit. */
export const gatewaySettings = { gateway: { readsPerSecond: 5 } }
const TOO_MANY = 25

/** Something of everything that a gateway counts, but for what it only does when it is overloaded. Repeatable by `time`. */
export async function callGateway(gateway: GatewayProcess, namespace: string, time: string): Promise<void> {
  const token = await tokenOf(namespace, `caller-${time}`)
  const stocks = '/virtual-stock/stocks'
  const statusOf = async (method: string, path: string, call = {}) => (await gateway.call(method, path, call)).status
  assert.equal(await statusOf('GET', stocks), 401) // nobody: refused, and counted
  const stockId = `cups-${time}`
  const body = { stockId, productId: 'cup', quantity: 100 }
  assert.equal(await statusOf('POST', stocks, { token, body }), 201)
  assert.equal(await statusOf('POST', `${stocks}/${stockId}/reserve`, { token, body: { quantityToReserve: 2 } }), 200)
  const stream = await listen(`${gateway.url()}/stream`, { authorization: `Bearer ${token}` })
  await stream.hear('list', ({ event }) => event === 'listed')
  stream.hangUp()
  const answers = await Promise.all(Array.from({ length: TOO_MANY }, () => statusOf('GET', stocks, { token })))
  assert.deepEqual(new Set(answers), new Set([200, 429]))
}

/** Of a new ServiceAccount of the namespace that may order. */
async function tokenOf(namespace: string, name: string): Promise<string> {
  const { kubectl } = testbed()
  const metadata = { name, namespace }
  const api = 'rbac.authorization.k8s.io'
  const verbs = ['get', 'list', 'watch', 'create', 'patch']
  const items = [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    {
      ...{ apiVersion: `${api}/v1`, kind: 'Role', metadata },
      rules: [{ apiGroups: ['kbnt.io'], resources: ['virtualstocks', 'reservations'], verbs }],
    },
    {
      ...{ apiVersion: `${api}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: api, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ]
  const applied = await kubectl(['apply', '-f', '-'], { apiVersion: 'v1', kind: 'List', items })
  assert.equal(applied.code, 0, applied.stderr)
  const { code, stdout, stderr } = await kubectl(['-n', namespace, 'create', 'token', name])
  assert.equal(code, 0, stderr)
  return stdout.trim()
}
