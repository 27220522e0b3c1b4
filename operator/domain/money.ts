/** An amount as a decimal text and its ISO 4217 currency. Computed on integers of 10⁻⁶, never in floating point. */
export interface Money {
  readonly amount: string
  readonly currency: string
}

const SCALE = 6

function micros(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.split('.')
  return BigInt(whole + fraction.padEnd(SCALE, '0').slice(0, SCALE))
}

function decimals(amount: string): number {
  return amount.split('.')[1]?.length ?? 0
}

function format(value: bigint, places: number): string {
  const digits = value.toString().padStart(SCALE + 1, '0')
  const whole = digits.slice(0, -SCALE)
  return places === 0 ? whole : `${whole}.${digits.slice(-SCALE).slice(0, places)}`
}

/** `price` times a count of units, with as many places after the point as the price has. */
export function multiplied(price: Money, units: number): Money {
  return { amount: format(micros(price.amount) * BigInt(units), decimals(price.amount)), currency: price.currency }
}

/** One sum for each currency, in alphabetical order of the currencies. */
export function summed(amounts: readonly Money[]): Money[] {
  const sums = new Map<string, { total: bigint; places: number }>()
  for (const { amount, currency } of amounts) {
    const sum = sums.get(currency) ?? { total: 0n, places: 0 }
    sums.set(currency, { total: sum.total + micros(amount), places: Math.max(sum.places, decimals(amount)) })
  }
  return [...sums]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([currency, sum]) => ({ amount: format(sum.total, sum.places), currency }))
}

/** Whether `price` is above `limit`; false across currencies, which don't compare. */
export function isAbove(price: Money, limit: Money): boolean {
  return price.currency === limit.currency && micros(price.amount) > micros(limit.amount)
}

/** Whether two optional prices are the same sum of the same currency, however many zeros they end in. */
export function samePrice(a: Money | undefined, b: Money | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return a.currency === b.currency && micros(a.amount) === micros(b.amount)
}
