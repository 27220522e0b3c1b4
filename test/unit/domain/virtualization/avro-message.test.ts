import assert from 'node:assert/strict'
import { contentFromAvro } from '../../../../operator/domain/virtualization/avro-message.ts'
import { digestOf } from '../../../../operator/domain/virtualization/identity.ts'
import { sentMessageOf } from '../../../../operator/domain/virtualization/read-message.ts'
import { creationRecord } from '../../../fixtures/avro-messages.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'

const json = {
  messageId: 'm-1',
  messageType: 'CREATE_VIRTUAL_MACHINE',
  payload: {
    ...{ userId: 'ana', namespace: 'desk', priority: 3 },
    specification: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east', provider: 'Simulated' },
  },
}
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
