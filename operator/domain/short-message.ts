/** The words of a provider, a policy or a schema may be long; the end of them is seldom what helps. */
const MAX_MESSAGE = 1_024

/** A message as a status has room for it. */
export function shortMessage(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE).toWellFormed()}…` : message
}
