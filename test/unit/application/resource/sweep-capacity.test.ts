import assert from 'node:assert/strict'
import { recheckAfter } from '../../../../operator/application/outcome.ts'
import type { Removal } from '../../../../operator/application/resource/provider.ts'
import {
  capacitySweep,
  lostOwners,
  type SweepCapacityParts,
} from '../../../../operator/application/resource/sweep-capacity.ts'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryCapacity } from '../../../fakes/in-memory-capacity.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'

interface PlaceOptions {
  readonly provider?: string
  readonly removeRest?: SweepCapacityParts['removeRest']
}

async function aPlace({ provider = 'Simulated', removeRest }: PlaceOptions = {}) {
  const place = { resources: inMemoryResources<Machine>('kbnt.io/machine'), capacity: inMemoryCapacity() }
  const machine = place.resources.put(aMachine())
  await place.capacity.ask(machine, [], provider)
  const retries: string[] = []
  const troubles: unknown[] = []
  const sweep = capacitySweep({
    ...place,
    ...{ what: 'machines', removeRest },
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

  it('keeps the capacity of a machine of which its provider still has something, and says so where somebody has to act', async () => {
    let removal: Removal = { kind: 'going', message: 'it shuts down' }
    const asked: string[] = []
    const removeRest = async ({ uid }: { readonly uid: string }) => {
      asked.push(uid)
      return removal
    }
    const place = await aPlace({ provider: 'KubeVirt', removeRest })
    place.resources.tearOut('team/web-1')
    await place.sweep()
    assert.deepEqual([place.capacity.count, asked, place.troubles], [1, [place.machine.uid], []])
    removal = { kind: 'going', message: 'it has lost its label', isRefused: true }
    await place.sweep()
    await place.sweep()
    assert.equal(place.capacity.count, 1)
    assert.deepEqual(place.troubles, [
      "can't give capacity of lost machines back; somebody has to act: team/web-1: it has lost its label",
    ])
    removal = { kind: 'gone' }
    await place.sweep()
    assert.equal(place.capacity.count, 0)
  })

  it('asks nobody about a simulated one, and holds on to one whose provider can not be asked, unless nobody says which that is', async () => {
    const unseen = async (): Promise<Removal> => ({
      kind: 'going',
      message: 'not served',
      isRefused: true,
      isUnseen: true,
    })
    const left = async (provider: string | undefined) => {
      const place = await aPlace({ removeRest: unseen, ...(provider !== undefined && { provider }) })
      if (provider === undefined) place.capacity.owners = () => [place.machine]
      const given: string[] = []
      place.capacity.giveBack = async ({ uid }) => void given.push(uid)
      place.resources.tearOut('team/web-1')
      await place.sweep()
      return given.length === 0
    }
    assert.deepEqual([await left('Simulated'), await left('KubeVirt'), await left(undefined)], [false, true, false])
  })

  it('gives back the capacity of a machine after which another one of its name came', async () => {
    const place = await aPlace()
    const next = place.resources.put(aMachine({ uid: 'the-next-one' }))
    await place.capacity.ask(next, [], 'Simulated')
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
      await place.capacity.ask(lost, [], 'Simulated')
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
