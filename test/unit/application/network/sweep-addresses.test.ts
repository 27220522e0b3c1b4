import assert from 'node:assert/strict'
import { networkAddresses } from '../../../../operator/application/network/addresses.ts'
import { addressSweep } from '../../../../operator/application/network/sweep-addresses.ts'
import type { Removal } from '../../../../operator/application/resource/provider.ts'
import type { Machine, ProviderName } from '../../../../operator/domain/machine/machine.ts'
import type { Allocation } from '../../../../operator/domain/network/allocation.ts'
import type { Network } from '../../../../operator/domain/network/network.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { anActiveNetwork } from '../../../fixtures/network-builders.ts'

function aSite() {
  const networks = inMemoryResources<Network>('kbnt.io/network')
  const machines = inMemoryResources<Machine>('kbnt.io/machine')
  const addresses = networkAddresses({ networks, known: () => [], clock: fakeClock() })
  const blue = networks.put(anActiveNetwork())
  const removals: Removal[] = []
  const asked: string[] = []
  const faults: Error[] = []
  const clock = fakeClock()
  const said: unknown[] = []
  const { sweep, keptBy } = addressSweep({
    ...{ networks, machines, addresses, clock, onRetry: () => undefined },
    onTrouble: (message, fields) => void said.push([message, fields.reason]),
    isSeen: (namespace) => namespace !== 'unseen',
    async removeRest({ name }) {
      asked.push(name)
      if (name.startsWith('hanging')) return { kind: 'going', message: 'a node is dead' }
      const fault = faults.shift()
      if (fault) throw fault
      return removals.shift() ?? { kind: 'gone' }
    },
  })
  return {
    ...{ machines, networks, removals, asked, faults, sweep, keptBy, clock, said },
    async give({ uid, namespace, name }: Pick<Machine, 'uid' | 'namespace' | 'name'>, provider?: ProviderName) {
      await addresses.claim(blue, { uid, namespace, name, ...(provider && { provider }) })
    },
    list(allocations: readonly Allocation[]) {
      const { status } = anActiveNetwork()
      networks.put({ ...blue, status: { ...status, allocations } })
    },
    giveUp() {
      const network = networks.stored('team/blue')
      assert.ok(network)
      networks.put({ ...network, abandoned: true })
      networks.delete('team/blue')
    },
    left: () => (networks.stored('team/blue')?.status?.allocations ?? []).map(({ uid }) => uid),
  }
}

describe('the sweep of addresses', () => {
  it('gives back those of machines that are gone without us, and of none that is there', async () => {
    const site = aSite()
    const there = site.machines.put(aMachine())
    await site.give(there)
    await site.give({ ...there, uid: 'before-it' })
    await site.give({ uid: 'torn', namespace: 'team', name: 'torn' })
    await site.sweep()
    assert.deepEqual([site.left(), site.asked], [[there.uid], ['web-1', 'torn']])
  })

  it('waits until their provider has nothing of them', async () => {
    const site = aSite()
    await site.give({ uid: 'torn', namespace: 'team', name: 'torn' })
    site.removals.push({ kind: 'going', message: 'slowly' })
    await site.sweep()
    assert.deepEqual(site.left(), ['torn'])
    await site.sweep()
    assert.deepEqual(site.left(), [])
  })

  it('believes neither a watch that lags nor a namespace that it does not see', async () => {
    const site = aSite()
    site.machines.pause()
    const there = site.machines.put(aMachine())
    await site.give(there)
    await site.give({ uid: 'far', namespace: 'unseen', name: 'far' })
    await site.sweep()
    assert.deepEqual([site.left(), site.asked], [[there.uid, 'far'], []])
  })

  it('asks no provider for what was simulated', async () => {
    const site = aSite()
    await site.give({ uid: 'torn', namespace: 'team', name: 'torn' }, 'Simulated')
    await site.give({ uid: 'real', namespace: 'team', name: 'real' }, 'KubeVirt')
    await site.sweep()
    assert.deepEqual([site.left(), site.asked], [[], ['real']])
  })

  it('says why an address is not given back yet, for as long as that is so', async () => {
    const site = aSite()
    await site.give({ uid: 'torn', namespace: 'team', name: 'torn' })
    assert.equal(site.keptBy('torn'), undefined)
    site.removals.push({ kind: 'going', message: 'a node is dead' })
    await site.sweep()
    assert.equal(site.keptBy('torn'), 'its provider still has something of it: a node is dead')
    site.faults.push(new Error('virtualmachines.kubevirt.io is forbidden'))
    await site.sweep()
    assert.equal(site.keptBy('torn'), 'virtualmachines.kubevirt.io is forbidden')
    await site.sweep()
    assert.equal(site.keptBy('torn'), undefined)
  })

  it('lets go of machines that are surely gone where their network is deleted and given up', async () => {
    const site = aSite()
    site.machines.pause()
    const there = site.machines.put(aMachine({ namespace: 'unseen' }))
    await site.give(there)
    await site.give({ uid: 'hangs', namespace: 'team', name: 'hanging' }, 'KubeVirt')
    await site.give({ uid: 'far', namespace: 'unseen', name: 'far' })
    await site.sweep()
    assert.deepEqual(site.left(), [there.uid, 'hangs', 'far'])
    site.giveUp()
    await site.sweep()
    assert.deepEqual([site.left(), site.asked], [[there.uid], ['hanging']])
    assert.equal(site.keptBy(there.uid), 'it is there')
  })

  it('comes to all others while hundreds hang', async () => {
    const site = aSite()
    const names = [...Array.from({ length: 256 }, (_, at) => `hanging-${at}`), 'torn']
    site.list(names.map((name) => ({ uid: name, namespace: 'sick', name, address: '10.20.0.2' })))
    await site.sweep()
    assert.equal(site.left().length, 257)
    await site.sweep()
    assert.equal(site.left().includes('torn'), false)
  })

  it('says seldom of whom somebody has to say that nothing is left, and believes that of those alone whose provider is not written down', async () => {
    const site = aSite()
    const away: Removal = { kind: 'going', message: 'KubeVirt is away', isRefused: true, isUnseen: true }
    await site.give({ uid: 'old', namespace: 'team', name: 'old' })
    await site.give({ uid: 'new', namespace: 'team', name: 'new' }, 'KubeVirt')
    for (let minutes = 0; minutes < 90; minutes += 1) {
      site.removals.push(away, away)
      await site.sweep()
      await site.clock.advance(60_000)
    }
    const words = ["can't give addresses of lost machines back; somebody has to act", 'team/old: KubeVirt is away']
    assert.deepEqual(
      [site.said, site.left()],
      [
        [words, words],
        ['old', 'new'],
      ],
    )
    assert.equal(site.keptBy('old'), 'KubeVirt is away')
    const network = site.networks.stored('team/blue')
    assert.ok(network)
    site.networks.put({ ...network, abandoned: true })
    site.removals.push(away)
    await site.sweep()
    assert.deepEqual(site.left(), ['new'])
  })
})
