import assert from 'node:assert/strict'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-requests'
const audience = 'kbnt-gateway'
const small = { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', provider: 'Simulated' }
const creation = { type: 'CREATE_VIRTUAL_MACHINE', specifications: small }

const guestRules = [
  { apiGroups: ['authentication.k8s.io'], resources: ['tokenreviews'], verbs: ['create'] },
  { apiGroups: ['authorization.k8s.io'], resources: ['subjectaccessreviews'], verbs: ['create'] },
  { apiGroups: ['kbnt.io'], resources: ['vrequests'], verbs: ['get', 'create'] },
]

describe('machines that are asked for over HTTP, on a real API server', function () {
  this.timeout(60_000)
  let site: GatewaySite
  const tokens: Record<string, string> = {}

  before(async function () {
    this.timeout(120_000)
    site = await gatewaySite(namespace, {
      gateway: { port: 0, tokens: { audience } },
      machines: { simulated: { bootDelay: '100ms' } },
    })
    await applied('ClusterRole', guestRules, { kind: 'User', name: `${namespace}-gateway` }, 'guests')
    for (const resource of ['cpu', 'memory', 'disk']) await stock(resource, 4)
    await account('editor', [{ resources: ['vrequests', 'vmachines'], verbs: ['get', 'list', 'create', 'delete'] }])
    await account('asker', [{ resources: ['vrequests'], verbs: ['get', 'list', 'create'] }])
    await account('reader', [{ resources: ['vrequests'], verbs: ['get', 'list'] }])
    await account('nobody', [])
    tokens['guest'] = await site.kubectl('-n', namespace, 'create', 'token', 'editor', `--audience=${audience}`)
  })
  after(() => site?.dispose())

  async function apply(object: object): Promise<void> {
    const { code, stderr } = await testbed().kubectl(['apply', '-f', '-'], object)
    assert.equal(code, 0, stderr)
  }

  async function applied(kind: 'Role' | 'ClusterRole', rules: readonly object[], subject: object, name: string) {
    const of = { name: `${namespace}-${name}`, namespace }
    const api = 'rbac.authorization.k8s.io'
    await apply({ apiVersion: `${api}/v1`, kind, metadata: of, rules })
    const roleRef = { apiGroup: api, kind, name: of.name }
    const subjects = [{ apiGroup: 'kind' in subject && subject.kind === 'User' ? api : '', ...subject }]
    await apply({ apiVersion: `${api}/v1`, kind: `${kind}Binding`, metadata: of, roleRef, subjects })
  }

  async function stock(resource: string, quantity: number): Promise<void> {
    const labels = { 'kbnt.io/pool': 'east', 'kbnt.io/resource': resource }
    const unit = resource === 'cpu' ? 'vCPU' : 'GiB'
    await apply({
      ...{ apiVersion: 'kbnt.io/v1beta1', kind: 'VirtualStock', metadata: { namespace, name: resource, labels } },
      spec: { unit, quantity, reclaimPolicy: 'Return' },
    })
  }

  async function account(name: string, rules: readonly object[]): Promise<void> {
    await site.kubectl('-n', namespace, 'create', 'serviceaccount', name)
    const all = rules.map((rule) => ({ apiGroups: ['kbnt.io'], ...rule }))
    await applied('Role', all, { kind: 'ServiceAccount', name, namespace }, name)
    tokens[name] = await site.kubectl('-n', namespace, 'create', 'token', name)
  }

  const get = (who: string, path: string) => site.gateway.call('GET', path, { token: tokens[who] ?? '' })
  const ask = (who: string, body: object = creation, headers: Record<string, string> = {}) =>
    site.gateway.call('POST', '/virtualize', { token: tokens[who] ?? '', headers, body })
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.status ?? ''}`
  const pathOf = ({ body }: HttpAnswer) => (body.trackingUrl as string).replace('/api/v1', '')
  const untilOver = (who: string, asked: HttpAnswer) =>
    until('an end', 20_000, async () => {
      const { body } = await get(who, pathOf(asked))
      return ['Completed', 'Failed'].includes(body.status) ? body : undefined
    })

  it('are made, told of from the beginning to the end, and ended again', async () => {
    const asked = await ask('editor', { ...creation, resourceId: 'WEB_1', metadata: { correlationId: 'order 7' } })
    assert.equal(asked.status, 202, JSON.stringify(asked.body))
    assert.equal(asked.body.correlationId, 'order 7')
    assert.ok(['Accepted', 'Working', 'Completed'].includes(asked.body.status), asked.body.status)
    assert.equal(asked.headers.get('location'), asked.body.trackingUrl)
    const made = await untilOver('editor', asked)
    assert.deepEqual([made.status, made.resource.name], ['Completed', 'web-1'])
    assert.ok(made.history.length >= 2)
    const specifications = { originalMessageId: made.messageId }
    const ending = await ask('editor', { type: 'DELETE_VIRTUAL_MACHINE', specifications })
    assert.equal((await untilOver('editor', ending)).reason, 'Removed')
  })

  it('are asked for once by one key, and each by its own user', async () => {
    const key = { 'idempotency-key': 'order-1' }
    const first = await ask('editor', creation, key)
    const again = await ask('editor', creation, key)
    assert.equal(again.body.requestId, first.body.requestId)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const other = await ask('editor', { ...creation, specifications: { ...small, cpu: 2 } }, key)
    assert.equal(shown(other), '422 KeyReused')
    const { items } = (await get('reader', `/requests?messageId=${first.body.messageId}`)).body
    assert.equal(items.length, 1)
  })

  it('fail as requests do, which is told by the request and not by the call', async () => {
    const taken = { ...creation, resourceId: 'mine' }
    await untilOver('editor', await ask('editor', taken))
    const body = await untilOver('editor', await ask('editor', taken))
    assert.deepEqual([body.status, body.reason], ['Failed', 'NameTaken'])
  })

  it('are asked for by a guest in its own name', async () => {
    const asked = await ask('guest', creation, { 'idempotency-key': 'of a guest'.replaceAll(' ', '-') })
    assert.equal(asked.status, 202, JSON.stringify(asked.body))
    const object = await site.kubectl('-n', namespace, 'get', 'vreq', asked.body.requestId, '-o', 'json')
    const { metadata, spec } = JSON.parse(object)
    const who = `system:serviceaccount:${namespace}:editor`
    assert.deepEqual([metadata.annotations['kbnt.io/requested-by'], spec.payload.userId], [who, who])
    assert.equal(metadata.annotations['kbnt.io/message-id'], spec.messageId)
  })

  it('are asked for by nobody who may not have the machine made, nor for somebody else', async () => {
    assert.equal(shown(await ask('asker')), '403 Forbidden')
    assert.match((await ask('asker')).body.detail, /cannot create resource "vmachines"/)
    assert.equal(shown(await ask('reader')), '403 Forbidden')
    assert.equal(shown(await ask('nobody')), '403 Forbidden')
    const forAna = await ask('editor', { ...creation, metadata: { userId: 'ana' } })
    assert.equal(shown(forAna), '403 Forbidden')
    assert.match(forAna.body.detail, /^userId can only be/)
  })

  it('are told of to those alone who may look', async () => {
    const [request] = (await get('reader', '/requests?limit=1')).body.items
    const path = `/requests/${request.requestId}`
    for (const who of ['editor', 'asker', 'reader', 'guest']) assert.equal((await get(who, path)).status, 200)
    for (const one of ['/requests', path, `${path}?consistent=true`])
      assert.equal(shown(await get('nobody', one)), '403 Forbidden')
    assert.equal(shown(await get('reader', '/requests/vr-none')), '404 NotFound')
  })

  it('wait in line with a place where the pool is short', async () => {
    const large = { ...creation, specifications: { ...small, cpu: 4 } }
    const asked = await ask('editor', large)
    const body = await until('a place', 20_000, async () => {
      const answer = await get('reader', pathOf(asked))
      return answer.body.queuePosition === undefined ? undefined : answer.body
    })
    assert.deepEqual([body.status, body.queuePosition], ['Accepted', 1])
    const { items } = (await get('reader', '/requests?status=Accepted')).body
    assert.ok(items.some(({ requestId }: { requestId: string }) => requestId === body.requestId))
  })
})
