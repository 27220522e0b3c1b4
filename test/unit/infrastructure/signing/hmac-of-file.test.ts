import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hmacOfFile } from '../../../../operator/infrastructure/signing/hmac-of-file.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
const under = (secret: string) => createHmac('sha256', secret).update('text').digest('hex')

describe('the secret in a file', () => {
  let directory: string
  let path: string
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kbnt-secret-'))
    path = join(directory, 'key')
  })
  afterEach(() => rm(directory, { recursive: true, force: true }))

  it('is that of the file, ten seconds after it was changed at the latest', async () => {
    await writeFile(path, first)
    const clock = fakeClock()
    const hmac = hmacOfFile(path, clock)
    assert.equal(hmac('text'), under(first))
    await writeFile(path, second)
    await clock.advance(10_000)
    assert.equal(hmac('text'), under(second))
  })

  it('is none where there is too little of it, or no file', async () => {
    await writeFile(path, 'short')
    assert.throws(() => hmacOfFile(path, fakeClock()), /has 5 bytes, and at least 32 are needed/)
    assert.throws(() => hmacOfFile(`${path}-none`, fakeClock()), /ENOENT/)
  })
})
