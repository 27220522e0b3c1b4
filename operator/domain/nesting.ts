/** Deeper than anything of ours; what goes through a value by calling itself bears many times that. */
export const DEEPEST = 32

/** Whether a value has lists and objects in each other for more than so many levels. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((item) => isDeeperThan(item, levels - 1))
}
