import assert from 'node:assert/strict'
import { promisify } from 'node:util'
import { gzip, zstdCompress } from 'node:zlib'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import lz4 from 'lz4js'
import snappy from 'snappyjs'
import { MOST_OF_A_BATCH, readEveryCodec } from '../../../../operator/infrastructure/kafka/codecs.ts'

const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes
const text = fc
  .array(fc.constantFrom('order', 'stock', 'bread', '\u00e9', '0'))
  .map((words) => Buffer.from(words.join(' ')))

/** As Java's producers write it. */
function xerial(buffer: Buffer, size: number): Buffer {
  const chunks: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])]
  for (let at = 0; at < buffer.length; at += size) {
    const chunk = snappy.compress(buffer.subarray(at, at + size))
    const length = Buffer.alloc(4)
    length.writeInt32BE(chunk.length)
    chunks.push(length, chunk)
  }
  return Buffer.concat(chunks)
}

const compressions: readonly [what: string, type: number, compress: (buffer: Buffer) => Promise<Buffer>][] = [
  ['gzip', GZIP, promisify(gzip)],
  ['zstd', ZSTD, promisify(zstdCompress)],
  ['lz4', LZ4, async (buffer) => Buffer.from(lz4.compress(buffer))],
  ['snappy in one piece', Snappy, async (buffer) => snappy.compress(buffer)],
  ['snappy in chunks', Snappy, async (buffer) => xerial(buffer, 32 * 1024)],
]

describe('compressed batches', () => {
  readEveryCodec()
  const codecOf = (type: number) =>
    (kafkajs.CompressionCodecs as Record<number, () => ReturnType<typeof Object>>)[type]?.()

  for (const [what, type, compress] of compressions) {
    it(`are read in ${what}`, () =>
      fc.assert(
        fc.asyncProperty(text, async (buffer) => {
          assert.deepEqual(await codecOf(type).decompress(await compress(buffer)), buffer)
        }),
        { numRuns: 50 },
      ))

    it(`are refused in ${what} where they become too large, and where they are cut`, async () => {
      const bomb = await compress(Buffer.alloc(MOST_OF_A_BATCH + 1))
      await assert.rejects(codecOf(type).decompress(bomb), /a compressed batch becomes more than 64 MiB/)
      const whole = Buffer.from('a few words that are said again, '.repeat(40))
      const cut = (await compress(whole)).subarray(0, -20)
      const read: Buffer | Error = await codecOf(type)
        .decompress(cut)
        .catch((error: Error) => error)
      assert.ok(read instanceof Error || !read.equals(whole), 'what is cut is not whole')
    })
  }

  it('are sent in gzip alone', async () => {
    const buffer = Buffer.from('bread')
    const sent = await codecOf(GZIP).compress({ buffer })
    assert.deepEqual(await codecOf(GZIP).decompress(sent), buffer)
    for (const type of [Snappy, LZ4, ZSTD])
      await assert.rejects(codecOf(type).compress({ buffer }), /nothing is sent in \w+ here: gzip, or nothing/)
  })
})
