import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Kafka } from '../../../hack/testbed/kafka.ts'
import { readTopics } from '../../../operator/infrastructure/kafka/topic-reader.ts'
import { type GatewaySite, gatewaySite } from '../../fixtures/gateway-site.ts'
import { testbed } from '../../fixtures/testbed.ts'
import { until } from '../../fixtures/until.ts'
import { quiet } from '../kafka/own-kafka.ts'

const namespace = 'gateway-logs'
const ALL = ['error-logs', 'audit-logs', 'financial-logs', 'application-logs']
const HANGS_MS = 30_000

interface Entry {
  readonly level: string
  readonly service: string
  readonly message: string
}

describe("lines of other programs' logs, at a gateway with a real Kafka", function () {
  this.timeout(120_000)
  let site: GatewaySite
  let kafka: Kafka
  let writer: string
  let shop: string

  before(async () => {
    kafka = await testbed().ownKafka()
    site = await gatewaySite(namespace, {
      kafka: { brokers: [kafka.brokers], createTopics: true },
      gateway: { port: 0, writesPerSecond: 10_000, requestsPerSecond: 10_000, logs: { enabled: true } },
    })
    writer = await site.tokenOf('writer', ['get'])
    shop = await site.tokenOf('shop', ['get'])
    const rules = [{ apiGroups: ['kbnt.io'], resources: ['logs'], verbs: ['create'] }]
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'all-logs', namespace },
      rules,
    }
    assert.equal((await testbed().kubectl(['apply', '-f', '-'], role)).code, 0)
    await site.kubectl('-n', namespace, 'apply', '-f', 'config/samples/gateway/log-writer.yaml')
    await bind('all-logs', 'writer')
    await bind('order-service-logs', 'shop')
    await until('topics', 60_000, async () => (await post([{ ...info, message: 'first' }])).status === 202 || undefined)
  })
  after(async () => {
    await site?.dispose()
    await kafka?.kill()
  })

  async function bind(role: string, account: string): Promise<void> {
    const subject = `--serviceaccount=${namespace}:${account}`
    await site.kubectl('-n', namespace, 'create', 'rolebinding', role, `--role=${role}`, subject)
  }
  const info: Entry = { level: 'INFO', service: 'order-service', message: 'taken' }
  const post = (entries: readonly unknown[], { token = writer, query = '' } = {}) =>
    site.gateway.call('POST', `/logs${query}`, { token, body: { entries } })
  async function kept(): Promise<{ topic: string; key: string; value: Record<string, unknown> }[]> {
    const records = await readTopics({
      connection: { brokers: [kafka.brokers], clientId: 'test' },
      ...{ topics: ALL, logger: quiet },
    })
    return records.map(({ topic, key, value }) => ({ topic, key: String(key), value: JSON.parse(String(value)) }))
  }
  const messagesIn = async (topic: string) =>
    (await kept()).filter((record) => record.topic === topic).map(({ value }) => value['message'])

  it('are in the topics of their level and service, with who sent them', async () => {
    const { status, body } = await post([
      { ...info, message: 'a', correlationId: 'c-7', payload: { order: 7 } },
      { level: 'ERROR', service: 'payment-service', message: 'b' },
      { level: 'WARN', service: 'auth-service', message: 'c', timestamp: '2026-11-30T10:00:00Z' },
    ])
    assert.deepEqual([status, body], [202, { accepted: 3, rejected: [] }])
    assert.deepEqual(await messagesIn('error-logs'), ['b'])
    assert.deepEqual(await messagesIn('financial-logs'), ['b'])
    assert.deepEqual(await messagesIn('audit-logs'), ['c'])
    const { key, value } = (await kept()).find(({ value: { message } }) => message === 'a') ?? {}
    assert.equal(key, 'order-service')
    const { actor, correlation_id: correlation, payload, namespace: from } = value ?? {}
    assert.deepEqual(
      { actor, correlation, payload, from },
      {
        ...{ actor: `system:serviceaccount:${namespace}:writer`, correlation: 'c-7' },
        ...{ payload: { order: 7 }, from: namespace },
      },
    )
  })

  it('are refused by index when one is wrong, and none is sent', async () => {
    const { status, body } = await post([{ ...info, message: 'not alone' }, { ...info, level: 'LOUD' }, 7])
    assert.equal(status, 400)
    assert.deepEqual(
      body.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/entries/1/level', '/entries/2'],
    )
    assert.ok(!(await messagesIn('application-logs')).includes('not alone'))
  })

  it('are taken without the wrong ones when the call says so', async () => {
    const entries = [
      { ...info, level: 'LOUD' },
      { ...info, message: 'right' },
    ]
    const { status, body } = await post(entries, { query: '?partial=true' })
    assert.deepEqual([status, body.accepted, body.rejected[0]?.index], [202, 1, 0])
    assert.ok((await messagesIn('application-logs')).includes('right'))
    assert.equal((await post([{ level: 'LOUD' }], { query: '?partial=true' })).status, 400)
  })

  it('are taken of those services alone that their sender may write for', async () => {
    assert.equal((await post([info], { token: shop })).status, 202)
    const { status, body } = await post([info, { ...info, service: 'payment-service', message: 'forged' }], {
      token: shop,
    })
    assert.equal(status, 403)
    assert.match(body.detail, /logs.kbnt.io "payment-service" is forbidden/)
    assert.ok(!(await messagesIn('financial-logs')).includes('forged'))
  })

  it('are all there once they were acknowledged, through a Kafka that goes away and comes back', async () => {
    const taken: string[] = []
    const answers = new Map<number, number>()
    let isOver = false
    async function write(lane: number): Promise<void> {
      for (let index = 0; !isOver; index += 1) {
        const message = `lane ${lane} entry ${index}`
        const { status, headers } = await post([{ ...info, message }])
        answers.set(status, (answers.get(status) ?? 0) + 1)
        if (status === 202) taken.push(message)
        if (status === 503) assert.match(headers.get('retry-after') ?? '', /^\d+$/)
      }
    }
    const lanes = Array.from({ length: 8 }, (_, lane) => write(lane))
    await until('some', HANGS_MS, async () => taken.length > 100 || undefined)
    await kafka.kill()
    await until('a refusal', HANGS_MS, async () => answers.has(503) || undefined)
    const before = taken.length
    await kafka.start()
    await until('more', HANGS_MS, async () => taken.length > before + 100 || undefined)
    isOver = true
    await Promise.all(lanes)
    const there = new Set(await messagesIn('application-logs'))
    assert.deepEqual(
      taken.filter((message) => !there.has(message)),
      [],
    )
    assert.deepEqual([...answers.keys()].sort(), [202, 503])
  })

  it('are shown in a terminal as they come, those that are wanted', async () => {
    const args = ['hack/run.mjs', 'hack/logs.ts', 'tail', '--kafka-brokers', kafka.brokers]
    const wanted = ['--from-beginning', '--level', 'WARN', '--service', 'payment-service']
    const command = spawn(process.execPath, [...args, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = await once(createInterface(command.stdout), 'line')
    command.kill('SIGTERM')
    assert.match(line, /Z {2}ERROR {2}payment-service {2}b$/)
    const [code] = await once(command, 'exit')
    assert.equal(code, 0)
  })

  it('are counted, by topic', async () => {
    const text = await site.gateway.metrics()
    assert.match(text, /^kbnt_gateway_log_entries_total\{topic="error-logs"\} 1$/m)
    assert.match(text, /^kbnt_gateway_log_waiting_bytes 0$/m)
  })
})
