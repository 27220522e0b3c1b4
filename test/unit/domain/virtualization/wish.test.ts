import assert from 'node:assert/strict'
import { wishOf } from '../../../../operator/domain/virtualization/wish.ts'
import { aDeletion, aRequest, sha256 } from '../../../fixtures/request-builders.ts'

describe('wishOf', () => {
  it('is a machine in the words of its own kind', () => {
    const specification = { cpu: 2, memory: '4Gi', disk: '20Gi', pool: 'east', image: 'fedora', waitFor: '1h' }
    const request = aRequest({ spec: { correlationId: 'order-7' }, payload: { priority: 7, specification } })
    assert.deepEqual(wishOf(request, sha256), {
      kind: 'create',
      machine: { name: 'web-1', spec: { ...specification, owner: 'ana', priority: 7, requestId: 'order-7' } },
    })
  })

  it('takes what is not said for usual, and says nothing of a target', () => {
    const wish = wishOf(
      aRequest({ payload: { specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', uid: 'x' } } }),
      sha256,
    )
    assert.equal(wish.kind, 'create')
    const { priority, requestId, ...rest } = wish.machine.spec
    assert.deepEqual([priority, requestId, 'uid' in rest], [0, 'm-1', false])
  })

  it('is the end of what was made for a message, or of one object', () => {
    assert.deepEqual(wishOf(aDeletion(), sha256), { kind: 'delete', target: { messageId: 'm-0' } })
    const byUid = aDeletion({ payload: { specification: { uid: 'u' } } })
    assert.deepEqual(wishOf(byUid, sha256), { kind: 'delete', target: { uid: 'u' } })
  })

  const refusals: readonly [what: string, request: ReturnType<typeof aRequest>, reason: string, message: RegExp][] = [
    [
      'another namespace',
      aRequest({ payload: { namespace: 'other' } }),
      'WrongNamespace',
      /meant for namespace other and acts in its own only, team/,
    ],
    ['a type of storage', aRequest({ spec: { messageType: 'CREATE_VIRTUAL_STORAGE' } }), 'TypeNotServed', /STORAGE/],
    ['a type that every object has', aRequest({ spec: { messageType: 'toString' } }), 'TypeNotServed', /toString/],
    [
      'a machine of which nothing is said',
      aRequest({ payload: { specification: { memory: '1Gi' } } }),
      'InvalidSpecification',
      /missing: cpu, disk, pool/,
    ],
    [
      'an end of nothing',
      aDeletion({ payload: { specification: {} } }),
      'InvalidSpecification',
      /originalMessageId or uid/,
    ],
    [
      'an end of two',
      aDeletion({ payload: { specification: { uid: 'u', originalMessageId: 'm' } } }),
      'InvalidSpecification',
      /one of the two/,
    ],
  ]
  for (const [what, request, reason, message] of refusals)
    it(`refuses ${what}`, () => {
      const wish = wishOf(request, sha256)
      assert.equal(wish.kind, 'refused')
      assert.equal(wish.reason, reason)
      assert.match(wish.message, message)
    })

  it('takes its own namespace for its own', () => {
    assert.equal(wishOf(aRequest({ payload: { namespace: 'team' } }), sha256).kind, 'create')
  })
})
