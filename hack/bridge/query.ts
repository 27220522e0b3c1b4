import { BridgeError } from './bridge-error.ts'

type Query = Readonly<Record<string, unknown>>

/** Undefined: it was not given. Throws 400. */
export function queryInteger(query: Query, name: string, most: number): number | undefined {
  const given = query[name]
  if (given === undefined) return undefined
  const number = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : Number.NaN
  if (!(number <= most)) throw wrong(`${name} is ${JSON.stringify(given)}, and may be an integer from 0 to ${most}`)
  return number
}

/** Throws 400. */
export function queryBoolean(query: Query, name: string): boolean {
  const given = query[name] ?? 'false'
  if (given !== 'true' && given !== 'false')
    throw wrong(`${name} is ${JSON.stringify(given)}, and may be true or false`)
  return given === 'true'
}

function wrong(sentence: string): BridgeError {
  return new BridgeError(400, 'Validation error on: Schema validation error', [sentence])
}
