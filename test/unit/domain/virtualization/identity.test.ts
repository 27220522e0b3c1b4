import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import {
  digestOf,
  isSameMessage,
  requestNameOf,
  resourceNameOf,
} from '../../../../operator/domain/virtualization/identity.ts'
import { aRequest, sha256 } from '../../../fixtures/request-builders.ts'

describe('what a message is known by', () => {
  it('is the same name for the same message, and another in another namespace', () => {
    const name = requestNameOf('team', 'm-1', sha256)
    assert.match(name, /^vr-[0-9a-f]{40}$/)
    assert.equal(name, requestNameOf('team', 'm-1', sha256))
    const others = [requestNameOf('team', 'm-2', sha256), requestNameOf('other', 'm-1', sha256)]
    assert.equal(new Set([name, ...others]).size, 3)
  })

  it('is the same number in whatever order it was written, and when it was sent again', () => {
    const { spec } = aRequest({ payload: { priority: 1, specification: { cpu: 2, disk: 'é' } } })
    const { payload } = spec
    const { specification, ...rest } = payload
    const turned = { ...spec, timestamp: '2026-11-23T10:00:00Z', payload: { specification, ...rest } }
    assert.equal(digestOf(turned, sha256), digestOf(spec, sha256))
    const text =
      '{"messageType":"CREATE_VIRTUAL_MACHINE","payload":{"priority":1,"specification":{"cpu":2,"disk":"é"},"userId":"ana","virtualResourceId":"web-1"}}'
    assert.equal(digestOf(spec, sha256), sha256(text))
  })

  it('is another number when anything else is asked for', () => {
    const digests = [aRequest(), aRequest({ payload: { priority: 0 } }), aRequest({ payload: { userId: 'bob' } })]
    assert.equal(new Set(digests.map(({ spec }) => digestOf(spec, sha256))).size, 3)
  })
})

describe('isSameMessage', () => {
  it('goes by all fields that the schema has, and by no others', () => {
    const crd = parse(readFileSync(join(import.meta.dirname, '../../../../crds/vrequests.kbnt.io.yaml'), 'utf8'))
    const { payload } = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec.properties
    const { spec } = aRequest()
    const same = (more: object, inSpecification: object = {}) => {
      const specification = { ...spec.payload.specification, ...inSpecification }
      const other = { ...spec, payload: { ...spec.payload, ...more, specification } } as typeof spec
      return isSameMessage(spec, other, sha256)
    }
    assert.equal(same({}), true)
    assert.equal(same({ mascot: 'duck' }, { mascot: 'duck' }), true)
    for (const field of Object.keys(payload.properties).filter((one) => one !== 'specification'))
      assert.equal(same({ [field]: 'other' }), false, field)
    for (const field of Object.keys(payload.properties.specification.properties)) {
      const value = field === 'network' ? { name: 'other' } : 'other'
      assert.equal(same({}, { [field]: value }), false, field)
    }
  })
})

describe('resourceNameOf', () => {
  const nameFor = (virtualResourceId: string) =>
    resourceNameOf(aRequest({ payload: { virtualResourceId } }), 'vm', sha256)
  const names: readonly [id: string, want: string][] = [
    ['web-1', 'web-1'],
    ['VM_001', 'vm-001'],
    ['--Büro № 7--', 'b-ro-7'],
    [`${'a'.repeat(62)}-b`, 'a'.repeat(62)],
    ['7', '7'],
  ]
  for (const [id, want] of names)
    it(`calls ${JSON.stringify(id)} ${want}`, () => {
      assert.equal(nameFor(id), want)
    })

  it('calls it by its message where the sender gives no name, or none that can be one', () => {
    const { virtualResourceId: _, ...payload } = aRequest().spec.payload
    const request = aRequest()
    const unnamed = resourceNameOf({ ...request, spec: { ...request.spec, payload } }, 'vm', sha256)
    assert.match(unnamed, /^vm-[0-9a-f]{20}$/)
    assert.equal(nameFor('№'), unnamed)
  })
})
