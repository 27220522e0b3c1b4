import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import { explainedProblems } from '../../../../../operator/domain/gateway/explanations.ts'
import { tryItPage } from '../../../../../operator/infrastructure/http/gateway/try-it-page.ts'
import { closeGateways, smallContract, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

const { Problem: schema } = parse(await readFile('config/openapi.yaml', 'utf8')).components.schemas
const reasons: readonly string[] = schema.properties.reason.enum
const files = tryItPage('node_modules/swagger-ui-dist')
const nobody = { authorization: '' }
const nothing = async () => ({ status: 200, body: {} }) as const

describe('the page of each problem', () => {
  for (const reason of reasons)
    it(`is where the type of ${reason} says`, async () => {
      const { status, title } = explainedProblems.find((problem) => problem.reason === reason)!
      const { ask } = await startGateway({
        operations: {
          ...{ changeThing: nothing, pauseThing: nothing },
          getThing: async () => {
            throw new Problem({ status, title, reason }, { detail: 'So it is.' })
          },
        },
      })
      const { json } = await ask('/api/v1/things/a')
      const page = await ask(new URL(json.type, 'http://any.example.com').pathname, { headers: nobody })
      assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/plain; charset=utf-8'])
      assert.ok(page.text.startsWith(`${reason} (${status})\n`))
      assert.match(page.text, new RegExp(`${title}[.]\\n\\nWhat it means: .{8,}[.]\\n\\nWhat to do: .{8,}[.]\\n$`))
    })

  it('is listed on a page of its own, and is not there for what is no reason', async () => {
    const { ask, ended } = await startGateway()
    const { text } = await ask('/problems', { headers: nobody })
    assert.deepEqual(
      [...text.matchAll(/^\d{3} (\w+) +\w/gm)].map(([, reason]) => reason),
      reasons,
    )
    await ask('/problems/Stale')
    const { status, json } = await ask('/problems/Nonsense')
    assert.deepEqual([status, json.type], [404, '/problems/NotFound'])
    assert.deepEqual(
      ended.map(({ route }) => route),
      ['/problems', '/problems/{reason}', 'none'],
    )
  })
})

describe('the page to try the API', () => {
  it('comes with all that it loads, to everybody, from this gateway alone', async () => {
    const { ask } = await startGateway({ files })
    const page = await ask('/docs', { headers: nobody })
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
    const script = await ask('/docs/page.js')
    const [, document = ''] = /url: '([^']+)'/.exec(script.text) ?? []
    const loaded = [...page.text.matchAll(/(?:src|href)="((?!data:)[^"]+)"/g)].map(([, url = '']) => url)
    const types = await Promise.all(
      [...loaded, document].map(async (url) => {
        const { pathname, host } = new URL(url, 'http://gateway.example.com/docs')
        assert.equal(host, 'gateway.example.com')
        const { status, headers } = await ask(pathname, { headers: nobody })
        return `${pathname} ${status} ${headers.get('content-type')}`
      }),
    )
    assert.deepEqual(
      new Set(types),
      new Set([
        '/docs/swagger-ui.css 200 text/css; charset=utf-8',
        '/docs/swagger-ui-bundle.js 200 text/javascript; charset=utf-8',
        '/docs/page.js 200 text/javascript; charset=utf-8',
        '/openapi.json 200 application/json; charset=utf-8',
      ]),
    )
    assert.equal((await ask('/openapi.json')).text, JSON.stringify(smallContract))
  })

  it('may run nothing but its files, and send nothing anywhere else', async () => {
    const { ask } = await startGateway({ files })
    const { headers, text } = await ask('/docs')
    const policy = headers.get('content-security-policy') ?? ''
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /)
    assert.match(policy, /connect-src 'self';.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe|\*/)
    assert.doesNotMatch(text, /<script>|<style| style="| on\w+="/, 'what the policy would forbid')
    const script = await ask('/docs/page.js')
    assert.equal(script.headers.get('content-security-policy'), "default-src 'none'; frame-ancestors 'none'")
    assert.match(script.text, /persistAuthorization: false/)
  })
})

describe('what everybody may read', () => {
  const content = 'x'.repeat(10_000)
  const large = { path: '/large', type: 'text/plain', content }

  it('is not sent again to who has it', async () => {
    const { ask } = await startGateway({ files: [large] })
    for (const path of ['/large', '/openapi.json', '/problems/Stale']) {
      const { headers } = await ask(path)
      const etag = headers.get('etag') ?? ''
      assert.match(etag, /^"[\w-]{22}(-gzip)?"$/)
      assert.equal(headers.get('cache-control'), 'no-cache', 'asked for again each time')
      for (const known of [etag, `"other", ${etag}`, `W/${etag}`, '*']) {
        const again = await ask(path, { headers: { 'if-none-match': known } })
        assert.deepEqual([again.status, again.text, again.headers.get('etag')], [304, '', etag], known)
      }
      assert.equal((await ask(path, { headers: { 'if-none-match': '"other"' } })).status, 200)
    }
  })

  it('is sent packed to who takes that, if it is large', async () => {
    const { ask } = await startGateway({ files: [large, { ...large, path: '/small', content: 'x' }] })
    const asked = async (path: string, accepted: string) => {
      const { headers, text } = await ask(path, { headers: { 'accept-encoding': accepted } })
      return [headers.get('content-encoding'), headers.get('vary'), text === content]
    }
    for (const takes of ['gzip', 'br, GZIP;q=0.5', 'gzip;q=1.0, *;q=0'])
      assert.deepEqual(await asked('/large', takes), ['gzip', 'accept-encoding', true], takes)
    for (const refuses of ['identity', 'gzip;q=0', 'gzip;q=0.000', 'xgzip'])
      assert.deepEqual(await asked('/large', refuses), [null, 'accept-encoding', true], refuses)
    assert.deepEqual(await asked('/small', 'gzip'), [null, null, false])
  })

  it('is sent one way at a time under one tag', async () => {
    const { ask } = await startGateway({ files: [large] })
    const tagOf = async (accepted: string) =>
      (await ask('/large', { headers: { 'accept-encoding': accepted } })).headers.get('etag')
    assert.notEqual(await tagOf('gzip'), await tagOf('identity'))
  })
})
