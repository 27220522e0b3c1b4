import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { indexLogs } from '../../application/logs/index-logs.ts'
import { httpLogIndex } from '../../infrastructure/log-index/http-log-index.ts'
import { noCredentials, passwordInFile, tokenInFile } from '../../infrastructure/remote-api/credentials.ts'
import { remoteApi } from '../../infrastructure/remote-api/remote-api.ts'
import type { Credentials } from '../../infrastructure/remote-api/remote-api-options.ts'
import type { LogIndexSettings } from '../../infrastructure/settings/log-index-settings.ts'
import { memberOfGroup } from './member-of-group.ts'
import type { FlowParts, RunningFlow } from './running-flow.ts'

/** A node that has much to do takes long for some MiB. */
const LONGEST_CALL_MS = 30_000
/** Partitions are worked on four at a time. */
const CALLS_AT_ONCE = 4
/** Why each of 500 documents is refused, in full. */
const LONGEST_ANSWER = 4 * 1024 * 1024
const breaker = { failures: 5, openMs: 10_000 }
const TEMPLATE = 'kbnt-logs'

/** Lines of logs, to where they can be looked for. Throws where settings name no such place. */
export function logIndexFlow(parts: FlowParts): RunningFlow {
  const { settings, clock, logger, metrics, host } = parts
  const { group, deadLetterTopic, indices, url, tls, putTemplate, ...login } = settings.worker.logIndex
  if (url === undefined) throw new Error('worker.logIndex.url is missing: where does the flow log-index put lines?')
  const api = remoteApi(
    {
      ...{ name: new URL(url).host, url, ...(tls && { tls }), breaker },
      ...{ timeoutMs: LONGEST_CALL_MS, concurrency: CALLS_AT_ONCE, longestAnswer: LONGEST_ANSWER },
    },
    {
      ...{ clock, credentials: credentialsOf(login) },
      onState: (state) => logger.warn('the circuit breaker has changed', { target: url, state }),
      onCall: () => undefined,
    },
  )
  const template = { name: TEMPLATE, text: readFileSync(join(host.home, 'config/log-index/template.json'), 'utf8') }
  const flow = indexLogs({
    index: httpLogIndex(api, putTemplate ? template : undefined),
    prefixes: new Map(indices.flatMap(({ prefix, topics }) => topics.map((topic) => [topic, prefix]))),
    onPut: metrics.logsPut,
  })
  const topics = indices.flatMap((one) => one.topics)
  return memberOfGroup(parts, {
    ...{ name: 'log-index', flow, close: api.close },
    topics: { group, topics, deadLetterTopic, delaysMs: [] }, // what can't be put now waits where it is
  })
}

type Login = Pick<LogIndexSettings, 'tokenFile' | 'apiKeyFile' | 'user' | 'passwordFile'>

function credentialsOf({ tokenFile, apiKeyFile, user, passwordFile }: Login): Credentials {
  if (tokenFile !== undefined) return tokenInFile(tokenFile)
  if (apiKeyFile !== undefined) return tokenInFile(apiKeyFile, 'ApiKey')
  return user !== undefined && passwordFile !== undefined ? passwordInFile(user, passwordFile) : noCredentials
}
