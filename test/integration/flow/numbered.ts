const KEYS = 20

/** `count` messages of 20 keys, each numbered in the order of its key. */
export const numbered = (count: number, takesMs?: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ id: `${index % KEYS}-${Math.floor(index / KEYS)}`, key: `key-${index % KEYS}` },
    ...(takesMs !== undefined && { takesMs }),
  }))
export const ids = (all: readonly { readonly id: string }[]) => all.map(({ id }) => id).toSorted()
export const inOrder = (count: number) =>
  new Map(
    Array.from({ length: KEYS }, (_, key) => [
      `key-${key}`,
      Array.from({ length: count / KEYS }, (_unused, number) => `${key}-${number}`),
    ]),
  )
export const byKey = (map: Map<string, string[]>) =>
  Object.fromEntries([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)))
