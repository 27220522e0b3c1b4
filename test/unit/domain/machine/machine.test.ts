import assert from 'node:assert/strict'
import fc from 'fast-check'
import { machineIdOf } from '../../../../operator/domain/machine/machine.ts'
import { childNameOf } from '../../../../operator/domain/resource/resource.ts'
import { machineUid } from '../../../fixtures/machine-builders.ts'

const part = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
/** Everything that the API server takes for a name. */
const names = fc
  .array(part, { minLength: 1, maxLength: 8 })
  .map((parts) => parts.join('.'))
  .filter((name) => name.length <= 253)

describe('the id of a machine', () => {
  it('is made of the first eight digits of its uid', () => {
    assert.equal(machineIdOf({ uid: machineUid }), 'VM-0909A693')
  })

  it('passes over the hyphens of a uid', () => {
    assert.equal(machineIdOf({ uid: 'abc-def0-12-3' }), 'VM-ABCDEF01')
  })
})

describe('the name of what belongs to a machine', () => {
  it('is its own with the first digits of its uid', () => {
    assert.equal(childNameOf({ name: 'web-1', uid: machineUid }), 'web-1-0909a693')
    assert.equal(childNameOf({ name: 'web', uid: 'ab-cdef0-1-23' }), 'web-abcdef01')
  })

  it('has hyphens where the machine has dots', () => {
    assert.equal(childNameOf({ name: 'web.eu.1', uid: machineUid }), 'web-eu-1-0909a693')
  })

  it('is as long as a DNS label may be, and no longer', () => {
    assert.equal(childNameOf({ name: 'a'.repeat(54), uid: machineUid }), `${'a'.repeat(54)}-0909a693`)
    assert.equal(childNameOf({ name: 'a'.repeat(253), uid: machineUid }), `${'a'.repeat(54)}-0909a693`)
  })

  it('has no more hyphens before the digits than one', () => {
    const name = `${'a'.repeat(52)}--b`
    assert.equal(childNameOf({ name, uid: machineUid }), `${'a'.repeat(52)}-0909a693`)
  })

  it('is a DNS label for every name that a machine can have', () => {
    fc.assert(
      fc.property(names, fc.uuid(), (name, uid) => {
        const child = childNameOf({ name, uid })
        assert.match(child, /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
        assert.ok(child.length <= 63, `${child.length} characters`)
      }),
    )
  })

  it('is another one for the next machine of that name', () => {
    fc.assert(
      fc.property(names, fc.uuid(), fc.uuid(), (name, one, other) => {
        fc.pre(one.slice(0, 8) !== other.slice(0, 8))
        assert.notEqual(childNameOf({ name, uid: one }), childNameOf({ name, uid: other }))
      }),
    )
  })
})
