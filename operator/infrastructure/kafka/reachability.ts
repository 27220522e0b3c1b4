import type { Clock } from '../../application/clock.ts'
import type { Logger } from '../../application/logger.ts'

/** Whether the cluster answered when it was last asked; unknown before the first time. */
export type Reachability =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'reachable'; readonly sinceMs: number }
  | { readonly kind: 'away'; readonly sinceMs: number; readonly reason: string }

export interface ReachabilityRecord {
  now(): Reachability
  reached(): void
  lost(reason: string): void
}

interface Options {
  readonly clock: Pick<Clock, 'now'>
  readonly logger: Logger
  changed(reachable: boolean): void
}

/** Remembers the last answer and logs each change once, however often it is told. */
export function reachability({ clock, logger, changed }: Options): ReachabilityRecord {
  let state: Reachability = { kind: 'unknown' }
  return {
    now: () => state,
    reached() {
      if (state.kind === 'reachable') return
      const awayMs = state.kind === 'away' ? clock.now() - state.sinceMs : undefined
      const back = awayMs === undefined ? '' : ` again after ${Math.ceil(awayMs / 1_000)} s`
      state = { kind: 'reachable', sinceMs: clock.now() }
      logger.info(`Kafka answers${back}`)
      changed(true)
    },
    lost(reason) {
      const sinceMs = state.kind === 'away' ? state.sinceMs : clock.now()
      const news = state.kind !== 'away'
      state = { kind: 'away', sinceMs, reason }
      if (!news) return
      logger.warn(`Kafka is away: ${reason}`)
      changed(false)
    },
  }
}
