import { readFileSync } from 'node:fs'
import { Agent, request } from 'undici'
import type { AlertReceiver, Posted, PostedAlert } from '../../application/alerts/alert-receiver.ts'

export interface AlertmanagerOptions {
  /** Without /api/v2; a prefix of a proxy stays. */
  readonly url: string
  /** Read again for each post. */
  readonly tokenFile?: string
  /** Absent: public authorities. */
  readonly caFile?: string
}

const ANSWER_TIMEOUT_MS = 5_000
const LONGEST_EXPLANATION = 300

/** An Alertmanager by its API v2. Throws when the file of its authority can't be read. */
export function alertmanager(options: AlertmanagerOptions): AlertReceiver & { close(): Promise<void> } {
  const { url, caFile } = options
  const agent = new Agent({
    connections: 4,
    connect: { timeout: ANSWER_TIMEOUT_MS, ...(caFile !== undefined && { ca: readFileSync(caFile) }) },
  })
  return {
    name: new URL(url).host,
    async post(alerts) {
      try {
        return await postTo(options, agent, alerts)
      } catch (error) {
        const { code, message } = error as { code?: string; message: string }
        const late = code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_ABORTED' || message.includes('timeout')
        return { kind: 'away', cause: late ? 'Timeout' : 'NoAnswer', reason: `${url}: ${message}` }
      }
    },
    close: () => agent.destroy(),
  }
}

async function postTo(
  { url, tokenFile }: AlertmanagerOptions,
  agent: Agent,
  alerts: readonly PostedAlert[],
): Promise<Posted> {
  const { statusCode, headers, body } = await request(`${url.replace(/\/$/, '')}/api/v2/alerts`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(tokenFile !== undefined && { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}` }),
    },
    body: JSON.stringify(alerts),
    dispatcher: agent,
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  })
  const text = await body.text()
  if (statusCode >= 200 && statusCode < 300) return { kind: 'taken' }
  const reason = `${url} answers ${statusCode}: ${text.slice(0, LONGEST_EXPLANATION).trim()}`
  if (statusCode === 400 || statusCode === 413 || statusCode === 422) return { kind: 'refused', reason }
  const asked = Number(headers['retry-after'])
  return {
    kind: 'away',
    cause: `Http${statusCode}`,
    reason,
    ...(asked > 0 && { retryAfterMs: asked * 1_000 }),
  }
}
