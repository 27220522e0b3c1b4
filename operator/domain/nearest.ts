/** How many letters have to change, come or go to make `b` of `a`. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i]
    for (let j = 1; j <= b.length; j += 1) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}

/** The known name that `given` was probably meant to be; undefined when none is close. */
function nearest(given: string, known: readonly string[]): string | undefined {
  const limit = Math.max(2, Math.floor(given.length / 3))
  const ranked = known.map((name) => ({ name, steps: distance(given.toLowerCase(), name.toLowerCase()) }))
  const best = ranked.sort((a, b) => a.steps - b.steps)[0]
  return best && best.steps <= limit ? best.name : undefined
}

/** `; did you mean X?`, or nothing. */
export function suggestion(given: string, known: readonly string[], prefix = ''): string {
  const name = nearest(given, known)
  return name === undefined ? '' : `; did you mean ${prefix}${name}?`
}
