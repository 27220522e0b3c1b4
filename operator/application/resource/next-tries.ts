import { retryDelayMs } from '../../domain/resource/attempts.ts'
import type { Resource } from '../../domain/resource/resource.ts'
import { type Clock, later, msBetween, type Tick } from '../clock.ts'

/** The words of what gives no answer are told anew no sooner. */
const WORDS_MS = 60_000

/** When resources that their provider has refused are due again, or may be told of. */
export interface NextTries {
  /** Milliseconds until then; 0 = it is due, or was not refused. */
  waitMs(resource: Pick<Resource, 'uid' | 'status'>): number
  /** Whether it is time to tell other words of the same trouble; counts as told. */
  mayTell(uid: string): boolean
  forget(uid: string): void
}

/**
 * A stored time is read once and from then on counted by the steady clock. It counts for no more than the wait that so
 * many refusals give: a leader whose clock was a day ahead would have the next one wait for a day.
 */
export function nextTries(clock: Pick<Clock, 'now' | 'tick'>): NextTries {
  const known = new Map<string, { readonly nextTryAt: string; readonly due: Tick }>()

  const toldAt = new Map<string, Tick>()

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
    mayTell(uid) {
      const at = toldAt.get(uid)
      const may = at === undefined || msBetween(at, clock.tick()) >= WORDS_MS
      if (may) toldAt.set(uid, clock.tick())
      return may
    },
    forget(uid) {
      known.delete(uid)
      toldAt.delete(uid)
    },
  }
}
