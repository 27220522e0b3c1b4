import type { RowDatabase } from './row-databases.ts'

export interface FirstKnown<T> {
  readonly known?: T
  /** Why one of them could not say. */
  readonly away?: unknown
}

/**
 * Asks all databases at once for what only one of them can know; the first that knows it is believed, and none that is
 * away is waited for then.
 */
export function firstKnown<T>(
  databases: readonly RowDatabase[],
  ask: (database: RowDatabase) => Promise<T | undefined>,
): Promise<FirstKnown<T>> {
  const { promise, resolve } = Promise.withResolvers<FirstKnown<T>>()
  let left = databases.length
  let away: unknown
  const end = () => {
    left -= 1
    if (left === 0) resolve(away === undefined ? {} : { away })
  }
  for (const database of databases) {
    ask(database).then(
      (known) => (known === undefined ? end() : resolve({ known })),
      (error: unknown) => {
        away ??= error
        end()
      },
    )
  }
  if (left === 0) resolve({})
  return promise
}
