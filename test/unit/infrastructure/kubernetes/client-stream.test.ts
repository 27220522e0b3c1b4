import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { SilentStreamError, UnknownOutcomeError } from '../../../../operator/infrastructure/kubernetes/api-error.ts'
import { answeringServer, json } from './answering-server.ts'

const isUnknown = (error: unknown) => error instanceof UnknownOutcomeError
const isSilent = (error: unknown) => error instanceof SilentStreamError

describe('kubernetes client, streams', () => {
  let server: Awaited<ReturnType<typeof answeringServer>>

  beforeEach(async () => {
    server = await answeringServer()
  })

  afterEach(() => server.close())

  it('hands over the lines of a stream as they come and resolves at its end', async () => {
    let response: ServerResponse | undefined
    server.answers((_request, opened) => {
      response = opened
      opened.writeHead(200).write('{"n":1}\n{"n"')
    })
    const seen: { n: number }[] = []
    const first = Promise.withResolvers<void>()
    const streaming = server.aClient().stream<{ n: number }>({ method: 'GET', path: '/x' }, (document) => {
      seen.push(document)
      first.resolve()
    })
    await first.promise
    assert.deepEqual(seen, [{ n: 1 }])
    response?.end(':2}\n')
    await streaming
    assert.deepEqual(seen, [{ n: 1 }, { n: 2 }])
  })

  it('throws for a stream that is refused, cut or silent', async () => {
    const stream = (timeoutMs?: number) =>
      server.aClient().stream({ method: 'GET', path: '/x', timeoutMs }, () => undefined)
    server.answers(json(410, { kind: 'Status', reason: 'Expired' }))
    await assert.rejects(stream(), { name: 'ApiError', status: 410 })
    server.answers((_request, response) => {
      response.writeHead(200).write('{"n":1}\n')
      setImmediate(() => response.destroy())
    })
    await assert.rejects(stream(), (error) => isUnknown(error) && !isSilent(error))
    server.answers((_request, response) => response.writeHead(200).write('{"n":1}\n'))
    await assert.rejects(stream(200), isSilent)
    server.answers(() => undefined)
    await assert.rejects(stream(200), (error) => isUnknown(error) && !isSilent(error)) // it has not begun
  })

  it('ends a stream whose consumer throws, with that error', async () => {
    const closed = Promise.withResolvers<void>()
    server.answers((_request, response) => {
      response.on('close', closed.resolve)
      response.writeHead(200).write('{"n":1}\n')
    })
    const fault = new Error('the consumer’s')
    const streaming = server.aClient().stream({ method: 'GET', path: '/x' }, () => {
      throw fault
    })
    await assert.rejects(streaming, fault)
    await closed.promise
  })
})
