import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accessTokens, type TokenSource } from '../../../operator/infrastructure/kafka/access-tokens.ts'
import { type TokenEndpoint, tokenEndpoint } from './token-endpoint.ts'

describe('accessTokens', () => {
  let directory: string
  let endpoint: TokenEndpoint
  let source: TokenSource

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-tokens-'))
  })
  beforeEach(async () => {
    endpoint = await tokenEndpoint(directory)
    const clientSecretFile = join(directory, 'client-secret')
    await writeFile(clientSecretFile, 'hush&hush\n')
    source = { tokenEndpointUri: endpoint.uri, clientId: 'kbnt', clientSecretFile, caFile: endpoint.caFile }
  })
  afterEach(() => endpoint.close())
  after(() => rm(directory, { recursive: true, force: true }))

  it('asks by client credentials, for a scope where one is given', async () => {
    await accessTokens(source)()
    await accessTokens({ ...source, scope: 'kafka write' })()
    assert.deepEqual(
      endpoint.asked.map(({ form }) => form),
      [{ grant_type: 'client_credentials' }, { grant_type: 'client_credentials', scope: 'kafka write' }],
    )
  })

  it('gives the same token until 15 s before its end, then a new one', async () => {
    endpoint.lifeSeconds = 16
    const token = accessTokens(source)
    assert.equal(await token(), await token())
    assert.equal(endpoint.asked.length, 1)
    await new Promise((resolve) => setTimeout(resolve, 1_010))
    await token()
    assert.equal(endpoint.asked.length, 2)
  })

  it('uses a token once that does not say how long it lives', async () => {
    endpoint.instead = { status: 200, text: '{"access_token":"brief"}' }
    const token = accessTokens(source)
    assert.deepEqual([await token(), await token(), endpoint.asked.length], ['brief', 'brief', 2])
  })

  it('reads a changed secret for the next token', async () => {
    const token = accessTokens(source)
    await writeFile(source.clientSecretFile, 'changed')
    await assert.rejects(token(), { message: /answers 401: invalid_client, Invalid client credentials$/ })
    await writeFile(source.clientSecretFile, 'hush&hush')
    assert.match(await token(), /^eyJ/)
  })

  const answers = [
    { instead: { status: 503, text: '<html>Sorry</html>' }, says: /answers 503 and gives no access_token$/ },
    { instead: { status: 200, text: '{"token":"x"}' }, says: /answers 200 and gives no access_token$/ },
    { instead: { status: 400, text: '{"error":"invalid_scope"}' }, says: /answers 400: invalid_scope$/ },
    { instead: { status: 200, text: 'null' }, says: /answers 200 and gives no access_token$/ },
  ]
  for (const { instead, says } of answers)
    it(`says what it gets instead of a token: ${instead.status} ${instead.text}`, async () => {
      endpoint.instead = instead
      await assert.rejects(accessTokens(source)(), (error: Error) => {
        assert.match(error.message, says)
        assert.ok(error.message.includes(endpoint.uri) && !error.message.includes('hush'))
        return true
      })
    })

  it('asks nobody whose certificate it cannot check', async () => {
    const { caFile: _own, ...withPublicAuthorities } = source
    await assert.rejects(accessTokens(withPublicAuthorities)(), /can't be asked: .*certificate/)
    assert.equal(endpoint.asked.length, 0)
  })

  it('says so when nobody answers there', async () => {
    await endpoint.close()
    await assert.rejects(accessTokens(source)(), /can't be asked: .*ECONNREFUSED/)
    endpoint = await tokenEndpoint(directory)
  })

  it('says which file is missing', async () => {
    await assert.rejects(accessTokens({ ...source, clientSecretFile: '/nowhere/secret' })(), /\/nowhere\/secret/)
  })
})
