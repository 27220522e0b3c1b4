import assert from 'node:assert/strict'
import { Problem } from '../../../../operator/application/gateway/answer.ts'
import type { Right } from '../../../../operator/application/gateway/caller.ts'
import { type LogWorld, logOperations } from '../../../../operator/application/gateway/logs.ts'
import type { LogLetter, Posted } from '../../../../operator/application/logs/log-outlet.ts'
import { callWith } from '../../../fixtures/gateway-world.ts'

const caller = { user: 'ana', groups: [], token: 't', tokenKey: 'k', namespace: 'shop' }
const entry = { level: 'INFO', service: 'order-service', message: 'taken' }
const routes = [{ levels: ['ERROR'], topic: 'errors' }, { topic: 'others' }] as const

function aGateway(posted: Posted = { kind: 'taken' }, more: Partial<LogWorld> = {}) {
  const asked: Right[] = []
  const letters: LogLetter[] = []
  const outlet = {
    post: async (given: readonly LogLetter[]) => {
      letters.push(...given)
      return posted
    },
  }
  const { writeLogs } = logOperations({
    access: { may: async (_, right) => void asked.push(right) },
    serves: (namespace) => namespace === 'shop',
    logs: { outlet, routes },
    ...{ now: () => 0, newId: () => 'new', ...more },
  })
  const write = (entries: readonly unknown[], parameters = {}) =>
    writeLogs!(callWith({ caller, parameters, body: { entries } }))
  const refusal = (entries: readonly unknown[], parameters = {}) =>
    write(entries, parameters).then(
      () => assert.fail('it was taken'),
      (error) => error as Problem,
    )
  return { write, refusal, asked, letters }
}

describe('writeLogs', () => {
  it('asks once for each service, and sends each entry to its topics by its service', async () => {
    const { write, asked, letters } = aGateway()
    const { status, body } = await write([entry, { ...entry, level: 'ERROR' }, { ...entry, service: 'mail' }])
    assert.deepEqual([status, body], [202, { accepted: 3, rejected: [] }])
    const right = { verb: 'create', resource: 'logs', namespace: 'shop' }
    assert.deepEqual(asked, [
      { ...right, name: 'order-service' },
      { ...right, name: 'mail' },
    ])
    assert.deepEqual(
      letters.map(({ topics, message }) => [message.key, ...topics]),
      [
        ['order-service', 'others'],
        ['order-service', 'errors'],
        ['mail', 'others'],
      ],
    )
  })

  it('sends nothing before all services are allowed', async () => {
    const may = async (_: unknown, { name }: Right) => {
      if (name === 'mail') throw new Problem('Forbidden', { detail: 'no' })
    }
    const { refusal, letters } = aGateway(undefined, { access: { may } })
    assert.equal((await refusal([entry, { ...entry, service: 'mail' }])).reason, 'Forbidden')
    assert.deepEqual(letters, [])
  })

  it('asks for no more services than are looked at in time', async () => {
    const { refusal, asked } = aGateway()
    const many = Array.from({ length: 33 }, (_, index) => ({ ...entry, service: `service-${index}` }))
    assert.match((await refusal(many)).facts.detail, /at most 32 services, and this one of 33/)
    assert.deepEqual(asked, [])
  })

  it('names no more mistakes than anybody reads', async () => {
    const { refusal } = aGateway()
    const { reason, facts } = await refusal(Array.from({ length: 1_000 }, () => ({})))
    assert.deepEqual([reason, facts.errors?.length], ['Invalid', 100])
    assert.match(facts.detail, /1000 of 1000 entries are wrong, and nothing was sent/)
  })

  it('tells of each wrong entry of a call that wants the others alone', async () => {
    const { write } = aGateway()
    const { body } = await write([entry, {}], { partial: true })
    const { accepted, rejected } = body as { accepted: number; rejected: { index: number; errors: object[] }[] }
    assert.deepEqual([accepted, rejected.map(({ index, errors }) => [index, errors.length])], [1, [[1, 3]]])
  })

  for (const [posted, status, reason, says] of [
    [{ kind: 'full' }, 503, 'Overloaded', /nothing was sent/],
    [{ kind: 'failed', reason: 'others: no leader', isRefused: false }, 503, 'KafkaAway', /others: no leader\); send/],
    [{ kind: 'failed', reason: 'others: too old', isRefused: true }, 503, 'KafkaAway', /too old\); whoever runs Kafka/],
  ] as const)
    it(`says when to come again where the outlet is ${posted.kind}`, async () => {
      const problem = await aGateway(posted).refusal([entry])
      assert.deepEqual([problem.status, problem.reason, problem.facts.retryAfterSeconds], [status, reason, 2])
      assert.match(problem.facts.detail, says)
    })

  it('is not there at a gateway that takes none', async () => {
    const { writeLogs } = logOperations({
      ...{ access: { may: async () => undefined }, serves: () => true, now: () => 0, newId: () => 'new' },
    })
    const call = callWith({ caller, body: { entries: [entry] } })
    await assert.rejects(writeLogs!(call), { status: 404, reason: 'NotFound', message: /gateway.logs.enabled/ })
  })
})
