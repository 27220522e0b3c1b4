import assert from 'node:assert/strict'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import { capacitySweep, lostOwners } from '../../../../operator/application/resource/sweep-capacity.ts'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryCapacity } from '../../../fakes/in-memory-capacity.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'

async function aPlace() {
  const place = { resources: inMemoryResources<Machine>('kbnt.io/machine'), capacity: inMemoryCapacity() }
  const machine = place.resources.put(aMachine())
  await place.capacity.ask(machine, [])
  const retries: string[] = []
  const troubles: unknown[] = []
  const sweep = capacitySweep({
    ...place,
    what: 'machines',
    clock: fakeClock(),
    onRetry: (operation, cause) => void retries.push(`${operation}: ${cause}`),
    onTrouble: (message, { reason }) => void troubles.push(`${message}: ${reason}`),
  })
  return { ...place, machine, retries, troubles, sweep }
}

describe('capacitySweep', () => {
  it('leaves the capacity of machines that are there, and comes again in a minute', async () => {
    const place = await aPlace()
    assert.deepEqual(await place.sweep(), recheckAfter(60_000))
    assert.equal(place.capacity.count, 1)
  })

  it('gives back the capacity of a machine that is gone without us', async () => {
    const place = await aPlace()
    assert.deepEqual(lostOwners(place), [])
    place.resources.tearOut('team/web-1')
    assert.deepEqual(
      lostOwners(place).map(({ uid }) => uid),
      [place.machine.uid],
    )
    await place.sweep()
    assert.equal(place.capacity.count, 0)
    assert.deepEqual(lostOwners(place), [])
  })

  it('gives back the capacity of a machine after which another one of its name came', async () => {
    const place = await aPlace()
    const next = place.resources.put(aMachine({ uid: 'the-next-one' }))
    await place.capacity.ask(next, [])
    await place.sweep()
    assert.deepEqual(
      [...place.capacity.owners()].map(({ uid }) => uid),
      ['the-next-one'],
    )
  })

  it('keeps the capacity of a machine that only the watch does not show', async () => {
    const place = await aPlace()
    place.resources.find = () => undefined
    await place.sweep()
    assert.equal(place.capacity.count, 1)
  })

  it('keeps the capacity of a machine while the store does not answer, and says that once', async () => {
    const place = await aPlace()
    place.resources.tearOut('team/web-1')
    place.resources.read = () => Promise.reject(new Error('timed out'))
    assert.deepEqual(await place.sweep(), recheckAfter(60_000))
    await place.sweep()
    assert.equal(place.capacity.count, 1)
    assert.equal(place.retries.length, 2)
    assert.deepEqual(place.troubles, ["can't give capacity of lost machines back; tried again: team/web-1: timed out"])
  })

  it('gives back what is lost in one namespace though another can not be read', async () => {
    const place = await aPlace()
    place.resources.tearOut('team/web-1')
    for (let number = 0; number < 3; number += 1) {
      const lost = aMachine({ namespace: 'other', name: `lost-${number}`, uid: `lost-${number}` })
      await place.capacity.ask(lost, [])
    }
    const { read } = place.resources
    place.resources.read = (namespace, name) =>
      namespace === 'team' ? Promise.reject(new Error('forbidden')) : read(namespace, name)
    await place.sweep()
    assert.deepEqual(
      [...place.capacity.owners()].map(({ namespace }) => namespace),
      ['team'],
    )
  })
})
