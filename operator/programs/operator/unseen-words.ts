const MOST_NAMED = 5

/**
 * Of which namespaces no list of a kind has come yet, and why; undefined = of none. '' stands for all of them. `among`:
 * those that matter, in the order in which they are named; absent = all.
 */
export function unseenWords(
  kind: string,
  unlisted: ReadonlyMap<string, string>,
  among?: readonly string[],
): string | undefined {
  const asked = among ? [...new Set(['', ...among])] : [...unlisted.keys()]
  const missing = asked.flatMap((place) => (unlisted.has(place) ? [[place, unlisted.get(place)] as const] : []))
  if (missing.length === 0) return undefined
  const places = missing.slice(0, MOST_NAMED).map(([namespace, why]) => {
    const where = namespace === '' ? 'any namespace' : `namespace ${namespace}`
    return why === '' ? where : `${where} (${why})`
  })
  return `${kind} were not listed yet in ${places.join(', ')}`
}
