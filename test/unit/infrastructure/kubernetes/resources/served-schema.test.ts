import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { projectDirectory } from '../../../../../hack/testbed/places.ts'
import { ApiError, UnknownOutcomeError } from '../../../../../operator/infrastructure/kubernetes/api-error.ts'
import type { KubernetesClient } from '../../../../../operator/infrastructure/kubernetes/client.ts'
import {
  SCHEMA_VERSION,
  schemaFault,
} from '../../../../../operator/infrastructure/kubernetes/resources/served-schema.ts'

interface Crd {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> }
  readonly spec: {
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly schema: { readonly openAPIV3Schema: { readonly description: string } } }[]
  }
}

const folder = join(projectDirectory, 'crds')
const crds = readdirSync(folder).map((file) => parse(readFileSync(join(folder, file), 'utf8')) as Crd)

const schemasOf = (kinds: readonly Crd[], change: (description: string) => string = (same) => same) =>
  Object.fromEntries(
    kinds.map(({ spec }) => {
      const description = change(spec.versions[0]?.schema.openAPIV3Schema.description ?? '')
      return [`io.kbnt.v1beta1.${spec.names.kind}`, { description }]
    }),
  )
const faultOf = (answer: object | Error | undefined) => {
  const call = async () => {
    if (answer instanceof Error) throw answer
    return { body: answer && { components: { schemas: answer } } }
  }
  return schemaFault({ call } as unknown as KubernetesClient)
}

describe('What the cluster serves', () => {
  it('is enough where it serves the kinds of this version', async () => {
    assert.equal(crds.length, 9)
    assert.equal(await faultOf(schemasOf(crds)), undefined)
    assert.equal(await faultOf(schemasOf(crds, (text) => text.replace(/version \d+/, 'version 99'))), undefined)
  })

  it('is said of each kind in its description and in the annotation of its CRD', () => {
    for (const { metadata, spec } of crds) {
      assert.equal(metadata.annotations['kbnt.io/schema-version'], String(SCHEMA_VERSION), spec.names.kind)
      const [version] = spec.versions
      assert.ok(version?.schema.openAPIV3Schema.description.endsWith(` Schema version ${SCHEMA_VERSION}.`))
    }
  })

  it('lacks kinds, and it says which, and what to do', async () => {
    const some = crds.filter(({ spec }) => spec.names.kind !== 'EventSpool')
    const fault = await faultOf(schemasOf(some))
    assert.match(fault ?? '', /^the cluster does not serve EventSpool of .*helm upgrade --install kbnt-operator-crds/)
    const none = await faultOf(new ApiError(404, '404 page not found'))
    assert.match(
      none ?? '',
      /does not serve VirtualStock, Reservation, VirtualMachine, VirtualStorage, VirtualNetwork, VirtualizationRequest, Order, EventSpool, NetworkFabric of/,
    )
  })

  it('is nothing where the server has no text of the group for a moment', async () => {
    assert.match((await faultOf(undefined)) ?? '', /^the cluster does not serve VirtualStock, /)
  })

  it('is too old, and it says by how much', async () => {
    const fault = await faultOf(schemasOf(crds, (text) => text.replace(/ Schema version \d+\.$/, '')))
    assert.match(fault ?? '', /too old \(schema version of VirtualStock 0, .*needed: 1\).*upgrades them/)
  })

  it('is taken for enough where the server answers but does not tell', async () => {
    assert.equal(await faultOf(new ApiError(403, { kind: 'Status', reason: 'Forbidden' })), undefined)
  })

  it('is not known while nobody answers', async () => {
    await assert.rejects(faultOf(new UnknownOutcomeError('no answer', false)), /no answer/)
  })
})
