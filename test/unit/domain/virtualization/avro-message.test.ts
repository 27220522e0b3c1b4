import assert from 'node:assert/strict'
import avro from 'avsc'
import { contentFromAvro } from '../../../../operator/domain/virtualization/avro-message.ts'
import { digestOf } from '../../../../operator/domain/virtualization/identity.ts'
import { sentMessageOf } from '../../../../operator/domain/virtualization/read-message.ts'
import { creationRecord, earlierSchema, messageSchema } from '../../../fixtures/avro-messages.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'

const json = {
  messageId: 'm-1',
  messageType: 'CREATE_VIRTUAL_MACHINE',
  payload: {
    ...{ userId: 'ana', namespace: 'desk', priority: 3 },
    specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', provider: 'Simulated' },
  },
}
const noStorage = { iops: null, reclaim: null, poolNamespace: null, provider: null, waitFor: null }
const noNetwork = { fabric: null, namespaces: ['web'], provider: null }
const reasonOf = (record: unknown) => {
  const found = contentFromAvro(record)
  return 'cause' in found ? found.reason : 'content'
}

describe('a message in Avro', () => {
  it('is the same request as in JSON', () => {
    const found = contentFromAvro(creationRecord('m-1', { namespace: 'desk', priority: 3 }))
    assert.ok('content' in found)
    const sent = sentMessageOf(found.content)
    assert.ok('message' in sent, JSON.stringify(sent))
    assert.deepEqual(sent.message.payload, json.payload)
    assert.equal(digestOf(sent.message, sha256), digestOf(json, sha256))
    assert.equal(sent.message.timestamp, '2023-11-14T22:13:20.000Z')
    assert.equal('processingHistory' in sent.message, false)
  })

  it('is a storage or a network as in JSON, whichever schema has written it', () => {
    const asks = [
      ['CREATE_VIRTUAL_STORAGE', { createVirtualStorage: { ...noStorage, size: '20Gi', class: 'ssd', pool: 'east' } }],
      ['CREATE_VIRTUAL_NETWORK', { createVirtualNetwork: { ...noNetwork, cidr: '10.0.0.0/24', vlan: 7 } }],
      ['DELETE_VIRTUAL_STORAGE', { deleteVirtualStorage: { originalMessageId: 'm-0', uid: null } }],
      ['DELETE_VIRTUAL_NETWORK', { deleteVirtualNetwork: { originalMessageId: null, uid: 'u' } }],
    ] as const
    const specifications = asks.map(([messageType, payload]) => {
      const record = creationRecord('m-1', { createVirtualMachine: null, ...payload }, messageType)
      const type = avro.Type.forSchema(messageSchema)
      const found = contentFromAvro(type.fromBuffer(type.toBuffer(record)))
      assert.ok('content' in found, JSON.stringify(found))
      return (found.content['payload'] as { specification: object }).specification
    })
    assert.deepEqual(specifications, [
      { size: '20Gi', class: 'ssd', pool: 'east' },
      { cidr: '10.0.0.0/24', vlan: 7, namespaces: ['web'] },
      { originalMessageId: 'm-0' },
      { uid: 'u' },
    ])
  })

  it('is read by a schema of before, and one of before by this one', () => {
    const [now, before] = [messageSchema, earlierSchema].map((schema) => avro.Type.forSchema(schema as avro.Schema))
    assert.ok(now && before)
    const earlier = before.toBuffer(creationRecord('m-1', {}, undefined, {}))
    const forwards = now.fromBuffer(earlier, now.createResolver(before))
    assert.deepEqual([forwards.messageId, forwards.payload.createVirtualStorage], ['m-1', null])
    const backwards = before.fromBuffer(now.toBuffer(creationRecord('m-2')), before.createResolver(now))
    assert.deepEqual([backwards.messageId, 'createVirtualStorage' in backwards.payload], ['m-2', false])
  })

  it('is by the record of its type, and passes over those of others', () => {
    const found = contentFromAvro({
      ...{ messageId: 'm-2', messageType: 'DELETE_VIRTUAL_MACHINE' },
      payload: { userId: 'ana', deleteVirtualMachine: { uid: 'u', originalMessageId: null }, somethingElse: { a: 1 } },
      processingHistory: [{ service: 'desk', operation: 'Send', status: 'Done', at: 0 }],
    })
    assert.ok('content' in found)
    assert.deepEqual(found.content['payload'], { userId: 'ana', specification: { uid: 'u' } })
    const [step] = found.content['processingHistory'] as { at: string }[]
    assert.equal(step?.at, '1970-01-01T00:00:00.000Z')
  })

  it('is unreadable where that is missing, or it is no message', () => {
    assert.match(
      reasonOf(creationRecord('m-1', { createVirtualMachine: null })),
      /payload.createVirtualMachine is missing/,
    )
    for (const record of [null, 'text', {}, { messageType: 'X', payload: null }])
      assert.match(reasonOf(record), /not one of messages/)
    const never = { ...creationRecord('m-1'), timestamp: 9e15 }
    assert.match(reasonOf(never), /a time in it is none/)
  })
})
