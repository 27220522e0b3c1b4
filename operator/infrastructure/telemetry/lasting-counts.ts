import { readFileSync, writeFileSync } from 'node:fs'

/** Counts that outlive the process: what they count ends it at once, before anybody could scrape that. */
export interface LastingCounts {
  /** How often it was counted, by earlier processes too. */
  of(name: string): number
  add(name: string): void
}

/** Kept in a file, which lasts as long as its directory: in a pod over all restarts of the container. */
export function lastingCounts(path: string): LastingCounts {
  const counts = new Map(Object.entries(stored(path)))
  return {
    of: (name) => counts.get(name) ?? 0,
    add(name) {
      counts.set(name, (counts.get(name) ?? 0) + 1)
      try {
        writeFileSync(path, JSON.stringify(Object.fromEntries(counts)), { mode: 0o600 })
      } catch {
        // nowhere to keep it: the log still says why the process ends
      }
    },
  }
}

function stored(path: string): Record<string, number> {
  try {
    const found: unknown = JSON.parse(readFileSync(path, 'utf8'))
    const counts = Object.entries(found ?? {}).filter(([, count]) => Number.isSafeInteger(count) && count > 0)
    return Object.fromEntries(counts)
  } catch {
    return {} // the first process there
  }
}
