import assert from 'node:assert/strict'
import { RESTART_BACK_OFF, restartBackOff } from '../../../../operator/infrastructure/kubernetes/restart-back-off.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

describe('restart back-off', () => {
  it('doubles from 800 ms to 30 s', () => {
    const next = restartBackOff(RESTART_BACK_OFF, fakeClock(), () => 0)
    assert.deepEqual(Array.from({ length: 8 }, next), [800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000, 30_000])
  })

  it('adds up to as much again at random, but stays within the limit', () => {
    const next = restartBackOff(RESTART_BACK_OFF, fakeClock(), () => 0.5)
    assert.deepEqual(Array.from({ length: 6 }, next), [1_200, 2_400, 4_800, 9_600, 19_200, 30_000])
  })

  it('begins again after two quiet minutes', () => {
    const clock = fakeClock()
    const next = restartBackOff(RESTART_BACK_OFF, clock, () => 0)
    next()
    next()
    clock.jump(120_000)
    assert.equal(next(), 3_200)
    clock.jump(120_001)
    assert.equal(next(), 800)
  })
})
