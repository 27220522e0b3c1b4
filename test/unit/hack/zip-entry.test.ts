import assert from 'node:assert/strict'
import { deflateRawSync } from 'node:zlib'
import { zipEntry } from '../../../hack/testbed/zip-entry.ts'

interface Packed {
  readonly name: string
  readonly method: number
  readonly packed: Buffer
}

/** A zip archive with nothing in its headers but what a reader needs. */
function zipOf(files: readonly Packed[]): Buffer {
  const locals: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const { name, method, packed } of files) {
    const local = Buffer.alloc(30)
    local.writeUInt16LE(name.length, 26)
    const whole = Buffer.concat([local, Buffer.from(name), packed])
    const central = Buffer.alloc(46)
    central.writeUInt32LE(0x02014b50, 0)
    central.writeUInt16LE(method, 10)
    central.writeUInt32LE(packed.length, 20)
    central.writeUInt16LE(name.length, 28)
    central.writeUInt32LE(at, 42)
    directory.push(central, Buffer.from(name))
    locals.push(whole)
    at += whole.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(files.length, 10)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...locals, ...directory, end])
}

describe('zipEntry', () => {
  const archive = zipOf([
    { name: 'plain', method: 0, packed: Buffer.from('as it is') },
    { name: 'folder/packed', method: 8, packed: deflateRawSync('packed '.repeat(100)) },
    { name: 'odd', method: 12, packed: Buffer.from('?') },
  ])

  it('answers the content of one file, packed or not', () => {
    assert.equal(zipEntry(archive, 'plain').toString(), 'as it is')
    assert.equal(zipEntry(archive, 'folder/packed').toString(), 'packed '.repeat(100))
  })

  it('says what it can not do', () => {
    assert.throws(() => zipEntry(archive, 'absent'), /the zip archive has no absent/)
    assert.throws(() => zipEntry(archive, 'odd'), /packed by method 12/)
    assert.throws(() => zipEntry(Buffer.from('a text'), 'plain'), /not a zip archive/)
  })
})
