import { readFileSync } from 'node:fs'
import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { Agent, type Dispatcher, ProxyAgent, request } from 'undici'
import { type Clock, msBetween, type Tick } from '../../application/clock.ts'
import { messageOf } from '../../application/message-of.ts'

/** Its keys are not to be had just now; the message says why, and may name addresses. */
class IssuerAway extends Error {}

export interface IssuerKeysParts {
  readonly jwksUri: string
  /** PEM of who vouches for its server, read anew at each fetch. Absent: public authorities. */
  readonly caFile?: string | undefined
  /** `http:` or `https:`. Absent: none. */
  readonly proxy?: string | undefined
  readonly clock: Pick<Clock, 'tick'>
  readonly times?: Partial<KeyTimes>
}

export interface KeyTimes {
  /** Of one fetch. */
  readonly timeoutMs: number
  /** Between two fetches that keys which nobody knows could bring about. */
  readonly cooldownMs: number
  /** How long keys are gone by without another look. */
  readonly freshMs: number
  /** After a fetch that failed. */
  readonly pauseMs: number
}

const keyTimes: KeyTimes = { timeoutMs: 3_000, cooldownMs: 10_000, freshMs: 600_000, pauseMs: 2_000 }
const MOST_BYTES = 262_144

interface Fetched {
  readonly find: JWTVerifyGetKey
  readonly at: Tick
}

/**
 * The public keys of an issuer, fetched when they are needed: one fetch at a time, and no storm of them while it is away.
 * By steady time: whoever sets the clock back keeps no key alive and no new one out.
 */
export function issuerKeys({ jwksUri, caFile, proxy, clock, times }: IssuerKeysParts): JWTVerifyGetKey {
  const { timeoutMs, cooldownMs, freshMs, pauseMs } = { ...keyTimes, ...times }
  let known: Fetched | undefined
  let fetching: Promise<Fetched> | undefined
  let failedAt: Tick | undefined

  const isYounger = (at: Tick | undefined, ms: number) => at !== undefined && msBetween(at, clock.tick()) < ms

  async function fetched(): Promise<Fetched> {
    if (isYounger(failedAt, pauseMs)) throw new IssuerAway('it did not answer a moment ago')
    try {
      const text = await textFrom(jwksUri, AbortSignal.timeout(timeoutMs), dispatcherOf(caFile, proxy))
      known = { find: createLocalJWKSet(JSON.parse(text)), at: clock.tick() }
      failedAt = undefined
      return known
    } catch (error) {
      failedAt = clock.tick()
      throw new IssuerAway(messageOf(error), { cause: error })
    }
  }

  function renewed(): Promise<Fetched> {
    fetching ??= fetched().finally(() => {
      fetching = undefined
    })
    return fetching
  }

  return async (header, token) => {
    const keys = known && isYounger(known.at, freshMs) ? known : await renewed()
    try {
      return await keys.find(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (known && known !== keys) return known.find(header, token) // fetched for another call meanwhile
      if (isYounger(keys.at, cooldownMs)) throw error
      return (await renewed()).find(header, token)
    }
  }
}

/** One for each fetch: there are few, and what is trusted may change from one to the next. */
function dispatcherOf(caFile: string | undefined, proxy: string | undefined): Dispatcher {
  const tls = caFile === undefined ? {} : { ca: readFileSync(caFile) }
  return proxy === undefined ? new Agent({ connect: tls }) : new ProxyAgent({ uri: proxy, requestTls: tls })
}

async function textFrom(url: string, signal: AbortSignal, dispatcher: Dispatcher): Promise<string> {
  try {
    const { statusCode, body } = await request(url, { dispatcher, signal, headers: { accept: 'application/json' } })
    body.on('error', () => undefined) // of what is not read any more
    if (statusCode !== 200) throw new Error(`it answers with HTTP ${statusCode}`)
    const chunks: Buffer[] = []
    let bytes = 0
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) throw new Error(`its keys have more than ${MOST_BYTES} bytes`)
      chunks.push(chunk)
    }
    return Buffer.concat(chunks).toString()
  } finally {
    await dispatcher.destroy()
  }
}
