import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'

/** Where a client gets tokens by its own credentials (RFC 6749, 4.4). Files are read again for each token. */
export interface TokenSource {
  readonly tokenEndpointUri: string
  readonly clientId: string
  readonly clientSecretFile: string
  /** Absent: whatever the endpoint gives. */
  readonly scope?: string
  /** Absent: public ones, as Node has them. */
  readonly caFile?: string
}

interface AccessToken {
  readonly value: string
  /** By the steady clock. */
  readonly usableUntilMs: number
}

interface Answer {
  readonly status: number
  readonly fields: Readonly<Record<string, unknown>>
}

const ANSWER_TIMEOUT_MS = 5_000
/** The rest of a token's life is left to the brokers' clocks. */
const USED_PART_OF_LIFE = 0.8
/**
 * The library logs in anew with each request from 10 s before the end of a token on, and brokers refuse a second time
 * within a second: the first must bring a new token.
 */
const SPARE_MS = 15_000
const LONGEST_EXPLANATION = 200

/**
 * A function that answers a token for a login: the last one for four fifths of its life, though not in its last 15 s,
 * then a new one. It throws what the endpoint says where that gives none; the client's secret is never part of it.
 */
export function accessTokens(source: TokenSource): () => Promise<string> {
  let last: AccessToken | undefined
  return async () => {
    if (last === undefined || performance.now() >= last.usableUntilMs) last = await newToken(source)
    return last.value
  }
}

async function newToken(source: TokenSource): Promise<AccessToken> {
  const askedAtMs = performance.now()
  const { status, fields } = await ask(source)
  const { access_token: value, expires_in: lifeSeconds } = fields
  if (status !== 200 || typeof value !== 'string')
    throw new Error(`the token endpoint ${source.tokenEndpointUri} answers ${status}${explanation(fields)}`)
  // One that does not say how long it lives is used once.
  const lifeMs = Number(lifeSeconds ?? 0) * 1_000 || 0
  return { value, usableUntilMs: askedAtMs + Math.min(lifeMs * USED_PART_OF_LIFE, lifeMs - SPARE_MS) }
}

/** In the endpoint's own words, as far as it has any. */
function explanation({ error, error_description: description }: Answer['fields']): string {
  const words = [error, description].filter((word) => typeof word === 'string').join(', ')
  return words === '' ? ' and gives no access_token' : `: ${words.slice(0, LONGEST_EXPLANATION)}`
}

async function ask({ tokenEndpointUri, clientId, clientSecretFile, scope, caFile }: TokenSource): Promise<Answer> {
  const secret = readFileSync(clientSecretFile, 'utf8').trimEnd()
  const credentials = [clientId, secret].map(encodeURIComponent).join(':')
  const agent = new Agent({ connect: caFile === undefined ? {} : { ca: readFileSync(caFile) } })
  try {
    const { statusCode, body } = await request(tokenEndpointUri, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...(scope && { scope }) }).toString(),
      dispatcher: agent,
      signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
    })
    return { status: statusCode, fields: fieldsOf(await body.text()) }
  } catch (error) {
    throw new Error(`the token endpoint ${tokenEndpointUri} can't be asked: ${(error as Error).message}`)
  } finally {
    await agent.destroy()
  }
}

/** Of a JSON object; none where a proxy or a wrong address answers something else. */
function fieldsOf(text: string): Answer['fields'] {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? (parsed as Answer['fields']) : {}
  } catch {
    return {}
  }
}
