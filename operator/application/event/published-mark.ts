import { type Outcome, recheckAfter } from '../outcome.ts'
import type { Stepping } from './step-events.ts'

/** How long the mark of what is published may lag behind: it mostly travels with the next status. */
const MARK_MS = 5_000

/** What to do about the mark of a stored status that nothing else changes. */
export type MarkNext = 'nothing' | 'mark' | { readonly lookAfterMs: number }

/** The mark is written by itself only when nothing else has been written for a while. `published`: as is known now. */
export function markNext(
  { steps, published: stored, history }: NonNullable<Stepping['status']>,
  published: number,
  now: number,
): MarkNext {
  if (stored === steps) return 'nothing'
  const lastAt = Date.parse(history.at(-1)?.at ?? '')
  const ageMs = now - lastAt
  const dueMs = ageMs < 0 ? 0 : MARK_MS - ageMs // from ahead: the clock of who wrote it was wrong, maybe by a day
  if (dueMs <= 0 && published > stored) return 'mark'
  return { lookAfterMs: dueMs > 0 ? dueMs : MARK_MS }
}

/** `outcome`, or to be looked at after `delayMs` where that is sooner. */
export function sooner(outcome: Outcome, delayMs: number): Outcome {
  return recheckAfter(outcome.kind === 'settled' ? delayMs : Math.min(outcome.delayMs, delayMs))
}
