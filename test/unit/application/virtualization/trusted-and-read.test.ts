import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import type { ReadValue } from '../../../../operator/application/virtualization/message-schemas.ts'
import type { NewRequest } from '../../../../operator/application/virtualization/request-store.ts'
import { type TakeRequestsParts, takeRequests } from '../../../../operator/application/virtualization/take-requests.ts'
import { digestOf } from '../../../../operator/domain/virtualization/identity.ts'
import type { SourceRule } from '../../../../operator/domain/virtualization/may-ask.ts'
import { SIGNATURE, signatureOf } from '../../../../operator/domain/virtualization/signature.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { creationRecord } from '../../../fixtures/avro-messages.ts'
import { sha256 } from '../../../fixtures/request-builders.ts'

const HOUR = 3_600_000
const rule: SourceRule = {
  ...{
    topic: 'asks',
    namespaces: '*',
    types: '*',
    pools: '*',
    networks: '*',
    classes: '*',
    fabrics: '*',
    poolNamespaces: '*',
    providers: '*',
    images: '*',
    users: '*',
    maxPriority: 1_000,
    endsAny: false,
  },
}
const sent = {
  ...{ messageId: 'm-1', messageType: 'CREATE_VIRTUAL_MACHINE', timestamp: '2026-11-30T10:00:00Z' },
  payload: { userId: 'ana', namespace: 'desk', specification: { cpu: 1, pool: 'small' } },
}

function aFlow(more: Partial<TakeRequestsParts>) {
  const clock = fakeClock()
  const created: NewRequest[] = []
  const flow = takeRequests({
    serves: () => true,
    store: {
      find: async () => ({ kind: 'none' }),
      create: async (request) => {
        created.push(request)
        return { kind: 'made' }
      },
    },
    ...{ rules: [rule], retryTopic: 'again', oldestMs: HOUR, clock, sha256 },
    timeUnknown: () => undefined,
    unfinished: { full: () => undefined, beginning: () => () => undefined },
    ...{ cluster: 'test', delaysMs: [1_000] },
    ...more,
  })
  const message = (value: object, particular: Partial<FlowMessage> = {}): FlowMessage => ({
    ...{ topic: 'asks', partition: 0, offset: 7n, headers: {}, timestampMs: clock.now() },
    ...{ value: Buffer.from(JSON.stringify(value)), ...particular },
  })
  const handle = (value: object = sent, particular?: Partial<FlowMessage>) =>
    flow.handle(message(value, particular), new AbortController().signal)
  return { handle, created, clock }
}

describe('takeRequests, of a message', () => {
  describe('of a topic whose messages are Avro', () => {
    const answers = async (read: ReadValue, particular: Partial<FlowMessage> = {}) => {
      const schemas = (topic: string) => (topic === 'asks' ? { read: async () => read } : undefined)
      const { handle, created } = aFlow({ schemas, namespace: 'desk' })
      const answer = (await handle(sent, particular)) as { kind: string; cause?: string }
      return [answer.kind, answer.cause, created.length]
    }

    it('is stored when its record is a message', async () => {
      assert.deepEqual(await answers({ kind: 'read', record: creationRecord('m-1') }), ['done', undefined, 1])
      assert.deepEqual(await answers({ kind: 'read', record: { a: 1 } }), ['dead', 'Unreadable', 0])
    })

    it('waits where it is for a registry that is away, and aside for an id that is not known yet', async () => {
      assert.deepEqual(await answers({ kind: 'away', reason: 'no' }), ['wait', 'RegistryAway', 0])
      assert.deepEqual(await answers({ kind: 'unknown', reason: 'no' }), ['retry', 'SchemaUnknown', 0])
      assert.deepEqual(await answers({ kind: 'unreadable', reason: 'no' }), ['dead', 'Unreadable', 0])
    })

    it('is as large as others may be', async () => {
      const value = Buffer.alloc(300_000)
      assert.deepEqual(await answers({ kind: 'read', record: creationRecord('m-1') }, { value }), [
        ...['dead', 'Unreadable', 0],
      ])
    })
  })

  describe('that a gateway has signed', () => {
    const hmac = (text: string) => createHmac('sha256', 'secret').update(text).digest('hex')
    const strict = { ...rule, users: [] }
    const signers = (topic: string) => (topic === 'asks' ? [hmac] : [])
    const signed = (value: typeof sent, nowMs: number) => {
      const { namespace, userId } = value.payload
      const facts = { messageId: value.messageId, userId, namespace, digest: digestOf(value, sha256) }
      return { headers: { [SIGNATURE]: signatureOf(hmac, facts, nowMs) } }
    }
    const causeOf = (answer: object) => (answer as { cause?: string }).cause ?? 'done'

    it('is believed, also of whom it is, and of nobody else', async () => {
      const { handle, clock } = aFlow({ rules: [strict], signers })
      assert.equal(causeOf(await handle(sent)), 'NotAllowed')
      assert.equal(causeOf(await handle(sent, signed(sent, clock.now()))), 'done')
      const bobs = { ...sent, payload: { ...sent.payload, userId: 'bob' } }
      assert.equal(causeOf(await handle(bobs, signed(sent, clock.now()))), 'NotAllowed')
      assert.equal(causeOf(await handle(sent, signed(sent, clock.now() - HOUR - 1))), 'NotAllowed')
    })

    it('may end what its user may end, which the gateway has asked for', async () => {
      const end = {
        ...{ messageId: 'end', messageType: 'DELETE_VIRTUAL_MACHINE' },
        payload: { userId: 'ana', namespace: 'desk', specification: { uid: 'any' } },
      }
      const { handle, clock } = aFlow({ rules: [strict], signers })
      assert.equal(causeOf(await handle(end)), 'NotAllowed')
      assert.equal(causeOf(await handle(end, signed(end as never, clock.now()))), 'done')
    })

    it('may ask for no more than its topic may', async () => {
      const { handle, clock } = aFlow({ rules: [{ ...strict, pools: [] }], signers })
      assert.equal(causeOf(await handle(sent, signed(sent, clock.now()))), 'NotAllowed')
    })

    it('is as any other in a topic that nobody signs for', async () => {
      const { handle, clock } = aFlow({ rules: [{ ...strict, topic: 'poor' }], signers })
      assert.equal(causeOf(await handle(sent, { topic: 'poor', ...signed(sent, clock.now()) })), 'NotAllowed')
    })
  })
})
