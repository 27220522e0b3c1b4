import { isObject } from '../json-object.ts'

/** What is null, in Avro or in JSON, is not there: so does the API server store it, and a message that comes again is the same. */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isObject(value)) return value
  const there = Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
  return Object.fromEntries(there.map(([name, member]) => [name, withoutNulls(member)]))
}
