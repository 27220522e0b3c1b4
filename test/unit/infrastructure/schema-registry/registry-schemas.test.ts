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
    ['no schema', gives(200, '{}')],
    ['no end', gives(200, 'x'.repeat(1_100_000))],
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

  it('are none where the registry knows no such id', async () => {
    answer = gives(404, '{"error_code":40403,"message":"Schema 7 not found"}')
    assert.equal((await schemas().read(value())).kind, 'unknown')
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
