import assert from 'node:assert/strict'
import type { LogDocument } from '../../../../operator/domain/logs/log-document.ts'
import type { Reply } from '../../../../operator/domain/reply.ts'
import { httpLogIndex } from '../../../../operator/infrastructure/log-index/http-log-index.ts'

const { signal } = new AbortController()
const line = (id: string, message = 'sold'): LogDocument => ({ id, index: 'logs-2026.11.30', source: { message } })
const answered = (status: number, body: unknown = {}): Reply => ({
  ...{ kind: 'answered', status, text: typeof body === 'string' ? body : JSON.stringify(body) },
})
const created = { create: { status: 201 } }
const failed = (status: number, type: string) => ({ create: { status, error: { type, reason: 'because' } } })

/** An other side that answers as `answer` says, to calls with so many documents. */
function site(answer: (call: { readonly documents: number; readonly body: string }) => Reply) {
  const calls: string[] = []
  const api = {
    name: 'opensearch:9200',
    async call({ method, path, body = '' }: { method: string; path: string; body?: string }) {
      calls.push(`${method} ${path.replace(/\?.*/, '')}`)
      return answer({ documents: body.split('\n').length >> 1, body })
    },
  }
  return { calls, index: httpLogIndex(api, { name: 'kbnt-logs', text: '{"version": 3}' }) }
}

describe('an index of logs over HTTP', () => {
  it('tells what became of each document of a call', async () => {
    const items = [
      ...[created, failed(409, 'version_conflict_engine_exception'), failed(400, 'mapper_parsing_exception')],
      ...[failed(400, 'validation_exception'), failed(429, 'rejected_execution_exception')],
      ...[failed(503, 'unavailable_shards_exception'), failed(403, 'cluster_block_exception')],
    ]
    const { index } = site(() => answered(200, { items }))
    const put = await index.put([...items.map((_, at) => line(String(at))), line('not told of')], signal)
    assert.deepEqual(
      put.map((one) => (one.kind === 'away' ? `away ${one.cause} ${one.certain}` : one.kind)),
      [
        ...['kept', 'kept', 'refused'],
        'away Http400 true', // too many shards: no document can be why
        ...['away Http429 true', 'away Http503 true', 'away Http403 true', 'away NoAnswer false'],
      ],
    )
    assert.match(put[2]?.kind === 'refused' ? put[2].reason : '', /mapper_parsing_exception: because/)
  })

  it('halves what is too large together, and refuses what is so alone', async () => {
    const { index, calls } = site(({ documents, body }) => {
      if (body.includes('huge') || documents > 2) return answered(413)
      return answered(200, { items: Array(documents).fill(created) })
    })
    const put = await index.put([line('1'), line('2'), line('3', 'huge'), line('4'), line('5')], signal)
    assert.deepEqual(
      put.map(({ kind }) => kind),
      ['kept', 'kept', 'refused', 'kept', 'kept'],
    )
    assert.equal(calls.length, 5)
  })

  it('finds the one that something on the way does not let through, and puts the others', async () => {
    const { index, calls } = site(({ documents, body }) =>
      body.includes('<script>') ? answered(403, 'blocked') : answered(200, { items: Array(documents).fill(created) }),
    )
    const lines = Array.from({ length: 500 }, (_, at) => line(String(at), at === 321 ? '<script>' : 'sold'))
    const put = await index.put(lines, signal)
    assert.deepEqual(
      put.flatMap(({ kind }, at) => (kind === 'kept' ? [] : [[at, kind]])),
      [[321, 'away']],
    )
    assert.partialDeepStrictEqual(put[321], { cause: 'Http403', certain: false })
    assert.ok(calls.length < 40, `${calls.length} calls`)
  })

  it('asks no more than twice again where nothing at all is let through', async () => {
    const { index, calls } = site(() => answered(403, 'who are you?'))
    const put = await index.put(
      Array.from({ length: 500 }, (_, at) => line(String(at))),
      signal,
    )
    assert.deepEqual(new Set(put.map(({ kind }) => kind)), new Set(['away']))
    assert.equal(calls.length, 3)
  })

  it('makes calls of 4 MiB at most', async () => {
    const sizes: number[] = []
    const { index } = site(({ documents, body }) => {
      sizes.push(body.length)
      return answered(200, { items: Array(documents).fill(created) })
    })
    const large = Array.from({ length: 10 }, (_, at) => line(String(at), 'x'.repeat(1_000_000)))
    assert.deepEqual(new Set((await index.put(large, signal)).map(({ kind }) => kind)), new Set(['kept']))
    assert.deepEqual(
      sizes.map((size) => Math.round(size / 1_000_000)),
      [4, 4, 2],
    )
  })

  const replies: readonly (readonly [string, Reply, object])[] = [
    ['401', answered(401, 'who are you?'), { cause: 'Http401', certain: true }],
    ['502', answered(502), { cause: 'Http502', certain: false }],
    ['what is no JSON', answered(200, '<html>'), { cause: 'NoAnswer', certain: false }],
    ['nothing', { kind: 'lost', cause: 'Timeout', reason: 'late' }, { cause: 'Timeout', certain: false }],
    [
      ...(['nothing, for its breaker is open'] as const),
      { kind: 'unsent', cause: 'BreakerOpen', reason: 'left alone', retryAfterMs: 7 },
      { cause: 'BreakerOpen', certain: false, retryAfterMs: 7 },
    ],
  ]
  for (const [what, reply, expected] of replies)
    it(`is away where it answers ${what}`, async () => {
      const [put] = await site(() => reply).index.put([line('1')], signal)
      assert.partialDeepStrictEqual(put, { kind: 'away', ...expected })
    })

  it('puts its template where there is none, or an older one', async () => {
    for (const [found, calls] of [
      [answered(404), 2],
      [answered(200, { index_templates: [{ index_template: { version: 2 } }] }), 2],
      [answered(200, { index_templates: [{ index_template: { version: 3 } }] }), 1],
    ] as const) {
      let first = true
      const made = site(() => {
        const reply = first ? found : answered(200)
        first = false
        return reply
      })
      assert.equal(await made.index.prepare(signal), undefined)
      assert.equal(made.calls.length, calls)
    }
  })

  it('says what to do where it may not', async () => {
    const lacks = await site(() =>
      answered(403, 'no permissions for [indices:admin/index_template/get]'),
    ).index.prepare(signal)
    assert.equal(lacks?.cause, 'NoTemplate')
    assert.match(lacks.reason, /putTemplate: false if somebody else does.*403: no permissions/)
  })
})
