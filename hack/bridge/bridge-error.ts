/** A no of the bridge, as it says one. */
export class BridgeError extends Error {
  readonly code: number
  readonly validationErrors: readonly string[]

  constructor(code: number, message: string, validationErrors: readonly string[] = []) {
    super(message)
    this.code = code
    this.validationErrors = validationErrors
  }
}

export function errorBody(code: number, message: string, validationErrors: readonly string[] = []) {
  const more = validationErrors.length > 0 ? { validation_errors: validationErrors } : {}
  return { error_code: code, message, ...more }
}

export const noSuchConsumer = () => new BridgeError(404, 'The specified consumer instance was not found.')

/** What the bridge says when more is asked of it than it can queue. */
export const overloaded = (why: string) => new BridgeError(503, `Bridge is overloaded, please retry later: ${why}`)

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
