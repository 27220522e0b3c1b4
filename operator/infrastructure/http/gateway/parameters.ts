import type { Mistake } from '../../../domain/gateway/problem.ts'
import { suggestion } from '../../../domain/nearest.ts'
import type { OperationContract, ParameterContract } from './contract-document.ts'
import { type Check, cut, shown } from './schema-checks.ts'

/** What stands behind the `?` of a URL, taken apart. */
export interface Query {
  /** Of a name that is given twice, the first. */
  readonly values: ReadonlyMap<string, string>
  readonly mistakes: readonly Mistake[]
}

/** What of a request is a parameter. */
export interface GivenParameters {
  readonly path: Readonly<Record<string, string | undefined>>
  readonly query: Query
  /** Names in small letters, as node gives them. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface CheckedParameters {
  readonly values: Readonly<Record<string, unknown>>
  readonly mistakes: readonly Mistake[]
}

/** Far more than any operation takes. */
const MOST_QUERY_PARTS = 50
const LONGEST_NAME = 64
const noQuery: Query = { values: new Map(), mistakes: [] }

/** Takes the query of a URL apart: names and values decoded, `+` is a space. */
export function queryOf(url: string): Query {
  const from = url.indexOf('?')
  if (from === -1) return noQuery
  const values = new Map<string, string>()
  const mistakes: Mistake[] = []
  const parts = url.slice(from + 1).split('&', MOST_QUERY_PARTS + 1)
  if (parts.length > MOST_QUERY_PARTS)
    return { values, mistakes: [{ pointer: 'query', detail: 'it has too many parts' }] }
  for (const part of parts) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = decoded(equals === -1 ? part : part.slice(0, equals))
    const value = decoded(equals === -1 ? '' : part.slice(equals + 1))
    if (name === undefined || value === undefined) {
      mistakes.push({ pointer: 'query', detail: `${shown(part)} is not percent-encoded UTF-8` })
    } else if (values.has(name)) mistakes.push({ pointer: cut(name), detail: `${shown(name)} is given twice` })
    else values.set(name, value)
  }
  return { values, mistakes }
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** Reads the parameters of one operation: typed, with defaults, and what is wrong with each. */
export function parameterReader(
  { parameters }: Pick<OperationContract, 'parameters'>,
  check: (pointer: string) => Check,
): (given: GivenParameters) => CheckedParameters {
  const checks = parameters.map((parameter) => ({ parameter, mistakes: check(parameter.schema) }))
  const inQuery = parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name)
  const known = new Set(inQuery)
  return (given) => {
    const values: Record<string, unknown> = {}
    const wrong: Mistake[] = [...given.query.mistakes]
    for (const name of given.query.values.keys()) if (!known.has(name)) wrong.push(unknownName(name, inQuery))
    for (const { parameter, mistakes } of checks) {
      const { name, fallback, required } = parameter
      const text = textOf(parameter, given)
      const value = text === undefined ? fallback : converted(text, parameter)
      if (value !== undefined) values[name] = value
      else if (required) wrong.push({ pointer: name, detail: `${name} is missing` })
      if (text !== undefined) for (const { detail } of mistakes(value)) wrong.push({ pointer: name, detail })
    }
    return { values, mistakes: wrong }
  }
}

function unknownName(name: string, known: readonly string[]): Mistake {
  const hint = name.length > LONGEST_NAME ? '' : suggestion(name, known)
  return { pointer: cut(name), detail: `${shown(name)} is not a parameter of this call${hint}` }
}

function textOf({ name, in: place }: ParameterContract, { path, query, headers }: GivenParameters): string | undefined {
  if (place === 'path') return path[name]
  if (place === 'query') return query.values.get(name)
  const value = headers[name.toLowerCase()]
  return Array.isArray(value) ? value.join(', ') : value
}

/** The number or boolean that `text` spells exactly; any other text stays one, and its schema refuses that. */
function converted(text: string, { type }: ParameterContract): unknown {
  if (type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true'
  if (type === 'integer' && /^(0|-?[1-9][0-9]{0,15})$/.test(text) && Number.isSafeInteger(Number(text)))
    return Number(text)
  return text
}
