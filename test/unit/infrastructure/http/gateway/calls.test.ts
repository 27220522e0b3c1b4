import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import { closeGateways, goodToken, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

const good = { items: [{ quantity: 1 }] }

describe('what a call of the gateway may carry', () => {
  it('gives an operation its parameters typed, with defaults', async () => {
    const { ask } = await startGateway()
    const given = async (path: string) => (await ask(path)).json.parameters
    assert.deepEqual(await given('/api/v1/things/a'), { thing: 'a', limit: 100, consistent: false })
    assert.deepEqual(await given('/api/v1/things/a?limit=7&consistent=true&label=a+%C3%A4'), {
      thing: 'a',
      limit: 7,
      consistent: true,
      label: 'a ä',
    })
  })

  it('takes no number or boolean that is spelled in another way', async () => {
    const { ask } = await startGateway()
    for (const limit of ['1e3', '%201', '', '01', '+1', '1.0', '0x1', '1001', '9007199254740993', '٣']) {
      const { status, json } = await ask(`/api/v1/things/a?limit=${limit}`)
      assert.equal(status, 400, limit)
      assert.deepEqual(json.errors, [{ pointer: 'limit', detail: json.errors[0].detail }])
      assert.match(json.errors[0].detail, /is not a whole number from 1 to 1000$/)
    }
    for (const value of ['TRUE', '1', '', 'yes']) {
      const { json } = await ask(`/api/v1/things/a?consistent=${value}`)
      assert.deepEqual(json.errors, [{ pointer: 'consistent', detail: `"${value}" is not true or false` }])
    }
  })

  it('names what was probably meant by an unknown parameter, and what is given twice', async () => {
    const { ask } = await startGateway()
    const errors = async (query: string) => (await ask(`/api/v1/things/a?${query}`)).json.errors
    assert.deepEqual(await errors('limits=3'), [
      { pointer: 'limits', detail: '"limits" is not a parameter of this call; did you mean limit?' },
    ])
    assert.deepEqual(await errors('limit=3&limit=3'), [{ pointer: 'limit', detail: '"limit" is given twice' }])
    assert.deepEqual(await errors('label=%ff'), [
      { pointer: 'query', detail: '"label=%ff" is not percent-encoded UTF-8' },
    ])
    assert.deepEqual(await errors('label=a%0ab'), [{ pointer: 'label', detail: '"a\\nb" is not a line of text' }])
    assert.equal((await errors(`${'x=1&'.repeat(60)}`)).length, 1)
  })

  it('sends no more than 80 characters of anything back', async () => {
    const { ask, post } = await startGateway()
    const long = 'y'.repeat(5_000)
    for (const { status, text } of [
      await ask(`/api/v1/things/a?label=${long}%0a`),
      await ask(`/api/v1/things/a?${long}=1`),
      await ask(`/api/v1/${long}`),
      await post('/api/v1/things/a', { ...good, [long]: 1 }),
      await post('/api/v1/things/a', { ...good, kind: long }),
      await post('/api/v1/things/a', good, { 'content-type': long }),
    ]) {
      assert.ok(status >= 400 && status < 500)
      const { instance: _, ...rest } = JSON.parse(text)
      assert.doesNotMatch(JSON.stringify(rest), /y{81}/)
      assert.ok(text.length < 1_500, text)
    }
  })

  it('says of each thing that is wrong in a body where it is, and converts nothing', async () => {
    const { post } = await startGateway()
    const { status, json } = await post('/api/v1/things/a', {
      items: [{ quantity: '1' }, { quantity: 1.5 }, {}, { quantity: 1, qantity: 2, note: 'longer than that' }],
      kind: 'Given',
      itmes: [],
    })
    assert.equal(status, 400)
    const errors = new Map(
      json.errors.map(({ pointer, detail }: { pointer: string; detail: string }) => [pointer, detail]),
    )
    const units = 'is not a whole number from 1 to 9007199254740991'
    assert.equal(errors.get('/items/0/quantity'), `"1" ${units}`)
    assert.equal(errors.get('/items/1/quantity'), `1.5 ${units}`)
    assert.equal(errors.get('/items/2/quantity'), 'quantity is missing')
    assert.equal(errors.get('/items/3/qantity'), '"qantity" is not known here; did you mean quantity?')
    assert.equal(errors.get('/items/3/note'), '"longer than that" is not a text of at most 9 characters')
    assert.equal(errors.get('/kind'), '"Given" is not one of Sold, Lent')
    assert.equal(errors.get('/itmes'), '"itmes" is not known here; did you mean items?')
    assert.equal(errors.size, 7)
    assert.match(json.detail, /; \/items\/0\/quantity: .* \(and 2 more\)$/)
    assert.equal(json.detail.split('; /').length, 5)
    const misspelt = await post('/api/v1/things/a', { itmes: [{ quantity: 1 }] })
    assert.equal(
      misspelt.json.detail,
      '/items: items is missing; /itmes: "itmes" is not known here; did you mean items?',
    )
  })

  it('takes no number that JSON.parse has rounded into another', async () => {
    const { post } = await startGateway()
    const quantity = (text: string) => post('/api/v1/things/a', `{"items":[{"quantity":${text}}]}`)
    assert.equal((await quantity('9007199254740991')).status, 200)
    for (const text of ['9007199254740992', '9007199254740993', '1e400', '-1', '0', 'null']) {
      const { status, json } = await quantity(text)
      assert.deepEqual([status, json.errors[0].pointer], [400, '/items/0/quantity'], text)
    }
  })

  it('tells the first mistake of very many, soon', async () => {
    const { post } = await startGateway()
    const started = performance.now()
    const mistakes = async (body: string) => (await post('/api/v1/things/a', body)).json.errors
    assert.deepEqual(await mistakes(`{"items":[${Array(20_000).fill('{}')}]}`), [
      { pointer: '/items', detail: `[${'{},'.repeat(25)}{... is not a list of up to 16 lines` },
    ])
    const unknown = Array.from({ length: 5_000 }, (_, index) => `"k${index}":0`)
    assert.equal((await mistakes(`{${unknown}}`)).length, 1)
    assert.equal((await mistakes(`{"x":1,"items":[${Array(20_000).fill('{}')}]}`)).length, 1)
    assert.equal((await mistakes(`{${unknown.slice(0, 30)}}`)).length, 20)
    assert.ok(performance.now() - started < 2_000)
  })

  it('takes JSON in UTF-8 alone', async () => {
    const { post, ask } = await startGateway()
    for (const type of ['application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"']) {
      assert.equal((await post('/api/v1/things/a', good, { 'content-type': type })).status, 200, type)
    }
    for (const type of [
      'text/plain',
      'application/json; charset=latin1',
      'application/jsonx',
      'x',
      'application/json;a=b',
      ',',
    ]) {
      const { status, json } = await post('/api/v1/things/a', good, { 'content-type': type })
      assert.deepEqual([status, json.reason], [415, 'UnsupportedMediaType'], type)
    }
    const untyped = await ask('/api/v1/things/a', { method: 'POST', body: Buffer.from('{}') })
    assert.equal(untyped.status, 415)
    const packed = await ask('/api/v1/things/a', {
      method: 'POST',
      body: gzipSync(JSON.stringify(good)),
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
    })
    assert.equal(packed.status, 415)
    const broken = await ask('/api/v1/things/a', {
      method: 'POST',
      body: Buffer.from([0x22, 0xff, 0x22]),
      headers: { 'content-type': 'application/json' },
    })
    assert.deepEqual([broken.status, broken.json.errors], [400, [{ pointer: '', detail: 'it is not UTF-8' }]])
  })

  it('refuses what is no JSON, or JSON to hurt somebody with', async () => {
    const { post } = await startGateway()
    const deep = (levels: number) => `{"items":[],"anything":${'['.repeat(levels)}${']'.repeat(levels)}}`
    for (const [body, detail] of [
      ['{"items":[', /not JSON/],
      ['{"items": [] x}', /not JSON; it goes wrong at character 14/],
      ['', /missing/],
      [deep(60), /nested more than 32/],
      [deep(20_000), /nested more than 32/],
      ['{"items":[],"anything":{"__proto__":{"a":1}}}', /key that is never allowed: "__proto__"/],
      ['{"items":[],"anything":{"constructor":{"prototype":{}}}}', /never allowed: "constructor"/],
      ['{"items":[],"anything":"\\ud800"}', /surrogate/],
      ['[]', /is not an object/],
      ['null', /is not an object/],
    ] as const) {
      const { status, json } = await post('/api/v1/things/a', body)
      assert.equal(status, 400, body.slice(0, 60))
      assert.match(json.detail, detail)
    }
    assert.equal((await post('/api/v1/things/a', deep(20))).status, 200)
  })

  it('lets the last of two equal keys count', async () => {
    const { post } = await startGateway()
    const { json } = await post('/api/v1/things/a', '{"items":[{"quantity":1,"quantity":5}]}')
    assert.deepEqual(json.body, { items: [{ quantity: 5 }] })
  })

  it('takes no body where the contract has none, but an empty object', async () => {
    const { post, ask, raw } = await startGateway()
    const pause = (body: unknown, headers = {}) => post('/api/v1/things/a/pause', body, headers)
    assert.equal((await pause('')).status, 200)
    assert.equal((await pause({})).status, 200)
    assert.equal((await ask('/api/v1/things/a/pause', { method: 'POST' })).status, 200)
    assert.match((await pause({ a: 1 })).json.detail, /takes none/)
    assert.equal((await pause([])).status, 400)
    assert.equal((await pause('x', { 'content-type': 'text/plain' })).status, 415)
    const read = await raw(
      `GET /api/v1/things/a HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${goodToken}\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}`,
    )
    assert.match(read, /^HTTP\/1.1 400 /)
  })

  it('reads how long to wait, and says for how long it did', async () => {
    const { post } = await startGateway()
    const waits = async (prefer: string) => {
      const { status, headers, json } = await post('/api/v1/things/a', good, { prefer })
      return [status, json.waitMs, headers.get('preference-applied')]
    }
    assert.deepEqual(await waits('wait=3'), [200, 3_000, 'wait=3'])
    assert.deepEqual(await waits('wait=0'), [200, 0, 'wait=0'])
    assert.deepEqual(await waits('wait=600'), [200, 60_000, 'wait=60'])
    assert.deepEqual(await waits('respond-async, x="a,wait=1"; wait=2, Wait = "5", wait=7'), [200, 5_000, 'wait=5'])
    assert.deepEqual(await waits('respond-async'), [200, 10_000, null])
    for (const wrong of ['wait=abc', 'wait', 'wait=-1', 'wait=1.5']) {
      const { status, json } = await post('/api/v1/things/a', good, { prefer: wrong })
      assert.deepEqual([status, json.errors[0].pointer], [400, 'Prefer'], wrong)
    }
    assert.equal((await post('/api/v1/things/a', good)).json.waitMs, 10_000)
  })

  it('keeps the request id it is given, and makes one where there is none or a bad one', async () => {
    const { post } = await startGateway()
    const id = async (given: Record<string, string>) => {
      const { status, headers } = await post('/api/v1/things/a', good, given)
      return [status, headers.get('x-request-id')]
    }
    assert.deepEqual(await id({ 'x-request-id': 'mine/1' }), [200, 'mine/1'])
    assert.deepEqual(await id({}), [200, 'made-id'])
    assert.deepEqual(await id({ 'x-request-id': 'a b' }), [400, 'made-id'])
    assert.deepEqual(await id({ 'x-request-id': 'x'.repeat(129) }), [400, 'made-id'])
  })
})
