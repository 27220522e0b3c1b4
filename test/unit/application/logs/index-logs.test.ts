import assert from 'node:assert/strict'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import { indexLogs } from '../../../../operator/application/logs/index-logs.ts'
import { inMemoryLogIndex } from '../../../fakes/in-memory-log-index.ts'

const line = (
  offset: number,
  value: object | string = { message: 'sold' },
  topic = 'application-logs',
): FlowMessage => ({
  ...{ topic, partition: 0, offset: BigInt(offset), headers: {}, timestampMs: Date.UTC(2026, 10, 30) },
  value: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
})
const away = { kind: 'away', certain: true, cause: 'Http429', reason: 'too busy', retryAfterMs: 2_000 } as const

function site() {
  const index = inMemoryLogIndex()
  const put: string[] = []
  const flow = indexLogs({
    index,
    prefixes: new Map([
      ['application-logs', 'logs'],
      ['audit-logs', 'audit'],
    ]),
    onPut: (result) => put.push(result),
  })
  const run = async (...messages: FlowMessage[]) =>
    (await flow.together?.handle(messages, new AbortController().signal)) ?? []
  return { index, put, flow, run }
}

const kinds = (answers: readonly { readonly kind: string }[]) => answers.map(({ kind }) => kind)

describe('the flow log-index', () => {
  it('puts each line to the index of its topic, once however often it comes', async () => {
    const { run, index, put } = site()
    assert.deepEqual(
      kinds(await run(line(1), line(2), line(1, undefined, 'audit-logs'), line(1))),
      Array(4).fill('done'),
    )
    assert.deepEqual(
      [...index.documents.values()].map((document) => document.index),
      ['logs-2026.11.30', 'logs-2026.11.30', 'audit-2026.11.30'],
    )
    assert.deepEqual(put, Array(4).fill('kept'))
  })

  it('gives up what is no line of a log, and puts the others', async () => {
    const { run, index } = site()
    const answers = await run(line(1, 'GET / 200'), line(2), line(3, undefined, 'elsewhere'))
    assert.deepEqual(kinds(answers), ['dead', 'done', 'dead'])
    assert.equal(index.documents.size, 1)
  })

  it('lets everything wait while the index is away, for as long as that asks', async () => {
    const { run, index, flow } = site()
    await run(line(1))
    index.trouble = away
    const { kind: _, ...asked } = away
    assert.deepEqual(await run(line(2)), [{ kind: 'wait', ...asked, neighbour: index.name }])
    index.trouble = undefined
    assert.equal((await flow.handle(line(2), new AbortController().signal)).kind, 'done')
    assert.equal(index.documents.size, 2)
  })

  it('puts nothing before the index is prepared, which is done once', async () => {
    const { run, index, put } = site()
    index.trouble = away
    assert.deepEqual(kinds(await run(line(1))), ['wait'])
    assert.deepEqual(put, [])
    index.trouble = undefined
    await run(line(1))
    await run(line(2))
    assert.equal(index.prepared(), 2)
  })
})
