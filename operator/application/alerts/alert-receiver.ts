import type { LevelAlert } from '../../domain/alerts/level-alert.ts'

/** An alert as it is posted: firing until `endsAt`, resolved when that is over. */
export interface PostedAlert extends LevelAlert {
  readonly endsAt: string
}

export type Posted =
  | { readonly kind: 'taken' }
  | {
      readonly kind: 'away'
      readonly cause: string
      readonly reason: string
      readonly retryAfterMs?: number
    }
  | { readonly kind: 'refused'; readonly reason: string }

/** One Alertmanager. Posting the same again does no harm. */
export interface AlertReceiver {
  readonly name: string
  /** Never throws. */
  post(alerts: readonly PostedAlert[]): Promise<Posted>
}
