/** Nothing was done: what is slow, or has just failed, is not waited for. */
export class NotItsTurn extends Error {
  readonly recheckAfterMs: number
  /** Whether `message` is that of a failure; else others are only before it. */
  readonly hasFailed: boolean

  constructor(message: string, recheckAfterMs: number, hasFailed = false) {
    super(message)
    this.recheckAfterMs = recheckAfterMs
    this.hasFailed = hasFailed
  }
}
