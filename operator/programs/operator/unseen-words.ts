const MOST_NAMED = 5

/** Of which namespaces no list of a kind has come yet, and why; undefined = of none. '' stands for all of them. */
export function unseenWords(kind: string, unlisted: ReadonlyMap<string, string>): string | undefined {
  if (unlisted.size === 0) return undefined
  const places = [...unlisted].slice(0, MOST_NAMED).map(([namespace, why]) => {
    const where = namespace === '' ? 'any namespace' : `namespace ${namespace}`
    return why === '' ? where : `${where} (${why})`
  })
  return `${kind} were not listed yet in ${places.join(', ')}`
}
