import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { inSlices } from '../../../../../operator/infrastructure/http/gateway/slices.ts'

const MOST = 32 * 1024

async function sliced(payload: unknown) {
  const headers: Record<string, unknown> = {}
  const reply = { header: (name: string, value: unknown) => Object.assign(headers, { [name]: value }) }
  const answer = inSlices(reply as unknown as FastifyReply, payload)
  assert.ok(answer instanceof Readable)
  const slices: Buffer[] = await answer.toArray()
  return { slices, headers }
}

describe('inSlices', () => {
  for (const [what, payload] of [
    ['bytes', Buffer.alloc(100_000, 'abc')],
    ['text', 'ä€'.repeat(20_000)],
  ] as const)
    it(`gives large ${what} bit by bit, and says how much it is`, async () => {
      const { slices, headers } = await sliced(payload)
      assert.ok(slices.every(({ length }) => length <= MOST))
      assert.deepEqual(Buffer.concat(slices), Buffer.from(payload))
      assert.deepEqual(headers, { 'content-length': 100_000 })
    })

  it('leaves everything else as it is', () => {
    const reply = {} as FastifyReply
    for (const payload of [undefined, null, 'x'.repeat(MOST), Buffer.alloc(MOST), Readable.from([])])
      assert.equal(inSlices(reply, payload), payload)
  })
})
