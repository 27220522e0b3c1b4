import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import { projectDirectory } from '../../../hack/testbed/places.ts'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
}
interface Kind {
  readonly spec: {
    readonly names: { readonly plural: string }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}
interface Policy {
  readonly kind: string
  readonly spec: {
    readonly matchConstraints?: { readonly resourceRules: readonly { readonly resources: readonly string[] }[] }
    readonly validations?: readonly { readonly expression: string }[]
  }
}

const text = (...path: string[]) => readFileSync(join(projectDirectory, ...path), 'utf8')

/** As the schemas describe a field of a person: Who it is for. Who orders. */
const aPerson = /^Who (it|the units) (is|are) for|^Who (asks|orders)\b/

/** The fields of a spec in which its client says who somebody is. */
function peopleIn({ description = '', properties = {} }: Schema, path: string): string[] {
  const below = Object.entries(properties).flatMap(([name, field]) => peopleIn(field, `${path}.${name}`))
  return aPerson.test(description) ? [path, ...below] : below
}

describe('config/policies/consumer-and-priority.yaml', () => {
  const kinds = readdirSync(join(projectDirectory, 'crds')).map((file) => parse(text('crds', file)) as Kind)
  const all = parseAllDocuments(text('config/policies/consumer-and-priority.yaml')).map((one) => one.toJS() as Policy)
  const policies = all.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')

  const named = kinds.flatMap(({ spec: { names, versions } }) => {
    const spec = versions.at(-1)?.schema.openAPIV3Schema.properties?.['spec'] ?? {}
    return peopleIn(spec, 'spec').map((path) => [names.plural, path] as const)
  })

  it('is about every kind that names somebody', () => {
    assert.deepEqual(named.map((pair) => pair.join(' ')).sort(), [
      ...['orders spec.customer', 'reservations spec.consumer', 'vmachines spec.owner', 'vnetworks spec.owner'],
      ...['vrequests spec.payload.userId', 'vstorages spec.owner'],
    ])
  })

  for (const [plural, path] of named)
    it(`ties ${path} of ${plural} to who asks`, () => {
      const its = policies.filter(({ spec }) =>
        spec.matchConstraints?.resourceRules.some(({ resources }) => resources.includes(plural)),
      )
      const rules = its.flatMap(({ spec }) => spec.validations ?? []).map(({ expression }) => expression)
      assert.ok(
        rules.some((rule) => rule.includes(`object.${path} == variables.user`)),
        `${plural}: ${rules.join('; ')}`,
      )
    })
})
