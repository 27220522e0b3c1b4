import { stockIntegration } from '../../../../operator/application/integration/stock-integration.ts'
import { headersOf } from '../../../../operator/domain/flow/journey.ts'
import type { Answer } from '../../../../operator/domain/flow/next-stop.ts'
import type { Call } from '../../../../operator/domain/integration/call.ts'
import type { Idempotency } from '../../../../operator/domain/integration/delivery.ts'
import type { Reply } from '../../../../operator/domain/reply.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryConsumptionLog } from '../../../fakes/in-memory-consumption-log.ts'
import { inMemoryKeysInRetry } from '../../../fakes/in-memory-keys-in-retry.ts'
import { type SentMessage, someRoutes } from '../../../fixtures/integration-events.ts'

export const answered = (status: number, text = ''): Reply => ({ kind: 'answered', status, text })
export const lost: Reply = { kind: 'lost', cause: 'Timeout', reason: 'no answer within 1 s' }
export const unsent: Reply = { kind: 'unsent', cause: 'BreakerOpen', reason: 'east is away', retryAfterMs: 700 }

export const RETRIES = 2
export const SETTLE_MS = 60_000

/** A flow with a target that answers as it is told: by id of the event, or 201 with an id. */
export function site(idempotency: Idempotency = 'key') {
  const clock = fakeClock()
  const log = inMemoryConsumptionLog(clock.now)
  const calls: string[] = []
  const replies = new Map<string, Reply[]>()
  const state = { member: true, logAway: false, logGoesAwayAtCall: false, sleepsAtClaim: false, callMs: 0 }
  const made = new Set<string>()
  const ifThere = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (state.logAway) throw new Error('the database is away')
    return answer()
  }
  const flow = stockIntegration({
    ...{ clock, routes: someRoutes, idempotency, settleMs: SETTLE_MS, isMember: () => state.member },
    ...{ keysInRetry: inMemoryKeysInRetry(), retryTopic: 'retry', retries: RETRIES },
    log: {
      known: (...asked) => ifThere(() => log.known(...asked)),
      record: (rows) => ifThere(() => log.record(rows)),
      claim: (...asked) => {
        if (state.sleepsAtClaim) state.member = false
        return ifThere(() => log.claim(...asked))
      },
    },
    target: {
      name: 'east',
      async call({ id, method, path }: Call) {
        calls.push(`${method} ${path}`)
        if (state.logGoesAwayAtCall) state.logAway = true
        if (state.callMs > 0) await clock.advance(state.callMs)
        const reply = replies.get(`${method} ${id}`)?.shift() ?? (await usual(method, id))
        if (method !== 'GET' && reply.kind === 'answered' && reply.status < 300) made.add(id)
        return reply
      },
    },
  })
  const usual = async (method: string, id: string) => {
    if (method === 'GET') return answered(made.has(id) ? 200 : 404)
    return answered(201, `{"externalId":"EXT-${id}"}`)
  }
  let offset = 0n

  return {
    ...{ calls, state, log, flow, made, clock },
    /** The next calls of an event are answered so. */
    script: (call: string, ...given: Reply[]) => void replies.set(call, given),
    statusOf: (id: string) => log.rows.get(id)?.status,
    /** `attempt`: the message has come by the retry topic so often. */
    async handle({ key, value, headers }: SentMessage, attempt?: number): Promise<Answer> {
      offset += 1n
      const origin = { topic: 'stock-audit-logs', partition: 0, offset }
      const journey = headersOf({ origin, group: 'g', attempt: attempt ?? 0, dueMs: 0 }, { cause: 'x', reason: 'x' })
      const message = {
        ...{ ...origin, key, value: Buffer.from(value), timestampMs: 0 },
        ...{ topic: attempt === undefined ? origin.topic : 'retry' },
        headers: { ...headers, ...(attempt !== undefined && journey) },
      }
      return flow.handle(message, new AbortController().signal)
    },
  }
}
