import { inflateRawSync } from 'node:zlib'

const END = 0x06054b50
const CENTRAL = 0x02014b50
const DEFLATED = 8

/** The content of one file of a zip archive. Throws when there is no such file, or it is packed in a way that we don't know. */
export function zipEntry(archive: Buffer, wanted: string): Buffer {
  // the directory is at the end of a zip, and only it tells sizes for sure
  const end = archive.lastIndexOf(Buffer.from(Uint32Array.of(END).buffer))
  if (end < 0) throw new Error('not a zip archive')
  const count = archive.readUInt16LE(end + 10)
  let at = archive.readUInt32LE(end + 16)
  for (let index = 0; index < count && archive.readUInt32LE(at) === CENTRAL; index += 1) {
    const nameLength = archive.readUInt16LE(at + 28)
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength)
    if (name === wanted) return contentAt(archive, at)
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32)
  }
  throw new Error(`the zip archive has no ${wanted}`)
}

function contentAt(archive: Buffer, directoryAt: number): Buffer {
  const method = archive.readUInt16LE(directoryAt + 10)
  const packedSize = archive.readUInt32LE(directoryAt + 20)
  const local = archive.readUInt32LE(directoryAt + 42)
  const begin = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28)
  const packed = archive.subarray(begin, begin + packedSize)
  if (method === 0) return packed
  if (method !== DEFLATED) throw new Error(`packed by method ${method}`)
  return inflateRawSync(packed)
}
