import type { Answer } from '../../domain/flow/next-stop.ts'
import { type Clock, msBetween } from '../clock.ts'
import { messageOf } from '../message-of.ts'
import { late, type TimeLimit } from '../time-limit.ts'
import type { Flow, FlowMessage } from './flow.ts'

const FAULT = 'Fault'

export interface AskParts {
  readonly flow: Flow
  readonly retryTopic?: string
  readonly clock: Pick<Clock, 'tick'>
  readonly observer: { handled(message: FlowMessage, seconds: number): void }
  /** Beyond it a handler counts as one that the world lets hang. */
  readonly mostHandlingMs: number
}

/** Asks the flow for each message when it is its turn; or once for all of them, where it wants them together. */
export async function askFlow<M extends FlowMessage>(
  parts: AskParts,
  messages: readonly M[],
  limit: TimeLimit,
): Promise<(message: M) => Promise<Answer>> {
  const { flow, retryTopic } = parts
  const { together } = flow
  const asked = { ...parts, limit }
  const alone = (message: M) =>
    handled(asked, [message], {
      work: (signal) => flow.handle(message, signal),
      instead: (answer) => answer,
    })
  if (flow.ahead)
    await limit.run(async (signal) => flow.ahead?.(messages, signal), parts.clock.tick()).catch(() => late)
  if (!together || flow.keysInRetry || messages.some(({ topic }) => topic === retryTopic)) return alone
  const answers = await handled(asked, messages, {
    work: (signal) => together.handle(messages, signal),
    instead: (answer) => messages.map(() => answer),
  })
  if (messages.length > 1 && answers.every(isFault)) return alone // one of them is why: the others are not to wait for it
  const byOffset = new Map(messages.map(({ offset }, index) => [offset, answers[index]]))
  return async ({ offset }) => byOffset.get(offset) ?? unanswered
}

const isFault = (answer: Answer) => answer.kind === 'wait' && answer.cause === FAULT
const unanswered: Answer = { kind: 'wait', certain: false, cause: 'Fault', reason: 'the flow has given no answer' }

interface Handling<T> {
  readonly work: (signal: AbortSignal) => Promise<T>
  /** What stands for the flow's own word when it has none in time, or throws. */
  readonly instead: (answer: Answer) => T
}

async function handled<T>(
  { clock, observer, mostHandlingMs, limit }: AskParts & { readonly limit: TimeLimit },
  messages: readonly FlowMessage[],
  { work, instead }: Handling<T>,
): Promise<T> {
  const since = clock.tick()
  let answer: T
  try {
    const ended = await limit.run(work, since)
    answer = ended === late ? instead(overdue(mostHandlingMs)) : (ended ?? instead(unanswered))
  } catch (error) {
    answer = instead({ kind: 'wait', ...faultOf(error) })
  }
  const seconds = msBetween(since, clock.tick()) / 1_000
  for (const message of messages) observer.handled(message, seconds)
  return answer
}

function overdue(limitMs: number): Answer {
  const reason = `handling it has not ended within ${limitMs / 1_000} s`
  return { kind: 'wait', certain: false, cause: 'Timeout', reason }
}

/** Of ours: nobody knows which message is why. */
export function faultOf(error: unknown) {
  return { certain: false, cause: FAULT, reason: messageOf(error) }
}
