import { readFileSync } from 'node:fs'
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js'
import { BridgeError } from './bridge-error.ts'

/** What the stand-in serves of the bridge's own OpenAPI. */
export interface Contract {
  /** The body of a call, as JSON. Undefined: none was sent, and none is needed. Throws 400. */
  bodyOf(operation: Operation, sent: { readonly contentType?: string | undefined; readonly text: string }): unknown
}

export interface Operation {
  readonly method: 'get' | 'post' | 'delete'
  /** With the parameters in braces. */
  readonly path: string
}

interface Body {
  readonly required?: boolean
  readonly content?: Readonly<Record<string, object>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly requestBody?: Body }>>>>
}

const INVALID = 'Validation error on: '

export function contract(): Contract {
  const text = readFileSync(new URL('openapi.json', import.meta.url), 'utf8')
  const document = JSON.parse(text) as Document
  const formats = { int32: true, int64: true, byte: true } as const
  const ajv = new Ajv2020({ strict: false, allErrors: true, formats }).addSchema(document, 'bridge')
  const faults = (pointer: readonly string[], value: unknown): readonly string[] => {
    const validate = ajv.getSchema(`bridge#/${pointer.map(escaped).join('/')}`)
    if (!validate) throw new Error(`the contract has no ${pointer.join(' ')}`)
    return validate(value) ? [] : [...new Set((validate.errors ?? []).map(sentenceOf))]
  }

  return {
    bodyOf({ method, path }, { contentType = '', text }) {
      const body = document.paths[path]?.[method]?.requestBody
      if (text === '' && !body?.required) return undefined
      if (text === '') throw new BridgeError(400, `${INVALID}The related request does not contain the required body`)
      const [type = ''] = contentType.split(';', 1)
      const types = Object.keys(body?.content ?? {})
      if (!types.includes(type.trim())) throw new BridgeError(400, `${INVALID}${wrongType(type, types)}`)
      const given = parsed(text)
      const schema = ['paths', path, method, 'requestBody', 'content', type.trim(), 'schema']
      const wrong = faults(schema, given)
      if (wrong.length > 0) throw new BridgeError(400, `${INVALID}Schema validation error`, wrong)
      return given
    },
  }
}

function wrongType(given: string, types: readonly string[]): string {
  const is = given === '' ? 'it has no Content-Type' : `it is ${given}`
  return `The format of the request body is not supported: ${is}, and may be ${types.join(', ')}`
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new BridgeError(400, `${INVALID}The request body can't be decoded: ${why}`)
  }
}

/** As a part of a JSON pointer in a fragment. */
function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))
}

function sentenceOf({ instancePath, message, params }: ErrorObject): string {
  const named = params['additionalProperty'] === undefined ? '' : `: ${params['additionalProperty']}`
  return `${instancePath === '' ? 'the body' : instancePath} ${message}${named}`
}
