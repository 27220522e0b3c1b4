import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import type { Mistake } from '../../../domain/gateway/problem.ts'
import { suggestion } from '../../../domain/nearest.ts'
import { type ContractDocument, pointerTo } from './contract-document.ts'

/** What is wrong with a value; nothing when all is well. It is neither changed nor kept. */
export type Check = (value: unknown) => readonly Mistake[]

/** So many mistakes are told: whoever made more has made the same again and again. */
const MOST_MISTAKES = 20
const MOST_SHOWN = 80
const noMistakes: readonly Mistake[] = []
/** More than any right body has: of lists 16 lines with three members each. */
const MOST_MEMBERS = 200

/**
 * Checks by the schemas of `document`, each by the JSON pointer to it. Nothing is converted, filled in or dropped:
 * that is what makes a wrong order look right.
 */
export function schemaChecks(document: ContractDocument): (pointer: string) => Check {
  const quick = checker(document, false)
  const thorough = checker(document, true)
  return (pointer) => {
    const isRight = quick(pointer)
    const judge = thorough(pointer)
    return (value) => {
      if (isRight(value)) return noMistakes
      // Of a large value, to look for all that is wrong would be long as well: then the first thing has to do.
      if (!isSmall(value)) return mistakesOf(isRight.errors ?? [])
      judge(value)
      return mistakesOf(judge.errors ?? [])
    }
  }
}

/** Whether it has few enough members, counted no further than that. */
function isSmall(value: unknown): boolean {
  const open: unknown[] = [value]
  for (let counted = 0; open.length > 0; counted += 1) {
    if (counted + open.length > MOST_MEMBERS) return false
    const next = open.pop()
    if (typeof next !== 'object' || next === null) continue
    const members = Object.values(next)
    if (counted + open.length + members.length > MOST_MEMBERS) return false
    open.push(...members)
  }
  return true
}

/** Right bodies, which are nearly all, are checked without looking for all errors. */
function checker(document: ContractDocument, allErrors: boolean) {
  const ajv = new Ajv2020({ allErrors, verbose: true, strict: true, ownProperties: true })
  // To ajv the document is a schema too, with the schemas somewhere inside.
  ajv.addVocabulary(['x-is', ...Object.keys(document)])
  ajv.addSchema(document, 'contract')
  return (pointer: string) => {
    const reference = pointer.split('/').map(encodeURIComponent).join('/')
    const validate = ajv.getSchema(`contract#${reference}`)
    if (!validate) throw new Error(`the contract has no schema at ${pointer}`)
    return validate
  }
}

/** At most 80 characters of what was given. */
export function shown(value: unknown): string {
  const text = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value))
  return cut(text)
}

/** `text`, with an end put to it. */
export function cut(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN - 3)}...` : text
}

/** One for each place, but each missing and each unknown field of it. */
function mistakesOf(errors: readonly ErrorObject[]): readonly Mistake[] {
  const byPointer = new Map<string, Mistake>()
  for (const error of errors) {
    const mistake = mistakeOf(error)
    if (!byPointer.has(mistake.pointer)) byPointer.set(mistake.pointer, mistake)
    if (byPointer.size === MOST_MISTAKES) break
  }
  return [...byPointer.values()]
}

function mistakeOf(error: ErrorObject): Mistake {
  const { instancePath, params, parentSchema = {} } = error
  const { additionalProperty, missingProperty, property } = params as Readonly<Record<string, string | undefined>>
  if (additionalProperty !== undefined) {
    const known = Object.keys((parentSchema['properties'] ?? {}) as object)
    const hint = additionalProperty.length > MOST_SHOWN ? '' : suggestion(additionalProperty, known)
    return {
      pointer: instancePath + pointerTo(cut(additionalProperty)),
      detail: `${shown(additionalProperty)} is not known here${hint}`,
    }
  }
  if (missingProperty !== undefined) {
    const because = property === undefined ? '' : `, and ${property} needs it`
    return { pointer: instancePath + pointerTo(missingProperty), detail: `${missingProperty} is missing${because}` }
  }
  return { pointer: instancePath, detail: detailOf(error) }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'a list',
  string: 'a text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
}

const bounds: Readonly<Record<string, (limit: string) => string>> = {
  minLength: (limit) => `a text of at least ${limit} characters`,
  maxLength: (limit) => `a text of at most ${limit} characters`,
  minItems: (limit) => `a list of at least ${limit}`,
  maxItems: (limit) => `a list of at most ${limit}`,
}

function detailOf({ keyword, params, data, parentSchema = {}, message }: ErrorObject): string {
  const { 'x-is': wanted } = parentSchema as { readonly 'x-is'?: string }
  const { allowedValues, type, limit } = params as Record<string, unknown>
  const bound = bounds[keyword]
  switch (keyword) {
    case 'enum':
      return `${shown(data)} is not one of ${(allowedValues as unknown[]).join(', ')}`
    case 'type':
      return `${shown(data)} is not ${wanted ?? typeNames[String(type)] ?? String(type)}`
    case 'uniqueItems':
      return `${shown(data)} has the same twice`
    default:
      return wanted === undefined && !bound
        ? `${shown(data)} ${message}`
        : `${shown(data)} is not ${wanted ?? bound?.(String(limit))}`
  }
}
