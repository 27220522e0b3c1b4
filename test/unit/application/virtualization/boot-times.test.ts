import assert from 'node:assert/strict'
import { bootTimes } from '../../../../operator/application/virtualization/boot-times.ts'

describe('bootTimes', () => {
  it('knows nothing before it has seen a boot, and nothing of one provider by another', () => {
    const times = bootTimes()
    times.add('KubeVirt', 90)
    assert.deepEqual([times.medianSeconds('Simulated'), times.medianSeconds('KubeVirt')], [undefined, 90])
  })

  it('is what half of the last boots took, however long one of them was', () => {
    const times = bootTimes()
    for (const seconds of [3, 600, 2, 4]) times.add('KubeVirt', seconds)
    assert.equal(times.medianSeconds('KubeVirt'), 3)
  })

  it('forgets boots of long ago', () => {
    const times = bootTimes()
    for (let boot = 0; boot < 64; boot += 1) times.add('KubeVirt', 100)
    for (let boot = 0; boot < 33; boot += 1) times.add('KubeVirt', 5)
    assert.equal(times.medianSeconds('KubeVirt'), 5)
  })
})
