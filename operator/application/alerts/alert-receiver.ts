import type { LevelAlert } from '../../domain/alerts/level-alert.ts'

/** A post that is not answered by then counts as one that nobody has taken. */
export const LONGEST_POST_MS = 5_000

/** An alert as it is posted: firing until `endsAt`, resolved when that is over. */
export interface PostedAlert extends LevelAlert {
  readonly endsAt: string
}

export type Posted =
  | { readonly kind: 'taken' }
  /** Nobody has taken it now, whatever is in it. */
  | {
      readonly kind: 'away'
      readonly cause: string
      readonly reason: string
      readonly retryAfterMs?: number
    }
  /** It never takes at least one of these alerts. */
  | { readonly kind: 'refused'; readonly reason: string }

/** One Alertmanager. Posting the same again does no harm. */
export interface AlertReceiver {
  readonly name: string
  /** Never throws; ends within `LONGEST_POST_MS`. None is taken, too, where all is well: the receiver is there, and the clocks agree. */
  post(alerts: readonly PostedAlert[]): Promise<Posted>
}
