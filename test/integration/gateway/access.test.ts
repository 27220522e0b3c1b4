import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { type Access, access } from '../../../operator/application/gateway/access.ts'
import { Problem } from '../../../operator/application/gateway/answer.ts'
import type { Right } from '../../../operator/application/gateway/caller.ts'
import { type Callers, callers } from '../../../operator/application/gateway/callers.ts'
import { lookUpGate } from '../../../operator/application/gateway/look-up-gate.ts'
import { systemClock } from '../../../operator/infrastructure/clock/system-clock.ts'
import { identityOf } from '../../../operator/infrastructure/kubernetes/access/identity-of.ts'
import { mayOf } from '../../../operator/infrastructure/kubernetes/access/may-of.ts'
import { type CallerClient, callerClient } from '../../../operator/infrastructure/kubernetes/caller-client.ts'
import { readKubeConfig } from '../../../operator/infrastructure/kubernetes/kube-config.ts'
import { leastRecent } from '../../../operator/infrastructure/kubernetes/least-recent.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-access'
const list: Right = { verb: 'list', resource: 'reservations', namespace }

/** As the gateway puts them together, over a kubeconfig that could do everything. */
describe('who calls the gateway and what they may, on a real API server', function () {
  this.timeout(60_000)
  let client: CallerClient
  let desk: Callers
  let guard: Access

  before(async () => {
    const { kubeconfigFor } = testbed()
    const kubeConfig = readKubeConfig(await kubeconfigFor('gateway-access-admin', ['system:masters']))
    client = callerClient({ kubeConfig, userAgent: 'integration-test' })
    const clock = systemClock()
    const boundedMap = <V extends object>(most: number) => leastRecent<string, V>(most)
    const parts = { clock, gate: lookUpGate(clock), boundedMap }
    const asking = { callers: client, now: clock.now }
    const hash = (token: string) => createHash('sha256').update(token).digest('base64')
    desk = callers({ ...parts, hash, identityOf: identityOf(asking) })
    guard = access({ ...parts, mayOf: mayOf(asking) })
    await kubectl('create', 'namespace', namespace)
  })
  after(() => client?.close())

  async function kubectl(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await testbed().kubectl(args)
    assert.equal(code, 0, stderr)
    return stdout.trim()
  }

  async function account(name: string): Promise<string> {
    await kubectl('-n', namespace, 'create', 'serviceaccount', name)
    return `${namespace}:${name}`
  }

  const tokenOf = (name: string, ...args: readonly string[]) =>
    kubectl('-n', namespace, 'create', 'token', name, ...args)

  const problemOf = async (answer: Promise<unknown>): Promise<Problem> => {
    const error = await answer.catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem, String(error))
    return error
  }

  it('know a ServiceAccount by its token, with namespace, groups and end', async () => {
    await account('known')
    const { user, groups, namespace: home, expiresAtMs = 0 } = await desk.of(await tokenOf('known', '--duration=20m'))
    assert.equal(user, `system:serviceaccount:${namespace}:known`)
    assert.ok(groups.includes(`system:serviceaccounts:${namespace}`))
    assert.equal(home, namespace)
    assert.ok(Math.abs(expiresAtMs - Date.now() - 1_200_000) < 30_000)
  })

  it('know nobody by a token for another audience, and say which', async () => {
    await account('elsewhere')
    const problem = await problemOf(desk.of(await tokenOf('elsewhere', '--audience=kbnt-gateway')))
    assert.equal(problem.status, 401)
    assert.match(problem.facts.detail, /its audience "kbnt-gateway" is none of the API server's/)
  })

  it('know nobody by what is no token, though the gateway itself may everything', async () => {
    const problem = await problemOf(desk.of('nonsense'))
    assert.deepEqual([problem.status, problem.reason], [401, 'Unauthorized'])
  })

  it('let a reader read and not create, in its namespace and no other', async () => {
    const name = await account('reader')
    await kubectl('-n', namespace, 'create', 'role', 'reader', '--verb=get,list', '--resource=reservations.kbnt.io')
    await kubectl('-n', namespace, 'create', 'rolebinding', 'reader', '--role=reader', `--serviceaccount=${name}`)
    const reader = await desk.of(await tokenOf('reader'))
    await guard.may(reader, list)
    await guard.may(reader, { ...list, verb: 'get', name: 'r1' })
    const problem = await problemOf(guard.may(reader, { ...list, verb: 'create' }))
    assert.deepEqual([problem.status, problem.reason], [403, 'Forbidden'])
    const who = `system:serviceaccount:${namespace}:reader`
    assert.equal(
      problem.facts.detail,
      `reservations.kbnt.io is forbidden: User "${who}" cannot create resource "reservations" in API group "kbnt.io" in the namespace "${namespace}"`,
    )
    await assert.rejects(guard.may(reader, { ...list, namespace: 'default' }), { reason: 'Forbidden' })
  })

  it('say what the API server itself says to a call that is not allowed', async () => {
    await account('refused')
    const token = await tokenOf('refused')
    const path = `/apis/kbnt.io/v1/namespaces/${namespace}/reservations`
    const { message } = (await client
      .as(token)
      .call({ method: 'GET', path })
      .catch((error: Error) => error)) as Error
    const problem = await problemOf(guard.may(await desk.of(token), list))
    assert.equal(problem.facts.detail, message)
  })

  it('let somebody get the one object that a role names', async () => {
    const name = await account('of-one')
    const rights = ['--verb=get', '--resource=virtualstocks.kbnt.io', '--resource-name=apples']
    await kubectl('-n', namespace, 'create', 'role', 'of-one', ...rights)
    await kubectl('-n', namespace, 'create', 'rolebinding', 'of-one', '--role=of-one', `--serviceaccount=${name}`)
    const caller = await desk.of(await tokenOf('of-one'))
    const get: Right = { verb: 'get', resource: 'virtualstocks', namespace }
    await guard.may(caller, { ...get, name: 'apples' })
    await assert.rejects(guard.may(caller, { ...get, name: 'pears' }), { reason: 'Forbidden' })
  })

  it('forget a deleted ServiceAccount within 30 s', async () => {
    await account('deleted')
    const token = await tokenOf('deleted')
    await desk.of(token)
    await kubectl('-n', namespace, 'delete', 'serviceaccount', 'deleted')
    const problem = await until('refusal', 30_000, () =>
      desk.of(token).then(
        () => undefined,
        (error: unknown) => error,
      ),
    )
    assert.ok(problem instanceof Problem, String(problem))
    assert.equal(problem.reason, 'Unauthorized')
    assert.match(problem.facts.detail, /or it was revoked/)
  })
})
