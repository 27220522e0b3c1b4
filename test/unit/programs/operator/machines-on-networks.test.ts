import assert from 'node:assert/strict'
import { machineNetworks } from '../../../../operator/application/machine/machine-networks.ts'
import { networkAddresses } from '../../../../operator/application/network/addresses.ts'
import type { Network } from '../../../../operator/domain/network/network.ts'
import type { MachineWork } from '../../../../operator/programs/operator/machines.ts'
import { machinesOnNetworks } from '../../../../operator/programs/operator/machines-on-networks.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { tenOClock } from '../../../fixtures/builders.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

/** One that is gone. */
const lost = (sharedWith?: readonly string[]) => ({
  ...{ namespace: 'team', name: 'lost', uid: 'lost' },
  ...(sharedWith && { sharedWith }),
})
const blue = anActiveNetwork({ spec: { namespaces: ['friends'] } })

/** No machine is there, as far as was seen: of those in `unlisted` nobody knows. */
function machinesOf(watched: readonly (string | undefined)[], unlisted: ReadonlyMap<string, string>) {
  const work = { cache: { list: () => [], byIndex: () => [], unlisted } }
  return machinesOnNetworks(watched, () => work as unknown as MachineWork)
}

describe('what the watch of machines knows of networks', () => {
  it('is that nobody is on them only once all were seen that may be', () => {
    const unlisted = new Map([
      ['friends', 'forbidden'],
      ['strangers', ''],
    ])
    const machines = machinesOf(['team', 'friends', 'strangers'], unlisted)
    const words = 'VirtualMachines were not listed yet in namespace friends (forbidden)'
    assert.deepEqual([machines.unseen(blue), machines.areOn(lost(['friends']))], [words, true])
    assert.equal(machines.unseen(anActiveNetwork()), undefined)
    unlisted.delete('friends')
    assert.deepEqual([machines.unseen(blue), machines.areOn(lost(['friends']))], [undefined, false])
  })

  it('is nothing of a network that is gone while it may be that of a namespace that was not seen', () => {
    const unlisted = new Map([['strangers', 'forbidden']])
    const machines = machinesOf(['team', 'friends', 'strangers'], unlisted)
    const areOn = () => [lost(['friends']), lost([]), lost(['strangers']), lost()].map(machines.areOn)
    assert.deepEqual(areOn(), [false, false, true, true])
    unlisted.clear()
    assert.deepEqual(areOn(), [false, false, false, false])
    unlisted.set('team', '')
    assert.deepEqual(areOn(), [true, true, true, true])
  })

  it('is nothing before the one list of all namespaces', () => {
    const machines = machinesOf([undefined], new Map([['', '']]))
    assert.equal(machines.unseen(blue), 'VirtualMachines were not listed yet in any namespace')
    assert.deepEqual([machines.areOn(lost([])), machines.isSeen('team')], [true, false])
  })

  it('has a new machine wait for its address until what others have is known', async () => {
    const unlisted = new Map([['team', '']])
    const machines = machinesOf(['team'], unlisted)
    const networks = inMemoryResources<Network>('kbnt.io/network')
    networks.put(anActiveNetwork())
    const onNetworks = machineNetworks({
      networks,
      addresses: networkAddresses({ networks, known: machines.named, unseen: machines.unseen, clock: fakeClock() }),
      isServed: () => true,
      isSeen: () => true,
      fabricOf: () => undefined,
      providerOf: () => 'Simulated',
      now: () => tenOClock,
    })
    const web = aMachine({ spec: { network: 'blue' } })
    const why = await onNetworks.attach(web)
    assert.ok('reason' in why)
    assert.equal(why.reason, 'NetworkUnseen')
    assert.match(why.message, /blue are free is not known: VirtualMachines were not listed yet in namespace team$/)
    assert.equal(networks.stored('team/blue')?.status?.allocations, undefined)
    unlisted.clear()
    assert.ok('network' in (await onNetworks.attach(web)))
  })
})
