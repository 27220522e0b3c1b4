/** The steps that are still kept of `steps` in all, each with its number; what came before the first one has none above 0. */
export function numberedSteps<S>({ steps, history }: { readonly steps: number; readonly history: readonly S[] }): {
  number: number
  step: S
}[] {
  const first = steps - history.length + 1
  return history.map((step, index) => ({ number: first + index, step }))
}
