import type { Answer } from '../../domain/flow/next-stop.ts'
import { type Clock, msBetween } from '../clock.ts'
import { inTime } from '../in-time.ts'
import { messageOf } from '../message-of.ts'
import type { Flow, FlowMessage } from './flow.ts'

const FAULT = 'Fault'

export interface AskParts {
  readonly flow: Flow
  readonly retryTopic?: string
  readonly clock: Clock
  readonly observer: { handled(message: FlowMessage, seconds: number): void }
  /** Beyond it a handler counts as one that the world lets hang. */
  readonly mostHandlingMs: number
}

/** Asks the flow for each message when it is its turn; or once for all of them, where it wants them together. */
export async function askFlow<M extends FlowMessage>(
  parts: AskParts,
  messages: readonly M[],
): Promise<(message: M) => Promise<Answer>> {
  const { flow, retryTopic } = parts
  const { together } = flow
  const alone = async (message: M) => {
    const [answer] = await handled(parts, [message], async (signal) => [await flow.handle(message, signal)])
    return answer ?? unanswered
  }
  if (!together || flow.keysInRetry || messages.some(({ topic }) => topic === retryTopic)) return alone
  const answers = await handled(parts, messages, (signal) => together.handle(messages, signal))
  if (messages.length > 1 && answers.every(isFault)) return alone // one of them is why: the others are not to wait for it
  const byOffset = new Map(messages.map(({ offset }, index) => [offset, answers[index]]))
  return async ({ offset }) => byOffset.get(offset) ?? unanswered
}

const isFault = (answer: Answer) => answer.kind === 'wait' && answer.cause === FAULT
const unanswered: Answer = { kind: 'wait', certain: false, cause: 'Fault', reason: 'the flow has given no answer' }

async function handled<M extends FlowMessage>(
  { clock, observer, mostHandlingMs }: AskParts,
  messages: readonly M[],
  work: (signal: AbortSignal) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const since = clock.tick()
  const ending = new AbortController()
  const handling = begun(() => work(ending.signal)).catch((error: unknown) => {
    return messages.map((): Answer => ({ kind: 'wait', ...faultOf(error) }))
  })
  const ended = await inTime(clock, mostHandlingMs, handling)
  const seconds = msBetween(since, clock.tick()) / 1_000
  for (const message of messages) observer.handled(message, seconds)
  if (ended) return handling
  ending.abort()
  const reason = `handling it has not ended within ${mostHandlingMs / 1_000} s`
  return messages.map(() => ({ kind: 'wait', certain: false, cause: 'Timeout', reason }))
}

/** Also what is thrown before there is a promise rejects. */
async function begun<T>(work: () => Promise<T>): Promise<T> {
  return work()
}

/** Of ours: nobody knows which message is why. */
export function faultOf(error: unknown) {
  return { certain: false, cause: FAULT, reason: messageOf(error) }
}
