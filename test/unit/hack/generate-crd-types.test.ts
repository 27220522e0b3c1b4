import assert from 'node:assert/strict'
import { stringify } from 'yaml'
import { typesOfKind } from '../../../hack/generate-crd-types.ts'

const crd = (properties: object, required: string[] = []) =>
  stringify({
    spec: {
      group: 'kbnt.io',
      names: { kind: 'Box' },
      versions: [{ name: 'v1', storage: true, schema: { openAPIV3Schema: { type: 'object', required, properties } } }],
    },
  })
const interfacesOf = (properties: object, required?: string[]) =>
  typesOfKind('crds/boxes.yaml', crd(properties, required)).split('\n').slice(5).join('\n')

describe('generate-crd-types', () => {
  it('makes a field optional unless it is required or has a default', () => {
    const properties = { a: { type: 'string' }, b: { type: 'integer' }, c: { type: 'boolean', default: false } }
    assert.equal(
      interfacesOf(properties, ['b']),
      'export interface Box {\n  readonly a?: string\n  readonly b: number\n  readonly c: boolean\n}\n',
    )
  })

  it('names the interfaces of nested objects and list items by their path', () => {
    const line = { type: 'object', properties: { kind: { type: 'string', enum: ['A', 'B'] } } }
    const properties = { spec: { type: 'object', properties: { lines: { type: 'array', items: line } } } }
    assert.equal(
      interfacesOf(properties),
      'export interface Box {\n  readonly spec?: BoxSpec\n}\n\n' +
        'export interface BoxSpec {\n  readonly lines?: readonly BoxSpecLine[]\n}\n\n' +
        "export interface BoxSpecLine {\n  readonly kind?: 'A' | 'B'\n}\n",
    )
  })

  it('types maps and lists of texts', () => {
    const text = { type: 'string' }
    const properties = { m: { type: 'object', additionalProperties: text }, l: { type: 'array', items: text } }
    assert.equal(
      interfacesOf(properties),
      'export interface Box {\n  readonly m?: Readonly<Record<string, string>>\n  readonly l?: readonly string[]\n}\n',
    )
  })

  it('keeps descriptions as comments no wider than 120 characters', () => {
    const text = interfacesOf({ a: { type: 'string', description: 'word '.repeat(60).trim() } })
    assert.ok(text.split('\n').every((line) => line.length <= 120))
    assert.equal(text.match(/word/g)?.length, 60)
  })

  it('refuses a list without items, saying which', () => {
    assert.throws(() => interfacesOf({ lines: { type: 'array' } }), /BoxLines: a list needs items/)
  })
})
