import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import {
  type AlertReceiver,
  LONGEST_POST_MS,
  type Posted,
  type PostedAlert,
} from '../../application/alerts/alert-receiver.ts'
import type { Clock } from '../../application/clock.ts'
import { clockSkew } from '../../application/clock-skew.ts'
import { renewedTrust } from '../remote-api/renewed-trust.ts'

export interface AlertmanagerOptions {
  /** Without /api/v2; a prefix of a proxy stays. */
  readonly url: string
  /** Read again for each post. */
  readonly tokenFile?: string
  /** Read again for each connection. Absent: public authorities. */
  readonly caFile?: string
}

const LONGEST_EXPLANATION = 300

/** An Alertmanager by its API v2. */
export function alertmanager(
  options: AlertmanagerOptions,
  clock: Pick<Clock, 'now' | 'tick'>,
): AlertReceiver & { close(): Promise<void> } {
  const { url, caFile } = options
  const agent = new Agent({ connections: 4, connect: renewedTrust({ caFile }, LONGEST_POST_MS) })
  const skew = clockSkew(clock)
  return {
    name: new URL(url).host,
    async post(alerts) {
      try {
        const answer = await answerTo(options, agent, alerts)
        skew.observe(answer.atMs)
        return postedBy(url, answer, skew.excessMs())
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        const late = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_ABORTED' || message.includes('timeout')
        return { kind: 'away', cause: late ? 'Timeout' : 'NoAnswer', reason: `${url}: ${message}` }
      }
    },
    close: () => agent.destroy(),
  }
}

interface HttpAnswer {
  readonly status: number
  /** The beginning of what it says. */
  readonly text: string
  readonly retryAfterMs: number | undefined
  /** What its clock says; undefined = it doesn't tell. */
  readonly atMs: number | undefined
}

async function answerTo(
  { url, tokenFile }: AlertmanagerOptions,
  agent: Agent,
  alerts: readonly PostedAlert[],
): Promise<HttpAnswer> {
  const { statusCode, headers, body } = await request(`${url.replace(/\/$/, '')}/api/v2/alerts`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(tokenFile !== undefined && { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }),
    },
    body: JSON.stringify(alerts),
    dispatcher: agent,
    signal: AbortSignal.timeout(LONGEST_POST_MS),
  })
  const [askedMs, atMs] = [Number(headers['retry-after']) * 1_000, Date.parse(String(headers['date']))]
  return {
    ...{ status: statusCode, text: await beginningOf(body) },
    retryAfterMs: askedMs > 0 ? askedMs : undefined,
    atMs: Number.isNaN(atMs) ? undefined : atMs,
  }
}

/** Whatever is longer is not waited for, and its connection closed. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of body) {
    parts.push(part)
    length += part.length
    if (length > LONGEST_EXPLANATION) break
  }
  return Buffer.concat(parts).toString('utf8', 0, LONGEST_EXPLANATION).trim()
}

function postedBy(url: string, { status, text, retryAfterMs }: HttpAnswer, skewMs: number): Posted {
  const reason = `${url} answers ${status}: ${text}`
  if (status >= 200 && status < 300) return skewMs === 0 ? { kind: 'taken' } : skewed(url, skewMs)
  if ((status === 400 || status === 422) && isOwn(text)) return { kind: 'refused', reason }
  const cause = status === 413 ? 'TooLarge' : `Http${status}`
  return { kind: 'away', cause, reason, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

/** What Alertmanager itself says against alerts: JSON, a sentence or an object with a code. Others, such as a proxy or a port with TLS, know nothing of alerts. */
const isOwn = (text: string): boolean => /^("|\{"code":\d+,)/.test(text)

function skewed(url: string, skewMs: number): Posted {
  const seconds = `${Math.abs(Math.round(skewMs / 1_000))} s ${skewMs > 0 ? 'ahead of' : 'behind'}`
  const reason = `the clock here is ${seconds} that of ${url}: alerts would end too ${skewMs > 0 ? 'late' : 'early'}; set it`
  return { kind: 'away', cause: 'ClockSkew', reason }
}
