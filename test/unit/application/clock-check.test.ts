import assert from 'node:assert/strict'
import { clockCheck } from '../../../operator/application/clock-check.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'
import { aMachine } from '../../fixtures/machine-builders.ts'

const machine = aMachine()
const other = aMachine({ name: 'web-2' })

/** A clock that is off by `excessMs`, until the store's `answers` say otherwise. */
function aCheck(excessMs: number, ...answers: (number | Error)[]) {
  const clock = fakeClock()
  const place = { excessMs, reads: [] as string[] }
  const read = async (namespace: string, name: string) => {
    place.reads.push(`${namespace}/${name}`)
    const answer = answers.shift() ?? place.excessMs
    if (answer instanceof Error) throw answer
    place.excessMs = answer
    return undefined
  }
  const isRight = clockCheck({ skew: { excessMs: () => place.excessMs }, clock, objects: { read } })
  return { clock, place, isRight }
}

describe('clockCheck', () => {
  it('asks nobody while the clock is right', async () => {
    const { place, isRight } = aCheck(0)
    assert.equal(await isRight(machine), true)
    assert.deepEqual(place.reads, [])
  })

  it('lets a machine go on at once where the store says that the clock is right', async () => {
    const { place, isRight } = aCheck(-60_000, 0)
    assert.equal(await isRight(machine), true)
    assert.deepEqual(place.reads, ['team/web-1'])
  })

  it('has one machine ask for all of them, every two seconds', async () => {
    const { clock, place, isRight } = aCheck(60_000)
    assert.deepEqual([await isRight(machine), await isRight(other)], [false, false])
    await clock.advance(1_999)
    assert.equal(await isRight(other), false)
    assert.deepEqual(place.reads, ['team/web-1'])
    await clock.advance(1)
    assert.equal(await isRight(other), false)
    assert.deepEqual(place.reads, ['team/web-1', 'team/web-2'])
  })

  it('leaves a fault of the store to the one that asked', async () => {
    const { isRight } = aCheck(60_000, new Error('timed out'))
    await assert.rejects(isRight(machine), /timed out/)
    assert.equal(await isRight(other), false)
  })

  it('has one of another namespace ask where the first does not answer', async () => {
    const { clock, place, isRight } = aCheck(60_000, new Error('forbidden'), new Error('forbidden'), 0)
    await assert.rejects(isRight(machine), /forbidden/)
    assert.equal(await isRight(other), false, 'its namespace was asked just now')
    await clock.advance(2_000)
    await assert.rejects(isRight(other), /forbidden/)
    assert.equal(await isRight(aMachine({ namespace: 'another', name: 'web-3' })), true)
    assert.deepEqual(place.reads, ['team/web-1', 'team/web-2', 'another/web-3'])
  })
})
