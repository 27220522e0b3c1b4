const REDACTED = '[redacted]'
const MAX_DEPTH = 5

const secretName = /pass(word|wd|phrase)|secret|token|authorization|credential|cookie|api[-_]?key|private[-_]?key/i
const secretText = /\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/g

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** Whether a value under this name is never to be shown; names of files that hold a secret may be. */
function isSecret(name: string): boolean {
  return secretName.test(name) && !/file$/i.test(name)
}

/** An error as it is logged. What isn't an error is shown as its text. */
export function describedError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { type: typeof error, message: redactedText(String(error)) }
  const { name, message, stack, cause } = error
  return {
    type: name,
    message: redactedText(message),
    ...(stack === undefined ? {} : { stack: redactedText(stack) }),
    ...(cause instanceof Error ? { cause: describedError(cause) } : {}),
  }
}

/** `text` without the credentials of an HTTP header that somebody put into it. */
export function redactedText(text: string): string {
  return text.replace(secretText, `$1 ${REDACTED}`)
}

/**
 * A copy of `value` fit for a log line: what stands under a name such as `password` is blotted out at any depth,
 * errors become type, message and stack, big integers text.
 */
export function redacted(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactedText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Error) return describedError(value)
  return depth >= MAX_DEPTH ? '[deep]' : redactedGroup(value, depth + 1)
}

function redactedGroup(group: object, depth: number): unknown {
  if (Array.isArray(group)) return group.map((item) => redacted(item, depth))
  if (!isPlain(group)) return String(group)
  const copy: Record<string, unknown> = {}
  for (const [name, item] of Object.entries(group)) copy[name] = isSecret(name) ? REDACTED : redacted(item, depth)
  return copy
}
