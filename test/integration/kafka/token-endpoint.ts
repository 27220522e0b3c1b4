import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type Certificates, makeCertificates } from '../../../hack/testbed/certificates.ts'

/** What one request for a token had. */
export interface Asked {
  readonly authorization: string | undefined
  readonly form: Readonly<Record<string, string>>
}

/** Gives a token to whoever asks with client kbnt and secret `hush&hush`; as an OAuth 2.0 server does it, over https. */
export interface TokenEndpoint {
  readonly uri: string
  readonly caFile: string
  readonly asked: readonly Asked[]
  /** How long the next tokens live. */
  lifeSeconds: number
  /** What to answer instead of a token, until it is taken away. */
  instead: { status: number; text: string } | undefined
  close(): Promise<void>
}

const credentials = `Basic ${Buffer.from('kbnt:hush%26hush').toString('base64')}`

/** A token as Kafka's validator for development takes it: a JWT with no signature. */
function unsignedToken(lifeSeconds: number): string {
  const now = Math.floor(Date.now() / 1_000)
  const parts = [{ alg: 'none' }, { sub: 'kbnt', iat: now, exp: now + lifeSeconds }]
  return `${parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.`
}

/** Starts it, with an authority of its own in `directory`. */
export async function tokenEndpoint(directory: string): Promise<TokenEndpoint> {
  const certificates: Certificates = await makeCertificates(directory)
  const [key, cert] = await Promise.all([
    readFile(certificates.servingKeyPath),
    readFile(certificates.servingCertificatePath),
  ])
  const asked: Asked[] = []
  const server = createServer({ key, cert }, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { authorization } = request.headers
    asked.push({ authorization, form: Object.fromEntries(new URLSearchParams(body)) })
    const { status, text } = endpoint.instead ?? answerTo(authorization, endpoint.lifeSeconds)
    response.writeHead(status, { 'content-type': 'application/json' }).end(text)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint: TokenEndpoint = {
    uri: `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    caFile: certificates.authorityPath,
    asked,
    lifeSeconds: 3_600,
    instead: undefined,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return endpoint
}

function answerTo(authorization: string | undefined, lifeSeconds: number): { status: number; text: string } {
  if (authorization !== credentials)
    return {
      status: 401,
      text: JSON.stringify({ error: 'invalid_client', error_description: 'Invalid client credentials' }),
    }
  const answer = { access_token: unsignedToken(lifeSeconds), token_type: 'Bearer', expires_in: lifeSeconds }
  return { status: 200, text: JSON.stringify(answer) }
}
