import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

const SLICE_BYTES = 32 * 1024

/**
 * A large answer bit by bit, each when the one before is on its way; a small one as it is. TLS holds whatever is written at
 * once, and its connection keeps as much memory from then on, until it is closed.
 */
export function inSlices(reply: FastifyReply, payload: unknown): unknown {
  const isWhole = typeof payload === 'string' || Buffer.isBuffer(payload)
  if (!isWhole || payload.length <= SLICE_BYTES) return payload
  const content = Buffer.isBuffer(payload) ? payload : Buffer.from(payload)
  reply.header('content-length', content.length)
  return Readable.from(slicesOf(content))
}

function* slicesOf(content: Buffer): Generator<Buffer> {
  for (let from = 0; from < content.length; from += SLICE_BYTES) yield content.subarray(from, from + SLICE_BYTES)
}
