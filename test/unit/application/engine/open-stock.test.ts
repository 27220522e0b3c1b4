import assert from 'node:assert/strict'
import { booksThatDoNotClose, hourMs } from './books-that-do-not-close.ts'

describe('a stock whose books do not close', () => {
  it('opens by itself when its holds have ended, also where the clock was wrong when it was looked at', async () => {
    const { site } = await booksThatDoNotClose()
    site.setAhead(20_000)
    await site.pass(12_000)
    assert.equal(site.notReady('beans'), 'BooksDoNotClose')
    site.setAhead(0)
    await site.pass(hourMs + 20_000)
    assert.deepEqual([site.notReady('beans'), site.out('beans')], [undefined, 0])
    site.apply('new', { beans: 10 })
    await site.pass(1_000)
    assert.equal(site.phaseOf('new'), 'Reserved')
  })
})
