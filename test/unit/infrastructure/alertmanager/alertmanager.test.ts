import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { alertmanager } from '../../../../operator/infrastructure/alertmanager/alertmanager.ts'

const alert = {
  labels: { alertname: 'a' },
  annotations: {},
  startsAt: '2026-11-22T10:00:00Z',
  endsAt: '2026-11-22T10:04:00Z',
}

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
    const subject = alertmanager({ url: `${url}/prefix/`, tokenFile })
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

  it('tells what is refused for what it is from what nobody takes now', async () => {
    const subject = alertmanager({ url })
    const posted = async (status: number, headers?: Record<string, string>) => {
      answer = { status, body: 'because', ...(headers && { headers }) }
      const { kind, ...more } = await subject.post([alert])
      return [kind, 'retryAfterMs' in more && more.retryAfterMs]
    }
    assert.deepEqual(await posted(400), ['refused', false])
    assert.deepEqual(await posted(503), ['away', false])
    assert.deepEqual(await posted(429, { 'retry-after': '7' }), ['away', 7_000])
    for (const status of [401, 403, 404, 302]) assert.deepEqual(await posted(status), ['away', false], String(status))
    await subject.close()
  })

  it('is away where nobody listens or a token is missing, and says where', async () => {
    server.close()
    const subject = alertmanager({ url: 'http://127.0.0.1:1' })
    const posted = await subject.post([alert])
    assert.ok(posted.kind === 'away' && posted.reason.startsWith('http://127.0.0.1:1: '))
    await subject.close()
    const without = alertmanager({ url, tokenFile: '/nowhere/token' })
    assert.equal((await without.post([alert])).kind, 'away')
    await without.close()
  })
})
