import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import type { TopicMessage } from '../../../../../operator/application/event/publisher.ts'
import { Problem } from '../../../../../operator/application/gateway/answer.ts'
import type { Call } from '../../../../../operator/application/gateway/call.ts'
import type { SeenRequest } from '../../../../../operator/application/gateway/objects.ts'
import type { Posted, RequestSending } from '../../../../../operator/application/gateway/requests/request-topic.ts'
import { sentKeys } from '../../../../../operator/application/gateway/requests/sent-keys.ts'
import { virtualizeOperations } from '../../../../../operator/application/gateway/requests/virtualize.ts'
import { digestOf } from '../../../../../operator/domain/virtualization/identity.ts'
import { sentMessageFrom } from '../../../../../operator/domain/virtualization/read-message.ts'
import { faultOfSignature } from '../../../../../operator/domain/virtualization/signature.ts'
import { leastRecent } from '../../../../../operator/infrastructure/kubernetes/least-recent.ts'
import { fakeClock } from '../../../../fakes/fake-clock.ts'
import { callWith, namespace, type ScriptedWorld, scriptedWorld } from '../../../../fixtures/gateway-world.ts'
import { sha256 } from '../../../../fixtures/request-builders.ts'

const hmac = (text: string) => createHmac('sha256', 'secret').update(text).digest('hex')
const body = {
  type: 'CREATE_VIRTUAL_MACHINE',
  specifications: { cpu: 1, memory: '1Gi', disk: '1Gi', pool: 'east' },
}
const keyed = { 'Idempotency-Key': 'order-1' }
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe('A request that goes by Kafka', () => {
  const clock = fakeClock()
  let posted: TopicMessage[]
  let became: Posted
  let world: ScriptedWorld
  beforeEach(() => {
    posted = []
    became = { kind: 'taken', partition: 2, offset: 41n }
    const post = async (message: TopicMessage) => {
      posted.push(message)
      return became
    }
    const progress = { look: () => Promise.reject(new Error('nobody looks')) }
    const names = { topic: 'asks', retryTopic: 'again', deadLetterTopic: 'dead' }
    const sending: RequestSending = {
      topic: { post },
      progress,
      hmac,
      clock,
      names,
      keys: sentKeys(clock, leastRecent),
    }
    world = scriptedWorld({ sending, untilLed: async () => 'nobody leads, which is for later' })
  })

  const virtualize = (parts: Partial<Call> = {}) =>
    virtualizeOperations(world)['virtualize']!(callWith({ body, waitMs: 1, ...parts }))
  const sent = () => posted.at(-1) as TopicMessage

  it('is 202 when the brokers have it, with the place of its message', async () => {
    const { status, location, body: told } = await virtualize({ parameters: keyed })
    assert.equal(status, 202)
    assert.match(location ?? '', new RegExp(`^/requests/vr-[0-9a-f]{40}\\?namespace=${namespace}&at=2-41$`))
    assert.equal((told as { trackingUrl: string }).trackingUrl, `/api/v1${location}`)
    assert.deepEqual(world.asked, [], 'nothing is written at the API server')
  })

  it('is a message that the flow reads, known by its id and signed', async () => {
    await virtualize({ parameters: { ...keyed, traceparent } })
    const { key, value, headers } = sent()
    const read = sentMessageFrom(Buffer.from(value))
    assert.ok('message' in read, JSON.stringify(read))
    const { message } = read
    assert.deepEqual([read.namespace, message.messageId, message.payload.userId], [namespace, key, 'ana'])
    assert.deepEqual([headers['ce_id'], headers['ce_subject'], headers['traceparent']], [key, namespace, traceparent])
    assert.equal(message.processingHistory?.[0]?.service, 'kbnt-gateway')
    const facts = { messageId: key, userId: 'ana', namespace, digest: digestOf(message, sha256) }
    const times = { nowMs: clock.now(), oldestMs: 1_000 }
    assert.equal(faultOfSignature([hmac], headers['kbnt_signature'] ?? '', facts, times), undefined)
  })

  it('leaves out what is no traceparent', async () => {
    await virtualize({ parameters: { traceparent: 'nonsense' } })
    assert.equal(sent().headers['traceparent'], undefined)
  })

  it('is the same message each time for one key', async () => {
    await virtualize({ parameters: keyed })
    await virtualize({ parameters: keyed })
    assert.equal(posted[0]?.key, posted[1]?.key)
  })

  it('is refused where its key was sent with something else, of which there is no request yet', async () => {
    await virtualize({ parameters: keyed })
    const other = { ...body, resourceId: 'another' }
    const error = await virtualize({ parameters: keyed, body: other }).catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.status, error.reason, posted.length], [422, 'KeyReused', 1])
    await virtualize({ body: other })
    await virtualize({ parameters: { 'Idempotency-Key': 'order-2' }, body: other })
    await virtualize({ parameters: keyed })
    assert.equal(posted.length, 4)
    await clock.advance(600_000)
    assert.equal((await virtualize({ parameters: keyed, body: other })).status, 202, 'its request may be gone by now')
  })

  it('is not sent again once there is a request of it', async () => {
    await virtualize({ parameters: keyed })
    const { messageId, messageType, payload } = JSON.parse(sent().value)
    const { body: told } = await virtualize({ parameters: keyed })
    const { requestId: name } = told as { requestId: string }
    const seen: SeenRequest = {
      ...{ namespace, name, uid: 'u', generation: 1, position: '2', judged: true, asked: { messageType, payload } },
      shown: { requestId: name, namespace, status: 'Working', messageId },
    }
    const waiting = virtualize({ parameters: { ...keyed, Prefer: 'wait=1' }, waitMs: 5_000 })
    setTimeout(() => world.seeRequest(seen), 5)
    assert.equal(((await waiting).body as { status: string }).status, 'Working')
    const before = posted.length
    const again = await virtualize({ parameters: keyed })
    assert.equal(again.headers?.['Idempotent-Replayed'], 'true')
    assert.equal(posted.length, before)
  })

  it('is 503 where it is certainly not there, and 202 where nobody knows', async () => {
    became = { kind: 'away', reason: 'no brokers' }
    const error = await virtualize().catch((caught: unknown) => caught)
    assert.ok(error instanceof Problem)
    assert.deepEqual([error.status, error.reason], [503, 'KafkaAway'])
    became = { kind: 'unknown', reason: 'no answer' }
    const { status, location, body: told } = await virtualize()
    assert.equal(status, 202)
    assert.match((told as { message: string }).message, /whether Kafka has it is not known: no answer; send it again/)
    assert.doesNotMatch(location ?? '', /at=/)
  })
})
