import assert from 'node:assert/strict'
import { howManyStay } from '../../../operator/application/how-many-stay.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'

describe('howManyStay', () => {
  it('counts what was there all the time, and nothing that came and went', async () => {
    const clock = fakeClock()
    const staying = howManyStay(clock, 60_000)
    assert.equal(staying(['a', 'b']), 0)
    await clock.advance(30_000)
    assert.equal(staying(['a', 'c']), 0)
    await clock.advance(30_000)
    assert.equal(staying(['a', 'b', 'c']), 1)
    await clock.advance(30_000)
    assert.equal(staying(['b', 'c']), 1)
    await clock.advance(30_000)
    assert.equal(staying(['b', 'c']), 2)
  })

  it('goes by the clock that nobody sets', () => {
    const clock = fakeClock()
    const staying = howManyStay(clock, 60_000)
    staying(['a'])
    clock.jump(3_600_000)
    assert.equal(staying(['a']), 0)
  })
})
