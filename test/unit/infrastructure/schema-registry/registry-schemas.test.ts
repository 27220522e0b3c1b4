import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { registrySchemas } from '../../../../operator/infrastructure/schema-registry/registry-schemas.ts'
import { creationRecord, messageSchema, written } from '../../../fixtures/avro-messages.ts'

describe('schemas of a registry', () => {
  let server: Server
  let asked: string[]
  let answer: RequestListener
  beforeEach(async () => {
    asked = []
    server = createServer((request, response) => {
      asked.push(`${request.url} ${request.headers.authorization ?? ''}`.trim())
      answer(request, response)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const schemas = () => registrySchemas({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/` })
  const value = (id = 7) => written(messageSchema, id, creationRecord('m-1'))
  const gives =
    (status: number, body: string, headers: Record<string, string> = {}): RequestListener =>
    (_, response) =>
      void response.writeHead(status, headers).end(body)
  const schema = gives(200, JSON.stringify({ schema: JSON.stringify(messageSchema) }))

  it('are asked for once, however many values there are', async () => {
    answer = schema
    const registry = schemas()
    const kinds = await Promise.all([value(), value(), value()].map((each) => registry.read(each)))
    kinds.push(await registry.read(value()))
    assert.deepEqual(new Set(kinds.map(({ kind }) => kind)), new Set(['read']))
    assert.deepEqual(asked, ['/api/schemas/ids/7'])
  })

  it('are still known while the registry is away', async () => {
    answer = schema
    const registry = schemas()
    await registry.read(value())
    answer = gives(503, '')
    assert.equal((await registry.read(value(8))).kind, 'away')
    assert.equal((await registry.read(value())).kind, 'read')
    answer = schema
    assert.equal((await registry.read(value(8))).kind, 'read')
  })

  for (const [what, given] of [
    ['an error', gives(500, '{"message":"no"}')],
    ['an error without a word', gives(500, '')],
    ['an error of null', gives(500, 'null', { 'content-type': 'application/json' })],
    ['a login', gives(401, '{}')],
    ['a page', gives(200, '<html>')],
    ['null', gives(200, 'null', { 'content-type': 'application/json' })],
    ['a cut wire', (_, response) => void response.destroy()],
  ] as const satisfies readonly (readonly [string, RequestListener])[])
    it(`are waited for where the registry gives ${what}`, async () => {
      answer = given
      assert.equal((await schemas().read(value())).kind, 'away')
    })

  it('are fetched from nowhere else, whatever the registry says', async () => {
    answer = gives(302, '', { location: 'http://127.0.0.1:1/' })
    const read = await schemas().read(value())
    assert.ok(read.kind === 'away')
    assert.match(read.reason, /it answers 302/)
    assert.equal(asked.length, 1)
  })

  it('are of no use where they are none of Avro, and that never changes', async () => {
    for (const body of [{ schema: '{"type":"nonsense"}' }, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' }]) {
      answer = gives(200, JSON.stringify(body))
      assert.equal((await schemas().read(value())).kind, 'unreadable')
    }
  })

  it('are asked for with the login of the settings', async () => {
    answer = schema
    const directory = await mkdtemp(join(tmpdir(), 'kbnt-registry-'))
    await writeFile(join(directory, 'password'), 'secret\n')
    const { port } = server.address() as AddressInfo
    const login = { username: 'worker', passwordFile: join(directory, 'password') }
    await registrySchemas({ url: `http://127.0.0.1:${port}`, ...login }).read(value())
    assert.deepEqual(asked, [`/schemas/ids/7 Basic ${btoa('worker:secret')}`])
    await rm(directory, { recursive: true })
  })

  for (const [status, body] of [
    [404, '{"error_code":40403,"message":"Schema 7 not found"}'],
    [422, '{"message":"not this one"}'],
    [200, '{}'],
  ] as const)
    it(`are none where the registry answers ${status} ${body} for this id, which is in the way of no other one`, async () => {
      answer = gives(status, body)
      assert.equal((await schemas().read(value())).kind, 'unknown')
    })

  it('are none where they have no end, or an id that no registry gives', async () => {
    answer = gives(200, 'x'.repeat(1_100_000))
    assert.equal((await schemas().read(value())).kind, 'unreadable')
    assert.equal((await schemas().read(Buffer.from([0, 0x80, 0, 0, 0, 0]))).kind, 'unreadable')
    assert.equal(asked.length, 1)
  })

  const listOf = (items: unknown) =>
    JSON.stringify({ type: 'record', name: 'a', fields: [{ name: 'l', type: { type: 'array', items } }] })
  /** 30,000,000 as Avro has it, and nothing behind it. */
  const many = Buffer.from([0, 0, 0, 0, 7, 0x80, 0x8e, 0xce, 0x1c])
  for (const [what, items] of [
    ['records', { type: 'record', name: 'b', fields: [{ name: 'x', type: 'string' }] }],
    ['nothing', 'null'],
    ['maps', { type: 'map', values: 'null' }],
  ] as const)
    it(`read no list of more ${what} than there are, at once and in little memory`, async () => {
      answer = gives(200, JSON.stringify({ schema: listOf(items) }))
      const read = await schemas().read(many)
      assert.match(read.kind === 'unreadable' ? read.reason : read.kind, /ends in the middle|more than 10000 items/)
    })

  it('read lists and maps, in blocks of either kind', async () => {
    const fields = [
      { name: 'l', type: { type: 'array', items: 'int' } },
      { name: 'm', type: { type: 'map', values: { type: 'array', items: 'int' } } },
    ]
    answer = gives(200, JSON.stringify({ schema: JSON.stringify({ type: 'record', name: 'a', fields }) }))
    // a block of two, one of one with its length before it, the end; then a map of one list
    const lists = [4, 2, 4, 1, 2, 6, 0, 2, 2, 0x61, 2, 8, 0, 0]
    const read = await schemas().read(Buffer.from([0, 0, 0, 0, 7, ...lists]))
    assert.deepEqual(JSON.parse(JSON.stringify(read)), { kind: 'read', record: { l: [1, 2, 3], m: { a: [4] } } })
  })

  it('are away where the registry says nothing at all', async function () {
    this.timeout(20_000)
    answer = () => undefined
    const registry = schemas()
    assert.equal((await registry.read(value())).kind, 'away')
    answer = schema
    assert.equal((await registry.read(value())).kind, 'read')
  })
})
