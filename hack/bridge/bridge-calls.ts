import { BridgeError } from './bridge-error.ts'
import { consumerCalls } from './consumer-calls.ts'
import type { ConsumerDesk } from './consumer-desk.ts'
import { BRIDGE_TYPE, formatOf, type GivenRecord, recordToSend } from './formats.ts'
import { queryBoolean } from './query.ts'
import type { Sender } from './sender.ts'
import { asJson, type BridgeCall, noContent, type ServedCall } from './served-call.ts'
import type { TopicCatalogue } from './topic-catalogue.ts'

export interface BridgeCallParts {
  readonly catalogue: TopicCatalogue
  readonly send: Sender
  readonly consumers: ConsumerDesk
}

/** What is served. */
export function bridgeCalls({ catalogue, send, consumers }: BridgeCallParts): readonly ServedCall[] {
  return [
    { operation: { method: 'get', path: '/healthy' }, answer: () => ({ status: 200 }) },
    { operation: { method: 'get', path: '/ready' }, answer: () => ({ status: 200 }) },
    { operation: { method: 'get', path: '/topics' }, answer: async () => asJson(await catalogue.names()) },
    {
      operation: { method: 'get', path: '/topics/{topicname}' },
      answer: async ({ path }) => asJson(await catalogue.describe(path['topicname'] ?? '')),
    },
    {
      operation: { method: 'post', path: '/topics/{topicname}' },
      async answer(call) {
        const isAsync = queryBoolean(call.query, 'async')
        const offsets = await send(call.path['topicname'] ?? '', recordsOf(call))
        return isAsync ? noContent : asJson({ offsets })
      },
    },
    ...consumerCalls(consumers),
  ]
}

function recordsOf({ body, headers }: BridgeCall) {
  const [type = BRIDGE_TYPE] = String(headers['content-type']).split(';', 1)
  const format = formatOf(type.trim()) ?? 'binary'
  const { records } = body as { readonly records?: readonly GivenRecord[] }
  if (!records) throw new BridgeError(422, 'The record list is not valid: there are no records')
  return records.map((record) => recordToSend(format, record))
}
