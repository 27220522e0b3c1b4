import type { Money } from '../money.ts'

/** An amount as payment providers count it: whole units of the smallest coin, 698.00 EUR = 69800. A safe integer. */
export interface MinorUnits {
  readonly minor: number
  readonly currency: string
}

const USUAL_PLACES = 2
/** ISO 4217: the currencies whose smallest coin is not a hundredth. */
const PLACES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((c) => [c, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((c) => [c, 3])),
  ...Object.fromEntries('CLF UYW'.split(' ').map((c) => [c, 4])),
}

function placesOf(currency: string): number {
  return PLACES[currency] ?? USUAL_PLACES
}

/** `amount` in coins; undefined = it can't be paid: zero, a part of the smallest coin, or more than a safe integer. */
export function inMinorUnits({ amount, currency }: Money): MinorUnits | undefined {
  const places = placesOf(currency)
  const [whole = '', fraction = ''] = amount.split('.')
  if (/[^0]/.test(fraction.slice(places))) return undefined
  const minor = Number(`${whole}${fraction.slice(0, places).padEnd(places, '0')}`)
  return Number.isSafeInteger(minor) && minor > 0 ? { minor, currency } : undefined
}

/** As people read it: 69800 EUR = 698.00 EUR. */
export function inMoney({ minor, currency }: MinorUnits): Money {
  const places = placesOf(currency)
  const digits = String(minor).padStart(places + 1, '0')
  const amount = places === 0 ? digits : `${digits.slice(0, -places)}.${digits.slice(-places)}`
  return { amount, currency }
}

export function sameAmount(a: MinorUnits, b: MinorUnits): boolean {
  return a.minor === b.minor && a.currency === b.currency
}
