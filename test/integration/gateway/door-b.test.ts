import assert from 'node:assert/strict'
import { settledReport } from '../../../hack/audit/settled-report.ts'
import type { HttpAnswer } from '../../fixtures/gateway-process.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'

const namespace = 'gateway-guests'
const audience = 'kbnt-gateway'
const stocks = '/virtual-stock/stocks'
const all = ['get', 'list', 'create', 'patch']

describe('guests of the gateway, on a real API server', function () {
  this.timeout(60_000)
  let site: GatewaySite
  let shop: string
  let reader: string
  let agent: string

  before(async function () {
    this.timeout(120_000)
    site = await gatewaySite(namespace, { gateway: { port: 0, tokens: { audience } } })
    await rightsOfTheGateway(site, namespace)
    shop = await guest('shop', all)
    reader = await guest('reader', ['get', 'list'])
    agent = await guest('agent', all)
    await site.kubectl('-n', namespace, 'create', 'role', 'actfor', '--verb=actfor', '--resource=reservations.kbnt.io')
    const subject = `--serviceaccount=${namespace}:agent`
    await site.kubectl('-n', namespace, 'create', 'rolebinding', 'actfor', '--role=actfor', subject)
  })
  after(() => site?.dispose())

  const narrowToken = (name: string, ...audiences: string[]) =>
    site.kubectl('-n', namespace, 'create', 'token', name, ...audiences.map((one) => `--audience=${one}`))
  async function guest(name: string, verbs: readonly string[]): Promise<string> {
    await site.tokenOf(name, verbs)
    return narrowToken(name, audience)
  }
  const nameOf = (account: string) => `system:serviceaccount:${namespace}:${account}`
  const call = (token: string, method: string, path: string, body?: object) =>
    site.gateway.call(method, path, { token, ...(body !== undefined && { body }) })
  const reserve = (token: string, more: object = {}, headers: Record<string, string> = {}) =>
    site.gateway.call('POST', `${stocks}/cup/reserve`, { token, headers, body: { quantityToReserve: 1, ...more } })
  const shown = ({ status, body }: HttpAnswer) => `${status} ${body.reason ?? body.phase ?? ''}`
  const stored = async (kind: string, name: string) =>
    JSON.parse(await site.kubectl('-n', namespace, 'get', kind, name, '-o', 'json'))

  it('make stocks, hold, confirm, release and extend by a token that does not open the API server', async () => {
    const made = await call(shop, 'POST', stocks, { productId: 'Cup', quantity: 20 })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    assert.equal(
      (await stored('virtualstocks.kbnt.io', 'cup')).metadata.annotations['kbnt.io/requested-by'],
      nameOf('shop'),
    )
    assert.equal((await call(shop, 'PUT', `${stocks}/cup/quantity`, { newQuantity: 30 })).body.quantity, 30)
    const held = await reserve(shop, { ttl: '10m' })
    assert.deepEqual([held.status, held.body.phase, held.body.consumer], [200, 'Reserved', nameOf('shop')])
    const one = `/reservations/${held.body.reservationId}`
    assert.equal((await call(shop, 'POST', `${one}/extend`, { ttl: '20m' })).status, 200)
    assert.equal(shown(await call(shop, 'POST', `${one}/confirm`)), '200 Confirmed')
    const released = await reserve(shop)
    assert.equal(
      shown(await call(shop, 'POST', `/reservations/${released.body.reservationId}/release`)),
      '200 ReleasedByClient',
    )
    const path = `/apis/kbnt.io/v1beta1/namespaces/${namespace}/virtualstocks`
    const asThemselves = ['--kubeconfig=/dev/null', `--server=${testbed().url}`, '--insecure-skip-tls-verify']
    const direct = await testbed().kubectl([...asThemselves, `--token=${shop}`, 'get', '--raw', path])
    assert.notEqual(direct.code, 0)
    assert.match(direct.stderr, /logged in|Unauthorized/)
  })

  it('leave the mark of who asked on what the operator has decided', async () => {
    const { body } = await reserve(shop)
    const read = await call(reader, 'GET', `/reservations/${body.reservationId}`)
    assert.deepEqual([read.status, read.body.phase], [200, 'Reserved'])
    const { metadata, status } = await stored('rsv', body.reservationId)
    assert.deepEqual([metadata.annotations['kbnt.io/requested-by'], status.phase], [nameOf('shop'), 'Reserved'])
  })

  it('are done once for one key, whether they say for whom or not', async () => {
    const keyed = { 'idempotency-key': 'order-1' }
    const first = await reserve(shop, {}, keyed)
    const again = await reserve(shop, { consumer: nameOf('shop') }, keyed)
    assert.equal(first.body.reservationId, again.body.reservationId)
    assert.equal(again.headers.get('idempotent-replayed'), 'true')
    const another = await reserve(agent, {}, keyed)
    assert.notEqual(another.body.reservationId, first.body.reservationId, 'the key of somebody else')
  })

  it('read and write nothing beyond their rights, in the words of the API server', async () => {
    assert.equal((await call(reader, 'GET', `${stocks}/cup`)).status, 200)
    assert.equal((await call(reader, 'GET', `${stocks}/cup?consistent=true`)).status, 200)
    const held = await reserve(shop)
    const refused = await reserve(reader)
    assert.equal(shown(refused), '403 Forbidden')
    assert.equal(
      refused.body.detail,
      `reservations.kbnt.io is forbidden: User "${nameOf('reader')}" cannot create resource "reservations" in API group "kbnt.io" in the namespace "${namespace}"`,
    )
    assert.equal(shown(await call(reader, 'POST', `/reservations/${held.body.reservationId}/release`)), '403 Forbidden')
    assert.equal(shown(await call(reader, 'POST', `${stocks}/cup/pause`)), '403 Forbidden')
    assert.equal((await stored('rsv', held.body.reservationId)).status.phase, 'Reserved')
  })

  it('may nothing where nobody has granted anything', async () => {
    await site.kubectl('-n', namespace, 'create', 'serviceaccount', 'nobody')
    const nobody = await narrowToken('nobody', audience)
    for (const answer of [
      await call(nobody, 'GET', `${stocks}/cup`),
      await call(nobody, 'GET', `${stocks}/cup?consistent=true`),
      await call(nobody, 'GET', '/machines'),
      await call(nobody, 'POST', stocks, { productId: 'Tea', quantity: 1 }),
      await reserve(nobody),
    ])
      assert.equal(shown(answer), '403 Forbidden')
  })

  it('touch the reservations that a role names, and no others', async () => {
    const [mine, theirs] = [await reserve(shop), await reserve(shop)]
    const id = mine.body.reservationId
    await site.kubectl('-n', namespace, 'create', 'serviceaccount', 'courier')
    const role = ['--verb=get,patch', '--resource=reservations.kbnt.io', `--resource-name=${id}`]
    await site.kubectl('-n', namespace, 'create', 'role', 'courier', ...role)
    const subject = `--serviceaccount=${namespace}:courier`
    await site.kubectl('-n', namespace, 'create', 'rolebinding', 'courier', '--role=courier', subject)
    const courier = await narrowToken('courier', audience)
    assert.equal(shown(await call(courier, 'POST', `/reservations/${id}/confirm`)), '200 Confirmed')
    const other = await call(courier, 'POST', `/reservations/${theirs.body.reservationId}/confirm`)
    assert.equal(shown(other), '403 Forbidden')
  })

  it('reserve for others only with the right to act for them', async () => {
    const refused = await reserve(shop, { consumer: 'ana' })
    assert.equal(shown(refused), '403 Forbidden')
    assert.match(refused.body.detail, /^consumer can only be "system:serviceaccount:gateway-guests:shop", who asks/)
    const granted = await reserve(agent, { consumer: 'ana' })
    assert.deepEqual([granted.status, granted.body.consumer], [200, 'ana'])
    const { metadata } = await stored('rsv', granted.body.reservationId)
    assert.equal(metadata.annotations['kbnt.io/requested-by'], nameOf('agent'))
  })

  describe('are not', () => {
    it('those with a token for somebody else', async () => {
      const answer = await call(await narrowToken('shop', 'vault'), 'GET', `${stocks}/cup`)
      assert.equal(shown(answer), '401 Unauthorized')
      assert.match(answer.body.detail, /its audience "vault" is none of the API server's/)
    })

    it('those with a token for both: these write in their own name', async () => {
      const issuer = JSON.parse(await site.kubectl('get', '--raw', '/.well-known/openid-configuration')).issuer
      const both = await narrowToken('shop', audience, issuer)
      const held = await reserve(both, { consumer: 'ana' })
      assert.deepEqual([held.status, held.body.consumer], [200, 'ana'])
      const { metadata } = await stored('rsv', held.body.reservationId)
      assert.equal(metadata.annotations['kbnt.io/requested-by'], undefined)
    })

    it('those whose token was changed, or is none', async () => {
      const [head = '', payload = '', signature = ''] = shop.split('.')
      const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
      const jwt = (header: object, body: unknown, end = signature) =>
        [header, body]
          .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
          .concat(end)
          .join('.')
      const header = JSON.parse(Buffer.from(head, 'base64url').toString())
      const nested = `${'['.repeat(4_000)}${']'.repeat(4_000)}`
      for (const [what, token] of [
        ['later', jwt(header, { ...claims, exp: claims.exp + 3_600 })],
        ['of another account', jwt(header, { ...claims, sub: nameOf('agent') })],
        ['without a signature', jwt({ alg: 'none' }, claims, '')],
        ['with no algorithm', jwt({ alg: 'none' }, claims)],
        ['of a key that it brings along', jwt({ ...header, jwk: { kty: 'oct', k: 'AA' } }, claims)],
        ['nested', `${head}.${Buffer.from(nested).toString('base64url')}.${signature}`],
        ['a list of audiences', jwt(header, { ...claims, aud: new Array(500).fill(audience) })],
        ['an object as audience', jwt(header, { ...claims, aud: { [audience]: true } })],
        ['null', jwt(header, null)],
        ['no JSON', `${head}.e30x.${signature}`],
      ] as const) {
        const answer = await call(token, 'GET', `${stocks}/cup`)
        assert.equal(shown(answer), '401 Unauthorized', what)
      }
      const ended = await call(jwt(header, { ...claims, exp: 1_700_000_000 }), 'GET', `${stocks}/cup`)
      assert.equal(ended.body.detail, 'The token ended at 2023-11-14T22:13:20Z: get a new one')
      const huge = await call(jwt(header, { ...claims, more: 'a'.repeat(13_000) }), 'GET', `${stocks}/cup`)
      assert.equal(huge.status, 401)
    })

    it('those whose ServiceAccount was deleted, after 30 s at most', async () => {
      const token = await guest('leaver', ['get', 'list'])
      assert.equal((await call(token, 'GET', `${stocks}/cup`)).status, 200)
      await site.kubectl('-n', namespace, 'delete', 'serviceaccount', 'leaver')
      const answer = await until('a refusal', 30_000, async () => {
        const last = await call(token, 'GET', `${stocks}/cup`)
        return last.status === 200 ? undefined : last
      })
      assert.equal(shown(answer), '401 Unauthorized')
      assert.match(answer.body.detail, /knows nobody with this token for the gateway: it was revoked/)
    })
  })

  it('leave books that close, no fault and no token in the log', async () => {
    const sources = { kubeconfig: testbed().kubeconfigPath, namespace, kafkaBrokers: [], auditTopic: '' }
    const { lines, findings, unfinished } = await settledReport(sources, 60_000)
    assert.deepEqual([findings, unfinished], [[], 0], lines.join('\n'))
    const logs = JSON.stringify(site.gateway.logs())
    for (const token of [shop, reader, agent]) assert.ok(!logs.includes(token))
    assert.doesNotMatch(await site.gateway.metrics(), /http_requests_total\{[^}]*status="500"/)
  })
})

describe('a gateway that takes no guests', function () {
  this.timeout(120_000)
  const home = 'gateway-no-guests'
  let site: GatewaySite
  before(async () => {
    site = await gatewaySite(home)
  })
  after(() => site?.dispose())

  it('says whose tokens it takes', async () => {
    await site.tokenOf('shop', all)
    const token = await site.kubectl('-n', home, 'create', 'token', 'shop', `--audience=${audience}`)
    const { status, body } = await site.gateway.call('GET', stocks, { token })
    assert.deepEqual([status, body.reason], [401, 'Unauthorized'])
    assert.match(body.detail, /its audience "kbnt-gateway" is none of the API server's/)
  })
})

/** What a gateway with guests needs besides what every gateway does. */
async function rightsOfTheGateway({ kubectl }: GatewaySite, where: string): Promise<void> {
  const user = `--user=${where}-gateway`
  await kubectl('create', 'clusterrolebinding', `${where}-reviews`, '--clusterrole=system:auth-delegator', user)
  const writes = ['--verb=create,patch', '--resource=virtualstocks.kbnt.io,reservations.kbnt.io']
  await kubectl('-n', where, 'create', 'role', 'gateway-writes', ...writes)
  await kubectl('-n', where, 'create', 'rolebinding', 'gateway-writes', '--role=gateway-writes', user)
}
