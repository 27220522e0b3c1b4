import assert from 'node:assert/strict'
import { sweepCapacity } from '../../../../operator/application/machine/sweep-capacity.ts'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import { inMemoryCapacity } from '../../../fakes/in-memory-capacity.ts'
import { inMemoryMachines } from '../../../fakes/in-memory-machines.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'

async function aPlace() {
  const place = { machines: inMemoryMachines(), capacity: inMemoryCapacity() }
  const machine = place.machines.put(aMachine())
  await place.capacity.ask(machine, [])
  return { ...place, machine }
}

describe('sweepCapacity', () => {
  it('leaves the capacity of machines that are there, and comes again in a minute', async () => {
    const place = await aPlace()
    assert.deepEqual(await sweepCapacity(place), recheckAfter(60_000))
    assert.equal(place.capacity.count, 1)
  })

  it('gives back the capacity of a machine that is gone without us', async () => {
    const place = await aPlace()
    place.machines.tearOut('team/web-1')
    await sweepCapacity(place)
    assert.equal(place.capacity.count, 0)
  })

  it('gives back the capacity of a machine after which another one of its name came', async () => {
    const place = await aPlace()
    const next = place.machines.put(aMachine({ uid: 'the-next-one' }))
    await place.capacity.ask(next, [])
    await sweepCapacity(place)
    assert.deepEqual(
      [...place.capacity.owners()].map(({ uid }) => uid),
      ['the-next-one'],
    )
  })

  it('keeps the capacity of a machine that only the watch does not show', async () => {
    const place = await aPlace()
    place.machines.find = () => undefined
    await sweepCapacity(place)
    assert.equal(place.capacity.count, 1)
  })

  it('keeps the capacity of a machine while the store does not answer', async () => {
    const place = await aPlace()
    place.machines.tearOut('team/web-1')
    place.machines.read = () => Promise.reject(new Error('timed out'))
    await assert.rejects(sweepCapacity(place), /timed out/)
    assert.equal(place.capacity.count, 1)
  })
})
