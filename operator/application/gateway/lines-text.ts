interface Line {
  /** Empty: that of the order. */
  readonly stockNamespace: string
  readonly stock: string
  readonly quantity: number
}

/** The same for the same lines, in whatever order and however their own namespace is written. */
export function linesText(lines: readonly Line[], namespace: string): string {
  const units = new Map<string, number>()
  for (const { stockNamespace, stock, quantity } of lines) {
    const key = `${stockNamespace || namespace}/${stock}`
    units.set(key, (units.get(key) ?? 0) + quantity)
  }
  return JSON.stringify([...units].sort(([one], [other]) => (one < other ? -1 : 1)))
}

/** Lines as answers show them: each with its own namespace. */
export function shownLines(lines: readonly Line[], namespace: string) {
  return lines.map(({ stockNamespace, stock, quantity }) => ({
    ...{ stockId: stock, stockNamespace: stockNamespace || namespace, quantity },
  }))
}
