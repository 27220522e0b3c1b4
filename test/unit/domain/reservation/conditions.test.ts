import assert from 'node:assert/strict'
import { conditionsAfter, type Told } from '../../../../operator/domain/reservation/conditions.ts'
import type { Phase } from '../../../../operator/domain/reservation/reservation.ts'
import { afterTen } from '../../../fixtures/builders.ts'

const told: Told = {
  phase: 'Reserved',
  reason: 'Reserved',
  message: '2 of grinder held until 10:15:00Z',
  at: '2026-11-22T10:00:00.789Z',
  generation: 4,
  consumed: true,
}

const shortly = ({ type, status }: { type: string; status: string }) => `${type}=${status}`

describe('conditionsAfter', () => {
  const table: readonly [Phase, consumed: boolean, reserved: string, confirmed: string, finished: string][] = [
    ['Pending', false, 'False', 'False', 'False'],
    ['Waiting', false, 'False', 'False', 'False'],
    ['Reserved', true, 'True', 'False', 'False'],
    ['Confirmed', true, 'True', 'True', 'True'],
    ['Confirmed', false, 'True', 'True', 'False'],
    ['Released', false, 'False', 'False', 'True'],
    ['Expired', false, 'False', 'False', 'True'],
    ['Rejected', false, 'False', 'False', 'True'],
  ]
  for (const [phase, consumed, ...want] of table) {
    it(`is Reserved ${want[0]}, Confirmed ${want[1]}, Finished ${want[2]} when ${phase}${consumed ? ' of goods' : ''}`, () => {
      assert.deepEqual(
        conditionsAfter([], { ...told, phase, consumed }).map(shortly),
        ['Reserved', 'Confirmed', 'Finished'].map((type, index) => `${type}=${want[index]}`),
      )
    })
  }

  it('says why in each of them, and since when to the second', () => {
    assert.deepEqual(conditionsAfter([], told)[0], {
      type: 'Reserved',
      status: 'True',
      reason: 'Reserved',
      message: '2 of grinder held until 10:15:00Z',
      lastTransitionTime: '2026-11-22T10:00:00Z',
      observedGeneration: 4,
    })
  })

  it('keeps the time of those that do not change, and says the newest words in all', () => {
    const before = conditionsAfter([], told)
    const after = conditionsAfter(before, {
      ...told,
      phase: 'Confirmed',
      reason: 'Confirmed',
      message: '2 of grinder sold',
      at: afterTen(60),
      generation: 5,
    })
    assert.deepEqual(
      after.map(({ type, lastTransitionTime }) => [type, lastTransitionTime]),
      [
        ['Reserved', '2026-11-22T10:00:00Z'],
        ['Confirmed', '2026-11-22T10:01:00Z'],
        ['Finished', '2026-11-22T10:01:00Z'],
      ],
    )
    for (const { reason, message, observedGeneration } of after) {
      assert.deepEqual([reason, message, observedGeneration], ['Confirmed', '2 of grinder sold', 5])
    }
  })
})
