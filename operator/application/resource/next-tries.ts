import { retryDelayMs } from '../../domain/resource/attempts.ts'
import type { Resource } from '../../domain/resource/resource.ts'
import { type Clock, later, msBetween, type Tick } from '../clock.ts'

/** When resources that their provider has refused are due again. */
export interface NextTries {
  /** Milliseconds until then; 0 = it is due, or was not refused. */
  waitMs(resource: Pick<Resource, 'uid' | 'status'>): number
  forget(uid: string): void
}

/**
 * A stored time is read once and from then on counted by the steady clock. It counts for no more than the wait that so
 * many refusals give: a leader whose clock was a day ahead would have the next one wait for a day.
 */
export function nextTries(clock: Pick<Clock, 'now' | 'tick'>): NextTries {
  const known = new Map<string, { readonly nextTryAt: string; readonly due: Tick }>()

  function dueAt(uid: string, nextTryAt: string, tries: number | undefined): Tick {
    const before = known.get(uid)
    if (before?.nextTryAt === nextTryAt) return before.due
    const waitMs = Math.min(Date.parse(nextTryAt) - clock.now(), retryDelayMs(tries))
    const due = later(clock.tick(), waitMs)
    known.set(uid, { nextTryAt, due })
    return due
  }

  return {
    waitMs({ uid, status }) {
      if (status?.nextTryAt !== undefined)
        return Math.max(0, msBetween(clock.tick(), dueAt(uid, status.nextTryAt, status.tries)))
      known.delete(uid)
      return 0
    },
    forget: (uid) => void known.delete(uid),
  }
}
