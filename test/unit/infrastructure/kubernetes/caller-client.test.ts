import assert from 'node:assert/strict'
import { KubeConfig } from '@kubernetes/client-node'
import { accessSource, withoutUser } from '../../../../operator/infrastructure/kubernetes/kube-config.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { answeringServer, json } from './answering-server.ts'

describe('caller client', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
  })

  afterEach(() => server.close())

  for (const [what, user] of [
    ['a token', { token: 'own' }],
    ['name and password', { username: 'own', password: 'own' }],
    ['somebody to act as', { token: 'own', impersonateUser: 'own' }],
    ['a token in a file', { authProvider: { name: 'tokenFile', config: { tokenFile: '/does/not/exist' } } }],
    ['a program that gives tokens', { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'own' } }],
  ] as const)
    it(`sends the caller's token and nothing of its own, which is ${what}`, async () => {
      const client = server.aCallerClient({ user })
      server.answers(json(200, { fine: true }))
      const { body } = await client.as('theirs').call({ method: 'POST', path: '/api/v1/x', body: {} })
      assert.deepEqual(body, { fine: true })
      const [{ url, headers }] = server.requests as [(typeof server.requests)[0]]
      assert.equal(url, '/prefix/api/v1/x')
      assert.equal(headers.authorization, 'Bearer theirs')
      assert.doesNotMatch(JSON.stringify(headers), /own|impersonate/i)
    })

  it('keeps callers apart who call at once', async () => {
    const client = server.aCallerClient()
    server.answers((request, response) => json(200, { by: request.headers.authorization })(request, response))
    const names = Array.from({ length: 50 }, (_, index) => `token-${index}`)
    const answers = await Promise.all(names.map((name) => client.as(name).call({ method: 'GET', path: '/x' })))
    assert.deepEqual(
      answers.map(({ body }) => body),
      names.map((name) => ({ by: `Bearer ${name}` })),
    )
  })

  it('passes a 401 on and tries nothing else', async () => {
    server.answers(json(401, { kind: 'Status', reason: 'Unauthorized' }))
    const client = server.aCallerClient({ user: { token: 'own' } })
    await assert.rejects(client.as('bad').call({ method: 'GET', path: '/x' }), { name: 'ApiError', status: 401 })
    assert.equal(server.requests.length, 1)
  })

  it('ends running calls when it is closed, and takes no more', async () => {
    const client = server.aCallerClient()
    const asked = Promise.withResolvers<void>()
    server.answers(() => asked.resolve())
    const waiting = client.as('theirs').call({ method: 'GET', path: '/x' })
    const failed = assert.rejects(waiting, { name: 'UnknownOutcomeError', sent: true })
    await asked.promise
    await client.close()
    await failed
    const late = client.as('theirs').call({ method: 'GET', path: '/x' })
    await assert.rejects(late, { name: 'UnknownOutcomeError', sent: false })
  })

  it('gives up a call that has no answer in time', async () => {
    server.answers(() => undefined)
    const client = server.aCallerClient({ requestTimeoutMs: 100 })
    await assert.rejects(client.as('theirs').call({ method: 'GET', path: '/x' }), { name: 'UnknownOutcomeError' })
  })
})

describe('a cluster without its user', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')

  it('keeps authority, server name, proxy and path, and no certificate', async () => {
    const kubeConfig = new KubeConfig()
    const proxyUrl = 'http://name:password@proxy.test:3128'
    kubeConfig.loadFromClusterAndUser(
      {
        ...{ name: 'c', server: 'https://example.test:6443/prefix/', skipTLSVerify: true },
        ...{ caData: base64('the CA'), tlsServerName: 'kube.test', proxyUrl },
      },
      { name: 'u', certData: base64('the certificate'), keyData: base64('the key'), token: 'own' },
    )
    const { tls, headers, ...rest } = await accessSource(withoutUser(kubeConfig), fakeClock()).current()
    assert.deepEqual(tls, { ca: Buffer.from('the CA'), rejectUnauthorized: false, servername: 'kube.test' })
    assert.deepEqual(headers, {})
    assert.deepEqual([rest.origin, rest.basePath, rest.proxy], ['https://example.test:6443', '/prefix', proxyUrl])
  })

  it('is none where there was none', async () => {
    await assert.rejects(
      async () => accessSource(withoutUser(new KubeConfig()), fakeClock()).current(),
      /no current cluster/,
    )
  })
})
