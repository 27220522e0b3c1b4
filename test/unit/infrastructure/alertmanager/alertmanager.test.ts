import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCertificates } from '../../../../hack/testbed/certificates.ts'
import { alertmanager } from '../../../../operator/infrastructure/alertmanager/alertmanager.ts'
import { systemClock } from '../../../../operator/infrastructure/clock/system-clock.ts'

const alert = {
  labels: { alertname: 'a' },
  annotations: {},
  startsAt: '2026-11-22T10:00:00Z',
  endsAt: '2026-11-22T10:04:00Z',
}

const clock = systemClock()

describe('alertmanager', () => {
  let server: Server
  let url: string
  let answer: { status: number; headers?: Record<string, string>; body?: string }
  let asked: { path: string | undefined; headers: IncomingHttpHeaders; body: string }[]

  beforeEach(async () => {
    asked = []
    answer = { status: 200 }
    server = createServer(async (request, response) => {
      let body = ''
      for await (const part of request) body += part
      asked.push({ path: request.url, headers: request.headers, body })
      response.writeHead(answer.status, answer.headers).end(answer.body)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterEach(() => server.close())

  it('posts to the API v2, behind the prefix of its address, with the token of the file as it is now', async () => {
    const tokenFile = join(mkdtempSync(join(tmpdir(), 'kbnt-token-')), 'token')
    const subject = alertmanager({ url: `${url}/prefix/`, tokenFile }, clock)
    for (const token of ['first', 'second']) {
      writeFileSync(tokenFile, `${token}\n`)
      assert.deepEqual(await subject.post([alert]), { kind: 'taken' })
    }
    await subject.close()
    assert.deepEqual(
      asked.map(({ path, headers: { authorization } }) => [path, authorization]),
      ['first', 'second'].map((token) => ['/prefix/api/v2/alerts', `Bearer ${token}`]),
    )
    assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), [alert])
  })

  it('trusts the authority of the file as it is now, and says so when it can not be read', async () => {
    const caFile = join(mkdtempSync(join(tmpdir(), 'kbnt-authority-')), 'ca.crt')
    const secured = createSecureServer((_request, response) => {
      response.setHeader('connection', 'close').end('{}') // the next post is another connection
    })
    await new Promise<void>((resolve) => secured.listen(0, '127.0.0.1', resolve))
    const { port } = secured.address() as AddressInfo
    const subject = alertmanager({ url: `https://127.0.0.1:${port}`, caFile }, clock)
    const unread = await subject.post([alert])
    assert.match(unread.kind === 'away' ? unread.reason : '', /ENOENT/)
    for (let renewal = 0; renewal < 2; renewal++) {
      const made = await makeCertificates(mkdtempSync(join(tmpdir(), 'kbnt-certificates-')))
      secured.setSecureContext({
        key: readFileSync(made.servingKeyPath),
        cert: readFileSync(made.servingCertificatePath),
      })
      copyFileSync(made.authorityPath, caFile)
      assert.deepEqual(await subject.post([alert]), { kind: 'taken' })
    }
    await subject.close()
    secured.close()
  })

  it('tells what is refused for what it is from what nobody takes now', async () => {
    const subject = alertmanager({ url }, clock)
    const posted = async (status: number, headers?: Record<string, string>) => {
      answer = { status, body: 'because', ...(headers && { headers }) }
      const { kind, ...more } = await subject.post([alert])
      return [kind, 'retryAfterMs' in more && more.retryAfterMs]
    }
    assert.deepEqual(await posted(503), ['away', false])
    assert.deepEqual(await posted(429, { 'retry-after': '7' }), ['away', 7_000])
    for (const status of [302, 400, 401, 403, 404, 422])
      assert.deepEqual(await posted(status), ['away', false], String(status))
    await subject.close()
  })

  it('is away where nobody listens or a token is missing, and says where', async () => {
    server.close()
    const subject = alertmanager({ url: 'http://127.0.0.1:1' }, clock)
    const posted = await subject.post([alert])
    assert.ok(posted.kind === 'away' && posted.reason.startsWith('http://127.0.0.1:1: '))
    await subject.close()
    const without = alertmanager({ url, tokenFile: '/nowhere/token' }, clock)
    assert.equal((await without.post([alert])).kind, 'away')
    await without.close()
  })

  it('takes a refusal for one only where Alertmanager itself has said it, and not what is before it', async () => {
    const subject = alertmanager({ url }, clock)
    const posted = async (status: number, body: string) => {
      answer = { status, body }
      const result = await subject.post([alert])
      return result.kind === 'away' ? result.cause : result.kind
    }
    assert.equal(await posted(400, '"invalid label set: invalid name \\"a-b\\""\n'), 'refused') // as 0.25 writes them
    assert.equal(await posted(400, '{"code":400,"message":"parsing alerts body failed"}'), 'refused')
    assert.equal(await posted(422, '{"code":602,"message":"labels in body is required"}'), 'refused')
    assert.equal(await posted(400, 'Client sent an HTTP request to an HTTPS server.\n'), 'Http400')
    assert.equal(await posted(400, '<html>400 Request Header Or Cookie Too Large</html>'), 'Http400')
    assert.equal(await posted(413, '{"code":413,"message":"too large"}'), 'TooLarge')
    await subject.close()
  })

  it('is away, and says so, where its clock and this one are apart', async () => {
    const apart = [-600_000, -10_000, 10_000].map((ms) => ({ ...clock, now: () => clock.now() + ms }))
    for (const wrong of apart) {
      const subject = alertmanager({ url }, wrong)
      const posted = await subject.post([alert])
      assert.ok(posted.kind === 'away' && posted.cause === 'ClockSkew', JSON.stringify(posted))
      await subject.close()
    }
    const subject = alertmanager({ url }, { ...clock, now: () => clock.now() - 2_000 })
    assert.deepEqual(await subject.post([alert]), { kind: 'taken' })
    await subject.close()
  })

  it('reads no more of an answer than it tells of, however long that is', async () => {
    let written = 0
    const endless = createServer((_, response) => {
      response.writeHead(400)
      const part = Buffer.alloc(65_536, 'x')
      const more = () => {
        while (!response.destroyed && response.write(part)) written += part.length
      }
      response.on('drain', more)
      more()
    })
    await new Promise<void>((resolve) => endless.listen(0, '127.0.0.1', resolve))
    const subject = alertmanager({ url: `http://127.0.0.1:${(endless.address() as AddressInfo).port}` }, clock)
    const posted = await subject.post([alert])
    await subject.close()
    endless.closeAllConnections()
    endless.close()
    assert.ok(posted.kind === 'away' && posted.cause === 'Http400', JSON.stringify(posted).slice(0, 200))
    assert.ok(posted.reason.length < 400)
    assert.ok(written < 32 * 1024 * 1024, `${written} bytes were written`)
  })
})
