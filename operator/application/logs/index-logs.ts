import type { Answer } from '../../domain/flow/next-stop.ts'
import { type LogDocument, logDocumentFrom } from '../../domain/logs/log-document.ts'
import type { Away } from '../flow/away.ts'
import type { Flow, FlowMessage } from '../flow/flow.ts'
import type { LogIndex, Put } from './log-index.ts'

export interface IndexLogsParts {
  readonly index: LogIndex
  /** What the names of indices begin with, by topic. */
  readonly prefixes: ReadonlyMap<string, string>
  readonly onPut: (result: Put['kind']) => void
}

/** Messages of one partition that are put together. */
const MOST_MESSAGES = 500

/**
 * Puts lines of logs where they can be looked for, each once: documents say who they are, so neither order nor repetitions
 * matter.
 *
 *   messages ─▶ documents ─▶ put ─ kept, now or before ─▶ done
 *      └ no JSON             ├─ the index is not there, or takes no more now ─▶ waits where it is
 *        ─▶ dead             └─ it refuses this one ─▶ dead
 */
export function indexLogs({ index, prefixes, onPut }: IndexLogsParts): Flow {
  const isThere: Answer = { kind: 'done', neighbour: index.name }
  let isPrepared = false

  async function handle(messages: readonly FlowMessage[], signal: AbortSignal): Promise<readonly Answer[]> {
    const lacks = isPrepared ? undefined : await index.prepare(signal)
    if (lacks) return messages.map(() => waiting(lacks))
    isPrepared = true
    const read = messages.map((message) => documentOf(message, prefixes))
    const documents = read.flatMap((one) => ('fault' in one ? [] : [one]))
    const put = await index.put(documents, signal)
    const results = new Map(documents.map((document, at) => [document, put[at]]))
    return read.map((one) => {
      if ('fault' in one) return { kind: 'dead', cause: 'Unreadable', reason: one.fault }
      const result = results.get(one) ?? unanswered
      onPut(result.kind)
      return answerTo(result)
    })
  }

  function answerTo(put: Put): Answer {
    switch (put.kind) {
      case 'kept':
        return isThere
      case 'refused':
        return { kind: 'dead', cause: 'Refused', reason: put.reason }
      case 'away':
        return waiting(put)
    }
  }

  function waiting({ certain, cause, reason, retryAfterMs }: Away): Answer {
    const asked = retryAfterMs === undefined ? {} : { retryAfterMs }
    return { ...{ kind: 'wait', certain, cause, reason, neighbour: index.name }, ...asked }
  }

  return {
    name: 'log-index',
    async handle(message, signal) {
      const [answer] = await handle([message], signal)
      return answer ?? waiting(unanswered)
    },
    together: { most: MOST_MESSAGES, handle },
  }
}

const unanswered: Away = { kind: 'away', certain: false, cause: 'NoAnswer', reason: 'nothing was said of it' }

function documentOf(
  message: FlowMessage,
  prefixes: ReadonlyMap<string, string>,
): LogDocument | { readonly fault: string } {
  const prefix = prefixes.get(message.topic)
  if (prefix === undefined) return { fault: `no index is for ${message.topic}` }
  return logDocumentFrom({ ...message, value: Buffer.from(message.value).toString() }, prefix)
}
