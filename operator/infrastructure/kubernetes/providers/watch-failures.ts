import type { Clock } from '../timers.ts'

/** What keeps a cache from being as its server is, by namespace; '' = all of them. */
export interface WatchFailures {
  worked(namespace: string): void
  failed(namespace: string, error: unknown): void
  /** The last failure since something has worked; undefined = none. */
  latest(namespace: string): unknown
  /** The same where that is so long ago that nobody knows any more what there is. */
  lasting(namespace: string): unknown
}

/** A server that starts again, or a new one of several, is there by then. */
const LASTS_AFTER_MS = 60_000

interface Failure {
  readonly error: unknown
  /** Of the first one in a row, as the clock says. */
  readonly since: number
  /** Whether somebody was told that it lasts. */
  readonly lasts: boolean
}

/** `onTurned`: told the namespace when a failure begins to last, and when it is over. */
export function watchFailures(clock: Pick<Clock, 'now'>, onTurned: (namespace: string) => void): WatchFailures {
  const failures = new Map<string, Failure>() // as many as there are namespaces
  const at = (namespace: string) => failures.get(namespace) ?? failures.get('')
  return {
    worked(namespace) {
      const { lasts = false } = failures.get(namespace) ?? {}
      failures.delete(namespace)
      if (lasts) onTurned(namespace)
    },
    failed(namespace, error) {
      const { since, lasts: didLast } = failures.get(namespace) ?? { since: clock.now(), lasts: false }
      const lasts = clock.now() - since >= LASTS_AFTER_MS
      failures.set(namespace, { error, since, lasts })
      if (lasts && !didLast) onTurned(namespace)
    },
    latest: (namespace) => at(namespace)?.error,
    lasting(namespace) {
      const failure = at(namespace)
      return failure?.lasts ? failure.error : undefined
    },
  }
}
