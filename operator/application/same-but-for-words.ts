import { sameValue } from './same-value.ts'

interface Worded {
  readonly message: string
  readonly conditions: readonly { readonly message: string }[]
}

/** Whether two statuses say the same, in whatever words. */
export function sameButForWords<S extends Worded>(one: S, other: S): boolean {
  return sameValue(wordless(one), wordless(other))
}

function wordless({ message: _, conditions, ...others }: Worded): object {
  return { ...others, conditions: conditions.map((condition) => ({ ...condition, message: '' })) }
}
