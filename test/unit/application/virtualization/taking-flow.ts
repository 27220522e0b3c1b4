import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import type { NewRequest, RequestStore, Stored } from '../../../../operator/application/virtualization/request-store.ts'
import { type TakeRequestsParts, takeRequests } from '../../../../operator/application/virtualization/take-requests.ts'
import type { SourceRule } from '../../../../operator/domain/virtualization/may-ask.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'

export const HOUR = 3_600_000
export const rule: SourceRule = {
  ...{
    topic: 'asks',
    namespaces: '*',
    types: '*',
    pools: '*',
    poolNamespaces: '*',
    providers: '*',
    images: '*',
    networks: '*',
    classes: '*',
    fabrics: '*',
    users: '*',
    maxPriority: 1_000,
    endsAny: false,
  },
}
export const sent = {
  ...{ messageId: 'm-1', messageType: 'CREATE_VIRTUAL_MACHINE', timestamp: '2026-11-30T10:00:00Z' },
  payload: { userId: 'ana', namespace: 'desk', specification: { cpu: 1, pool: 'small' } },
}

/** The flow in front of a store that answers so; what it made, and how many were begun. */
export function aFlow(stored: Stored | 'as sent' = 'as sent', more: Partial<TakeRequestsParts> = {}) {
  const clock = fakeClock()
  const created: NewRequest[] = []
  const found = new Map<string, Awaited<ReturnType<RequestStore['find']>>>()
  let begun = 0
  const parts: TakeRequestsParts = {
    serves: (namespace) => namespace !== 'unserved',
    store: {
      find: async (_, name) => found.get(name) ?? { kind: 'none' },
      create: async (request) => {
        created.push(request)
        return stored === 'as sent' ? { kind: 'made' } : stored
      },
    },
    ...{ rules: [rule], retryTopic: 'again', oldestMs: HOUR, clock, sha256, cluster: 'eu-1' },
    timeUnknown: () => undefined,
    unfinished: {
      full: () => undefined,
      beginning: () => (made) => {
        if (made) begun += 1
      },
    },
    delaysMs: [5_000, 600_000],
    ...more,
  }
  const flow = takeRequests(parts)
  const message = (value: object, particular: Partial<FlowMessage> = {}): FlowMessage => ({
    ...{ topic: 'asks', partition: 0, offset: 7n, headers: {}, timestampMs: clock.now() },
    ...{ value: Buffer.from(JSON.stringify(value)), ...particular },
  })
  const handle = (value: object = sent, particular?: Partial<FlowMessage>) =>
    flow.handle(message(value, particular), new AbortController().signal)
  return { flow, parts, message, handle, created, clock, found, begun: () => begun }
}
