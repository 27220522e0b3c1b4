import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { anIssuer, type Issuer } from '../../fixtures/issuer.ts'

const namespace = 'gateway-issuer'
const path = `/virtual-stock/stocks?namespace=${namespace}`

describe('a gateway that takes tokens of an issuer, on a real API server', function () {
  this.timeout(120_000)
  let directory: string
  let issuer: Issuer
  let site: GatewaySite

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-issuer-'))
    issuer = await anIssuer({ directory })
    const { issuer: name, jwksUri, caFile } = issuer
    const prefixes = { usernamePrefix: 'login:', groupsPrefix: 'login:' }
    const issuers = [{ issuer: name, jwksUri, caFile, audience: 'kbnt-gateway', ...prefixes }]
    site = await gatewaySite(namespace, { gateway: { port: 0, tokens: { issuers } } })
    const gateway = `--user=${namespace}-gateway`
    await site.kubectl(
      'create',
      'clusterrolebinding',
      `${namespace}-reviews`,
      '--clusterrole=system:auth-delegator',
      gateway,
    )
    const writes = ['--verb=get,list,create,patch', '--resource=virtualstocks.kbnt.io,reservations.kbnt.io']
    await site.kubectl('-n', namespace, 'create', 'role', 'writes', ...writes)
    const subjects = [gateway, '--group=login:shops']
    await site.kubectl('-n', namespace, 'create', 'rolebinding', 'writes', '--role=writes', ...subjects)
  })
  after(async () => {
    await site?.dispose()
    await issuer?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const status = async (claims: object) =>
    (await site.gateway.call('GET', path, { token: await issuer.token(claims as Record<string, unknown>) })).status

  it('lets a group of it reserve, in the name of its user', async () => {
    const token = await issuer.token({ groups: ['shops'] })
    const made = await site.gateway.call('POST', path, { token, body: { productId: 'Cup', quantity: 5 } })
    assert.equal(made.status, 201, JSON.stringify(made.body))
    const order = `/virtual-stock/stocks/cup/reserve?namespace=${namespace}`
    const held = await site.gateway.call('POST', order, { token, body: { quantityToReserve: 1 } })
    assert.deepEqual([held.status, held.body.consumer], [200, 'login:ana'])
  })

  it('gives its groups no power over the cluster, and nobody any by another token', async () => {
    assert.equal(await status({ groups: ['system:masters'] }), 403)
    assert.equal(await status({}), 403)
    assert.equal(await status({ aud: 'vault', groups: ['shops'] }), 401)
    assert.equal(await status({ exp: 1_700_000_000, groups: ['shops'] }), 401)
  })

  it('serves all others while the issuer is away', async () => {
    const other = await site.tokenOf('shop', ['get', 'list'])
    await issuer.close()
    assert.equal((await site.gateway.call('GET', path, { token: other })).status, 200)
    assert.equal(await status({ groups: ['shops'] }), 200, 'by the keys that are known')
  })
})
