import type { Requests, RequestWrite } from '../../operator/application/virtualization/requests.ts'
import { keyOf } from '../../operator/domain/reservation/reservation.ts'
import { requestTypeOf } from '../../operator/domain/virtualization/request-types.ts'
import type { ResourceRequest } from '../../operator/domain/virtualization/resource-request.ts'

/** Requests in memory, each write with a version of its own; the watch shows them at once. */
export interface InMemoryRequests extends Requests {
  stored(key: string): ResourceRequest | undefined
  /** What a person or a worker applies. */
  put(request: ResourceRequest): ResourceRequest
  /** The next report is answered with this and not applied. */
  answerNext(write: RequestWrite): void
  /** How many reports were applied. */
  readonly reports: number
}

export function inMemoryRequests(): InMemoryRequests {
  const stored = new Map<string, ResourceRequest>()
  const answers: RequestWrite[] = []
  let version = 0
  let reports = 0
  const keep = (request: ResourceRequest): ResourceRequest => {
    version += 1
    const kept = structuredClone({ ...request, resourceVersion: String(version) })
    stored.set(keyOf(kept.namespace, kept.name), kept)
    return kept
  }
  return {
    get reports() {
      return reports
    },
    find: (key) => stored.get(key),
    all: () => stored.values(),
    ofMessage: (namespace, messageId) =>
      [...stored.values()].filter((one) => one.namespace === namespace && one.spec.messageId === messageId),
    endingMessage: (namespace, messageId) =>
      [...stored.values()].filter(({ namespace: of, spec: { messageType, payload } }) => {
        const isEnd = requestTypeOf(messageType)?.does === 'delete'
        return of === namespace && isEnd && payload.specification.originalMessageId === messageId
      }),
    read: async (namespace, name) => stored.get(keyOf(namespace, name)),
    async report(base, status) {
      const answer = answers.shift()
      if (answer) return answer
      const present = stored.get(keyOf(base.namespace, base.name))
      if (present?.uid !== base.uid) return { kind: 'gone' }
      if (present.resourceVersion !== base.resourceVersion) return { kind: 'conflict' }
      reports += 1
      return { kind: 'written', request: keep({ ...present, status }) }
    },
    async remove(request) {
      const key = keyOf(request.namespace, request.name)
      const present = stored.get(key)
      if (!present) return 'gone'
      if (present.resourceVersion !== request.resourceVersion) return 'changed'
      stored.delete(key)
      return 'removed'
    },
    stored: (key) => stored.get(key),
    put: keep,
    answerNext: (answer) => void answers.push(answer),
  }
}
