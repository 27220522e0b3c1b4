/** How a call of somebody else's API ended. */
export type Reply =
  | {
      readonly kind: 'answered'
      readonly status: number
      /** The beginning of what it says. */
      readonly text: string
      readonly retryAfterMs?: number
    }
  /** It was not sent: the other side can't know of it. */
  | { readonly kind: 'unsent'; readonly cause: string; readonly reason: string; readonly retryAfterMs?: number }
  /** It was sent, or a part of it, and nobody knows what came of it. */
  | { readonly kind: 'lost'; readonly cause: string; readonly reason: string; readonly retryAfterMs?: number }
