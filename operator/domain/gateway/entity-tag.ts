interface Version {
  readonly uid: string
  readonly generation: number
  readonly position: string
}

/** The ETag of a stock: which one, its spec, and its balances. */
export function entityTag({ uid, generation, position }: Version): string {
  return `"${uid}.${generation}.${position}"`
}

/**
 * Whether an If-Match names this stock with this spec, or any (`*`). Its balances don't matter: they move all the time, and
 * nobody who sets a quantity means them.
 */
export function matchesTag(ifMatch: string, { uid, generation }: Version): boolean {
  return ifMatch.split(',').some((part) => {
    const tag = part.trim()
    return tag === '*' || tag.startsWith(`"${uid}.${generation}.`)
  })
}
