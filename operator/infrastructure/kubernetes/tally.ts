/** Counts by name; names with none take no memory. */
export interface Tally {
  change(name: string, by: 1 | -1): void
  of(name: string): number
  clear(): void
}

export function tally(): Tally {
  const counts = new Map<string, number>()
  return {
    change(name, by) {
      const now = (counts.get(name) ?? 0) + by
      if (now > 0) counts.set(name, now)
      else counts.delete(name)
    },
    of: (name) => counts.get(name) ?? 0,
    clear: () => counts.clear(),
  }
}
