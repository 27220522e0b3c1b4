import assert from 'node:assert/strict'
import { wishOf } from '../../../../operator/domain/virtualization/wish.ts'
import { aDeletion, aRequest, sha256 } from '../../../fixtures/request-builders.ts'

describe('wishOf', () => {
  it('is a machine in the words of its own kind', () => {
    const specification = { cpu: 2, memory: '4Gi', disk: '20Gi', pool: 'east', image: 'fedora', waitFor: '1h' }
    const request = aRequest({ spec: { correlationId: 'order-7' }, payload: { priority: 7, specification } })
    assert.deepEqual(wishOf(request, sha256), {
      kind: 'create',
      wanted: {
        ...{ kind: 'VirtualMachine', name: 'web-1' },
        spec: { ...specification, owner: 'ana', priority: 7, requestId: 'order-7' },
      },
    })
  })

  it('is a storage, and a network that has no rank, in the words of theirs', () => {
    const disk = { size: '20Gi', class: 'ssd', iops: 100, reclaim: 'Delete', pool: 'east', waitFor: '1h' }
    const storage = aRequest({
      spec: { messageType: 'CREATE_VIRTUAL_STORAGE' },
      payload: { virtualResourceId: 'DATA_1', priority: 7, specification: disk },
    })
    assert.deepEqual(wishOf(storage, sha256), {
      kind: 'create',
      wanted: {
        ...{ kind: 'VirtualStorage', name: 'data-1' },
        spec: { ...disk, owner: 'ana', priority: 7, requestId: 'm-1' },
      },
    })
    const wires = { cidr: '10.20.0.0/24', vlan: 120, fabric: 'lab', namespaces: ['web'], provider: 'Simulated' }
    const network = aRequest({
      spec: { messageType: 'CREATE_VIRTUAL_NETWORK' },
      payload: { virtualResourceId: '№', priority: 7, specification: wires },
    })
    const wish = wishOf(network, sha256)
    assert.equal(wish.kind, 'create')
    assert.match(wish.wanted.name, /^net-[0-9a-f]{20}$/)
    assert.deepEqual(wish.wanted.spec, { ...wires, owner: 'ana', requestId: 'm-1' })
  })

  it('is the end of a storage or a network by a type of theirs', () => {
    for (const kind of ['Storage', 'Network'] as const) {
      const end = aDeletion({ spec: { messageType: `DELETE_VIRTUAL_${kind.toUpperCase()}` } })
      assert.deepEqual(wishOf(end, sha256), {
        ...{ kind: 'delete', target: { kind: `Virtual${kind}`, messageId: 'm-0' } },
      })
    }
  })

  it('takes what is not said for usual, and says nothing of a target', () => {
    const wish = wishOf(
      aRequest({ payload: { specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', uid: 'x' } } }),
      sha256,
    )
    assert.equal(wish.kind, 'create')
    const { priority, requestId, ...rest } = wish.wanted.spec
    assert.deepEqual([priority, requestId, 'uid' in rest], [0, 'm-1', false])
  })

  it('is the end of what was made for a message, or of one object', () => {
    assert.deepEqual(wishOf(aDeletion(), sha256), {
      ...{ kind: 'delete', target: { kind: 'VirtualMachine', messageId: 'm-0' } },
    })
    const byUid = aDeletion({ payload: { specification: { uid: 'u' } } })
    assert.deepEqual(wishOf(byUid, sha256), { kind: 'delete', target: { kind: 'VirtualMachine', uid: 'u' } })
  })

  const refusals: readonly [what: string, request: ReturnType<typeof aRequest>, reason: string, message: RegExp][] = [
    [
      'another namespace',
      aRequest({ payload: { namespace: 'other' } }),
      'WrongNamespace',
      /meant for namespace other and acts in its own only, team/,
    ],
    ['a type of others', aRequest({ spec: { messageType: 'CREATE_VIRTUAL_DOOR' } }), 'TypeNotServed', /DOOR/],
    ['a type that every object has', aRequest({ spec: { messageType: 'toString' } }), 'TypeNotServed', /toString/],
    [
      'a machine of which nothing is said',
      aRequest({ payload: { specification: { memory: '1Gi' } } }),
      'InvalidSpecification',
      /missing: cpu, disk, pool/,
    ],
    [
      'a storage of which the size of a machine is said',
      aRequest({ spec: { messageType: 'CREATE_VIRTUAL_STORAGE' } }),
      'InvalidSpecification',
      /needs size, pool; missing: size$/,
    ],
    [
      'a network on a machine',
      aRequest({
        spec: { messageType: 'CREATE_VIRTUAL_NETWORK' },
        payload: { specification: { cidr: '10.0.0.0/24', vlan: 7, cpu: 2, pool: 'east' } },
      }),
      'InvalidSpecification',
      /says cpu, pool, which no VirtualNetwork has: leave it out, or send another type$/,
    ],
    [
      'a machine with operations per second',
      aRequest({ payload: { specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', iops: 100 } } }),
      'InvalidSpecification',
      /says iops, which no VirtualMachine has/,
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
