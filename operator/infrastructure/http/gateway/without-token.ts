/** Errors of HTTP clients like to quote the request that failed. */
export function withoutToken(error: unknown, token: string | undefined): unknown {
  if (token === undefined || !(error instanceof Error)) return error
  const { name, message, stack = message, cause } = error
  const copy = new Error(message.replaceAll(token, '[token]'), { cause: withoutToken(cause, token) })
  copy.name = name
  copy.stack = stack.replaceAll(token, '[token]')
  return copy
}
