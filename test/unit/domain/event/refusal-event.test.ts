import assert from 'node:assert/strict'
import { type Refusal, refusalEventFrom } from '../../../../operator/domain/event/refusal-event.ts'
import type { Message, Payload } from '../../../../operator/domain/virtualization/resource-request.ts'
import { eventSchemas } from '../../../fixtures/event-schemas.ts'
import { aRequest, sha256 } from '../../../fixtures/request-builders.ts'

const type = 'io.kbnt.virtualization.failed.v1'
const origin = { topic: 'asks', partition: 2, offset: 41n }
const context = { cluster: 'eu-1', sha256 }

function refusal(message: Partial<Message> = {}, payload: Partial<Payload> = {}): Refusal {
  const { spec, namespace } = aRequest()
  const sent = { namespace, message: { ...spec, ...message, payload: { ...spec.payload, ...payload } } }
  return { sent, origin, cause: 'TooOld', reason: 'it is 9 days old', at: '2026-11-22T10:00:00.000Z' }
}

describe('refusalEventFrom', () => {
  it('says the end of a message as that of a request, from the topic and not from the request of its id', () => {
    const event = refusalEventFrom(refusal(), context)
    assert.ok(event)
    const validate = eventSchemas().get(type)?.validate
    assert.ok(validate?.(JSON.parse(event.value)), JSON.stringify(validate?.errors))
    assert.equal(event.headers['ce_type'], type)
    assert.equal(event.headers['ce_source'], '/kbnt.io/eu-1/topics/asks')
    assert.equal(event.headers['ce_subject'], 'asks/2/41')
    const other = refusalEventFrom({ ...refusal(), origin: { ...origin, offset: 42n } }, context)
    assert.notEqual(other?.id, event.id)
  })

  it('says nothing that its schema does not take', () => {
    const long = 'x'.repeat(129)
    for (const given of [
      refusal({ messageId: long }),
      refusal({ messageType: 'small' }),
      refusal({ correlationId: '' }),
      refusal({}, { userId: long }),
      refusal({}, { virtualResourceId: long }),
      refusal({}, { priority: 1_001 }),
      refusal({}, { priority: '7' as never }),
    ])
      assert.equal(refusalEventFrom(given, context), undefined)
  })
})
