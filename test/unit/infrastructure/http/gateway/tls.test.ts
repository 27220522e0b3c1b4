import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { makeCertificates } from '../../../../../hack/testbed/certificates.ts'
import type { TlsFiles } from '../../../../../operator/infrastructure/http/gateway/http-server.ts'
import { closeGateways, startGateway } from '../../../../fixtures/gateway.ts'
import { connection, hangUp } from '../../../../fixtures/gateway-connections.ts'

interface Files extends TlsFiles {
  readonly authority: Buffer
}

const directories: string[] = []
afterEach(async () => {
  hangUp()
  await closeGateways()
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })))
})

async function files(): Promise<Files> {
  const directory = await mkdtemp(join(tmpdir(), 'kbnt-tls-'))
  directories.push(directory)
  const { servingCertificatePath, servingKeyPath, authorityPath } = await makeCertificates(directory)
  const [cert, key, authority] = await Promise.all(
    [servingCertificatePath, servingKeyPath, authorityPath].map((path) => readFile(path)),
  )
  return { cert, key, authority } as Files
}

/** What is answered over TLS to one who trusts `ca` alone, or the code of the error. */
function asked(port: number, ca: Buffer): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', ca, servername: 'localhost' }, () =>
      socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n'),
    )
    socket.on('data', (chunk) => {
      text += chunk.toString()
    })
    socket.on('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message))
    socket.on('close', () => resolve(text))
  })
}

describe('the gateway over TLS', () => {
  it('serves with the certificate it has, and with a new one from when it gets that', async () => {
    const [old, young] = [await files(), await files()]
    const { port, server } = await startGateway({ tls: old })
    assert.match(await asked(port, old.authority), /^HTTP\/1.1 200 /)
    assert.doesNotMatch(await asked(port, young.authority), /^HTTP/)
    server.renew(young)
    assert.match(await asked(port, young.authority), /^HTTP\/1.1 200 /)
    assert.doesNotMatch(await asked(port, old.authority), /^HTTP/)
  })

  it('takes no more connections than it may, and the newest for the one that nobody uses', async () => {
    const own = await files()
    const { port } = await startGateway({ tls: own, limits: { maxConnections: 1 } })
    const idle = connect({ port, host: '127.0.0.1', ca: own.authority, servername: 'localhost' })
    idle.on('error', () => {})
    idle.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    await once(idle, 'data')
    assert.match(await asked(port, own.authority), /^HTTP\/1.1 200 /)
    if (!idle.closed) await once(idle, 'close')
  })

  it('goes on when somebody speaks no TLS, and closes with somebody who says nothing', async () => {
    const own = await files()
    const { port, server } = await startGateway({ tls: own, closeGraceMs: 200 })
    const plain = connection(port)
    plain.socket.write('GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n')
    await plain.closed
    assert.match(await asked(port, own.authority), /^HTTP\/1.1 200 /)
    const silent = connection(port)
    await new Promise<void>((resolve) => silent.socket.once('connect', () => resolve()))
    const since = performance.now()
    await server.close()
    await silent.closed
    assert.ok(performance.now() - since < 5_000)
  })
})
