import type { Blame, Journey } from './journey.ts'
import { comesBefore, type Place } from './place.ts'

interface Wait extends Blame {
  readonly kind: 'wait'
  readonly certain: boolean
  readonly retryAfterMs?: number
  readonly neighbour?: string
}

/** What a flow says of a message that it was given. */
export type Answer =
  /**
   * Its effect is stored, or there is nothing to do. `neighbour`: a word for the other side that has taken it; it is well,
   * so what it doesn't take may be at fault itself.
   */
  | { readonly kind: 'done'; readonly neighbour?: string }
  /**
   * The world is at fault: all wait where they are. `certain` = this message can't be why; else it may be, and is held for
   * it once `neighbour` takes others while it doesn't take this one; where that isn't known, once any takes some.
   * `retryAfterMs`: the other side asks for so much time.
   */
  | Wait
  /** It is well, and its turn comes only when there is room: it goes round by the retry topic, and that counts as no try. */
  | ({ readonly kind: 'later'; readonly afterMs: number } & Blame)
  /** This message is at fault, though not for ever. */
  | ({ readonly kind: 'retry' } & Blame)
  /** It will never do. */
  | ({ readonly kind: 'dead' } & Blame)

/** What becomes of a message. */
export type NextStop =
  | { readonly kind: 'done'; readonly neighbour?: string }
  | Wait
  | { readonly kind: 'retry'; readonly journey: Journey; readonly blame: Blame }
  | { readonly kind: 'dead'; readonly journey: Journey; readonly blame: Blame }

/** Who went before on the same key and is still in the retry topic. */
export type Line =
  /** Nobody: its turn. */
  | { readonly kind: 'free' }
  /** Somebody: it goes behind them. */
  | { readonly kind: 'behind' }
  /** It lies in the retry topic, though it is through already: a repetition. */
  | { readonly kind: 'over' }

/** Times that a message fails while others get through, until that is held to be its own fault. */
export const MOST_DOUBTS = 5

/** `waiting`: those of its key that are in the retry topic, itself maybe among them. */
export function lineOf(origin: Place, waiting: readonly Place[], fromRetry: boolean): Line {
  const isSame = (other: Place) => !comesBefore(origin, other) && !comesBefore(other, origin)
  if (fromRetry && !waiting.some(isSame)) return { kind: 'over' }
  return waiting.some((other) => comesBefore(other, origin)) ? { kind: 'behind' } : { kind: 'free' }
}

/** After `delaysMs.length` retries a message is dead. `doubted`: it failed while others got through, often enough. */
export function nextStop(
  answer: Answer,
  journey: Journey,
  {
    delaysMs,
    nowMs,
    doubted,
  }: { readonly delaysMs: readonly number[]; readonly nowMs: number; readonly doubted: boolean },
): NextStop {
  switch (answer.kind) {
    case 'done':
      return answer
    case 'wait':
      if (answer.certain || !doubted) return answer
      return again(answer, journey, { delaysMs, nowMs })
    case 'later':
      return round(answer, journey, { delaysMs, nowMs })
    case 'retry':
      return again(answer, journey, { delaysMs, nowMs })
    case 'dead':
      return { kind: 'dead', journey, blame: answer }
  }
}

/** Goes behind those of its key that are in the retry topic; that counts as no attempt. */
export function behind(journey: Journey, delayMs: number, nowMs: number): NextStop {
  const blame = { cause: 'KeyInRetry', reason: 'an earlier message of its key is in the retry topic' }
  return { kind: 'retry', journey: { ...journey, dueMs: nowMs + delayMs }, blame }
}

/** No longer than the longest of the retries: nobody waits there for more. Where there are none, it waits where it is. */
function round(
  { cause, reason, afterMs }: Extract<Answer, { kind: 'later' }>,
  journey: Journey,
  { delaysMs, nowMs }: { readonly delaysMs: readonly number[]; readonly nowMs: number },
): NextStop {
  if (delaysMs.length === 0) return { kind: 'wait', certain: true, cause, reason, retryAfterMs: afterMs }
  const dueMs = nowMs + Math.min(afterMs, Math.max(...delaysMs))
  return { kind: 'retry', journey: { ...journey, dueMs }, blame: { cause, reason } }
}

function again(
  blame: Blame,
  journey: Journey,
  { delaysMs, nowMs }: { readonly delaysMs: readonly number[]; readonly nowMs: number },
): NextStop {
  const attempt = journey.attempt + 1
  const delayMs = delaysMs[journey.attempt]
  if (delayMs === undefined) return { kind: 'dead', journey: { ...journey, attempt }, blame }
  return { kind: 'retry', journey: { ...journey, attempt, dueMs: nowMs + delayMs }, blame }
}
