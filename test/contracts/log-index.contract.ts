import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { LogIndex } from '../../operator/application/logs/log-index.ts'
import type { LogDocument } from '../../operator/domain/logs/log-document.ts'

export interface LogIndexUnderTest {
  readonly index: LogIndex
  /** What is there under this id, once it can be looked for. */
  find(document: Pick<LogDocument, 'index' | 'id'>): Promise<unknown>
}

export function logIndexContract(what: string, made: () => LogIndexUnderTest): void {
  describe(`LogIndex: ${what}`, () => {
    const { signal } = new AbortController()
    const aLine = (source: object = {}): LogDocument => ({
      id: randomUUID(),
      index: 'virtual-stock-logs-2026.11.30',
      source: { '@timestamp': '2026-11-30T12:00:00.000Z', message: 'sold', ...source },
    })
    const kinds = async (...documents: LogDocument[]) =>
      (await made().index.put(documents, signal)).map(({ kind }) => kind)
    before(async () => assert.equal(await made().index.prepare(signal), undefined))

    it('is prepared any number of times', async () => {
      assert.equal(await made().index.prepare(signal), undefined)
    })

    it('keeps a document once, and as it was first', async () => {
      const document = aLine()
      assert.deepEqual(await kinds(document, aLine()), ['kept', 'kept'])
      assert.deepEqual(await kinds({ ...document, source: { ...document.source, message: 'lost' } }), ['kept'])
      assert.deepEqual(await made().find(document), document.source)
    })

    it('refuses one that it can not read, with the reason, and keeps those beside it', async () => {
      const [one, other] = [aLine(), aLine()]
      const put = await made().index.put([one, aLine({ '@timestamp': 'yesterday' }), other], signal)
      assert.deepEqual(
        put.map(({ kind }) => kind),
        ['kept', 'refused', 'kept'],
      )
      assert.match(put[1]?.kind === 'refused' ? put[1].reason : '', /@timestamp/)
      assert.deepEqual(await made().find(other), other.source)
    })

    it('keeps any payload, whatever others have had in its fields', async () => {
      const payloads = [{ a: 1 }, { a: { b: 'x' } }, { a: ['x', { c: null }] }]
      assert.deepEqual(await kinds(...payloads.map((payload) => aLine({ payload }))), ['kept', 'kept', 'kept'])
    })

    it('takes none, and has nothing to say', async () => assert.deepEqual(await kinds(), []))
  })
}
