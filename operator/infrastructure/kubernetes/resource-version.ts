interface Versioned {
  readonly metadata: { readonly resourceVersion?: string }
}

const DIGITS = /^[0-9]+$/

/** Whether `one` is surely older than `other`: true only when both versions are numbers, as all of the API server's are. */
export function isOlder(one: Versioned, other: Versioned): boolean {
  const left = one.metadata.resourceVersion ?? ''
  const right = other.metadata.resourceVersion ?? ''
  if (!DIGITS.test(left) || !DIGITS.test(right)) return false
  // As text, because a version may grow past what a number holds exactly; none has leading zeros.
  return left.length === right.length ? left < right : left.length < right.length
}
