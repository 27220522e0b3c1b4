import assert from 'node:assert/strict'
import { closeGateways, smallContract, startGateway } from '../../../../fixtures/gateway.ts'

afterEach(closeGateways)

describe('the routes of the gateway', () => {
  it('tells what is not there from what is there for other methods', async () => {
    const { ask } = await startGateway()
    const seen = async (path: string, method: string) => {
      const { status, headers, json } = await ask(path, { method })
      return [status, headers.get('allow'), json?.reason]
    }
    assert.deepEqual(await seen('/api/v1/things/a', 'DELETE'), [405, 'GET, HEAD, POST', 'MethodNotAllowed'])
    assert.deepEqual(await seen('/api/v1/things/a', 'OPTIONS'), [405, 'GET, HEAD, POST', 'MethodNotAllowed'])
    assert.deepEqual(await seen('/api/v1/things/a/pause', 'GET'), [405, 'POST', 'MethodNotAllowed'])
    assert.deepEqual(await seen('/openapi.json', 'PUT'), [405, 'GET, HEAD', 'MethodNotAllowed'])
    for (const path of ['/', '/api/v1', '/api/v1/things', '/api/v1/things/a/', '/api/v1/Things/a']) {
      assert.deepEqual(await seen(path, 'GET'), [404, null, 'NotFound'], path)
    }
    assert.equal((await ask('/nowhere', { method: 'POST', body: 'x', headers: { 'content-type': ',' } })).status, 404)
  })

  it('answers HEAD as GET, without the body', async () => {
    const { ask } = await startGateway()
    const { status, headers, text } = await ask('/api/v1/things/a', { method: 'HEAD' })
    assert.deepEqual([status, text], [200, ''])
    assert.equal(headers.get('content-type'), 'application/json; charset=utf-8')
    assert.equal((await ask('/api/v1/things/a?limit=x', { method: 'HEAD' })).status, 400)
  })

  it('answers the document to everybody', async () => {
    const { ask } = await startGateway()
    for (const path of ['/openapi.json', '/api/v1/openapi.json']) {
      const { status, json } = await ask(path, { headers: { authorization: '' } })
      assert.deepEqual([status, json], [200, JSON.parse(JSON.stringify(smallContract))])
    }
  })

  it('decodes names in paths, and lets the contract judge them', async () => {
    const { ask } = await startGateway()
    assert.equal((await ask('/api/v1/things/a%2Fpause')).status, 400)
    assert.equal((await ask('/api/v1/things/')).status, 400)
    assert.equal((await ask(`/api/v1/things/${'a'.repeat(253)}`)).status, 200)
    assert.equal((await ask(`/api/v1/things/${'a'.repeat(254)}`)).status, 400)
    const broken = await ask('/api/v1/things/%ff')
    assert.deepEqual([broken.status, broken.json.reason], [400, 'Invalid'])
    assert.equal(broken.headers.get('x-content-type-options'), 'nosniff')
  })

  it('takes paths as they are written: no letter that could stand for itself is decoded', async () => {
    const { ask } = await startGateway()
    for (const [path, encoded] of [
      ['/api/v1/things/%61', '%61'],
      ['/%6fpenapi.json', '%6f'],
      ['/api/v1%2Fthings/%7E?x=%61', '%7E'],
      ['/nowhere/a%2eb', '%2e'],
      ['/%5f', '%5f'],
    ] as const) {
      const { status, json } = await ask(path)
      const detail = `${encoded} stands for ${decodeURIComponent(encoded)}, which is to be written as it is`
      assert.deepEqual([status, json.errors], [400, [{ pointer: 'path', detail }]], path)
    }
    for (const path of ['%25', '%40', '%5b', '%60', '%7b', '%2c'])
      assert.deepEqual((await ask(`/api/v1/things/${path}`)).json.errors?.[0].pointer, 'thing', path)
    assert.equal((await ask('/api/v1/things/a?label=%61')).json.parameters.label, 'a')
  })

  it('starts with neither too few operations nor too many', async () => {
    const operation = async () => ({ status: 200, body: {} }) as const
    await assert.rejects(
      startGateway({ operations: { getThing: operation, changeThing: operation } }),
      /nothing does pauseThing/,
    )
    await assert.rejects(
      startGateway({
        operations: { getThing: operation, changeThing: operation, pauseThing: operation, other: operation },
      }),
      /the contract has no other/,
    )
  })
})
