import { promisify } from 'node:util'
import { gunzip, gzip, zstdDecompress } from 'node:zlib'
import kafkajs from 'kafkajs'
import lz4 from 'lz4js'
import snappy from 'snappyjs'

/** As the library wants them; its own types leave them out. */
interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>
  /** Throws where it can't be read, or would become too large. */
  decompress(buffer: Buffer): Promise<Buffer>
}

/**
 * What one batch may become, in bytes: half of what a flow may fetch at once. A megabyte, the most that topics take by
 * default, is rarely text that shrinks to a sixtieth; a bomb made of zeros shrinks to a thousandth.
 */
export const MOST_OF_A_BATCH = 64 * 1024 * 1024

const zip = promisify(gzip)
const unzip = promisify(gunzip)
const unpack = promisify(zstdDecompress)
const bound = { maxOutputLength: MOST_OF_A_BATCH }
const { GZIP, Snappy, LZ4, ZSTD } = kafkajs.CompressionTypes

/** What is read here, by the library's numbers. Nothing of ours is sent but in gzip or as it is. */
const codecs: Readonly<Record<number, Codec>> = {
  [GZIP]: { compress: ({ buffer }) => zip(buffer), decompress: (buffer) => bounded(unzip(buffer, bound)) },
  [ZSTD]: readOnly('zstd', (buffer) => bounded(unpack(buffer, bound))),
  [LZ4]: readOnly('lz4', async (buffer) => unframedLz4(buffer)),
  [Snappy]: readOnly('snappy', async (buffer) => unframedSnappy(buffer)),
}

/**
 * Has the library read batches of every kind that Kafka has, each only up to a bound; by itself it knows gzip, without one.
 * Changes the library for the whole process; repeating it does nothing.
 */
export function readEveryCodec(): void {
  const known: Record<number, () => Codec> = kafkajs.CompressionCodecs
  for (const [type, codec] of Object.entries(codecs)) known[Number(type)] = () => codec
}

function readOnly(name: string, decompress: Codec['decompress']): Codec {
  return {
    compress: () => Promise.reject(new Error(`nothing is sent in ${name} here: gzip, or nothing`)),
    decompress,
  }
}

async function bounded(result: Promise<Buffer>): Promise<Buffer> {
  try {
    return await result
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? tooLarge() : error
  }
}

function tooLarge(): Error {
  return new Error(`a compressed batch becomes more than ${MOST_OF_A_BATCH / 1024 / 1024} MiB`)
}

/** Kafka's lz4 is the frame format, whose header or number of blocks says how large it becomes at most. */
function unframedLz4(buffer: Buffer): Buffer {
  const most = lz4.decompressBound(buffer) as unknown as number // its types say that it says nothing
  if (most > MOST_OF_A_BATCH) throw tooLarge()
  return fromBytes(lz4.decompress(buffer, most))
}

const XERIAL = Buffer.from([0x82, ...Buffer.from('SNAPPY'), 0])
/** Behind the magic two versions of four bytes each. */
const XERIAL_HEADER = XERIAL.length + 8
const CHUNK_LENGTH = 4

/** Java's producers cut it into chunks, each behind its length; others send one piece. */
function unframedSnappy(buffer: Buffer): Buffer {
  if (!buffer.subarray(0, XERIAL.length).equals(XERIAL)) return unpacked(buffer, MOST_OF_A_BATCH)
  const chunks: Buffer[] = []
  let left = MOST_OF_A_BATCH
  for (let at = XERIAL_HEADER; at < buffer.length; ) {
    const start = at + CHUNK_LENGTH
    const end = start + buffer.readInt32BE(at)
    if (end <= start || end > buffer.length)
      throw new Error(`a chunk of snappy ends at ${end} of ${buffer.length} bytes`)
    const chunk = unpacked(buffer.subarray(start, end), left)
    left -= chunk.length
    chunks.push(chunk)
    at = end
  }
  return Buffer.concat(chunks)
}

function unpacked(buffer: Buffer, most: number): Buffer {
  if (lengthOf(buffer) > most) throw tooLarge()
  return fromBytes(snappy.uncompress<Uint8Array>(buffer))
}

/** What a piece says of its own length: seven bits a byte, the last without the eighth. */
function lengthOf(buffer: Buffer): number {
  let length = 0
  for (const [index, byte] of buffer.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80) return length
  }
  throw new Error('a piece of snappy does not say how long it is')
}

function fromBytes({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}
