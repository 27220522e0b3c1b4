/** A service that a flow needs is away, or takes nothing. `certain` = none of what was sent can be why. */
export interface Away {
  readonly kind: 'away'
  readonly certain: boolean
  readonly cause: string
  readonly reason: string
  readonly retryAfterMs?: number
}
