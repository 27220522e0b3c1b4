import assert from 'node:assert/strict'
import type { Removal } from '../../../../operator/application/resource/provider.ts'
import { attachmentSweep } from '../../../../operator/application/storage/sweep-attachments.ts'
import type { Machine } from '../../../../operator/domain/machine/machine.ts'
import type { Storage } from '../../../../operator/domain/storage/storage.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryResources } from '../../../fakes/in-memory-resources.ts'
import { afterTen } from '../../../fixtures/builders.ts'
import { aMachine } from '../../../fixtures/machine-builders.ts'
import { aStorageCalled } from '../../../fixtures/machine-on-storages.ts'

function aSite() {
  const storages = inMemoryResources<Storage>('kbnt.io/storage')
  const machines = inMemoryResources<Machine>('kbnt.io/machine')
  const removals: Removal[] = []
  const asked: string[] = []
  const seen = { team: true }
  const { sweep, keptBy } = attachmentSweep({
    ...{ storages, machines, clock: fakeClock(), onRetry: () => undefined, onTrouble: () => undefined },
    isSeen: () => seen.team,
    async removeRest({ name }) {
      asked.push(name)
      return removals.shift() ?? { kind: 'gone' }
    },
  })
  return {
    ...{ storages, machines, removals, asked, seen, sweep, keptBy },
    userOf: (name: string) => storages.stored(`team/${name}`)?.status?.attachedTo?.name,
  }
}

const torn = { uid: 'torn', name: 'torn', provider: 'KubeVirt' } as const

describe('the sweep of storages', () => {
  it('frees those of machines that are gone without us, several of one machine too, and of none that is there', async () => {
    const site = aSite()
    const there = site.machines.put(aMachine())
    site.storages.put(aStorageCalled('data', { uid: there.uid, name: there.name }))
    site.storages.put(aStorageCalled('one', torn))
    site.storages.put(aStorageCalled('two', torn))
    site.storages.put(aStorageCalled('old', { uid: 'before-it', name: there.name, provider: 'Simulated' }))
    await site.sweep()
    assert.deepEqual(['data', 'one', 'two', 'old'].map(site.userOf), [there.name, undefined, undefined, undefined])
    assert.deepEqual(site.asked, ['torn', 'torn'])
  })

  it('waits until their provider has nothing of them, and says so', async () => {
    const site = aSite()
    site.storages.put(aStorageCalled('data', torn))
    site.removals.push({ kind: 'going', message: 'a node is dead' })
    await site.sweep()
    assert.equal(site.userOf('data'), 'torn')
    assert.equal(site.keptBy('torn'), 'its provider still has something of it: a node is dead')
    await site.sweep()
    assert.deepEqual([site.userOf('data'), site.keptBy('torn')], [undefined, undefined])
  })

  it('believes neither a watch that lags nor a namespace that it does not see', async () => {
    const site = aSite()
    site.machines.pause()
    const there = site.machines.put(aMachine())
    site.storages.put(aStorageCalled('data', { uid: there.uid, name: there.name }))
    await site.sweep()
    assert.deepEqual([site.userOf('data'), site.keptBy(there.uid)], [there.name, 'it is there'])
    site.machines.tearOut('team/web-1')
    site.seen.team = false
    await site.sweep()
    assert.deepEqual([site.userOf('data'), site.asked], [there.name, []])
  })

  it('does not wait for a provider where the storage is deleted and given up', async () => {
    const site = aSite()
    const data = aStorageCalled('data', torn)
    site.storages.put({ ...data, abandoned: true })
    site.removals.push({ kind: 'going', message: 'a node is dead' })
    await site.sweep()
    assert.equal(site.userOf('data'), 'torn')
    site.storages.put({ ...data, abandoned: true, deletingSince: afterTen(0) })
    await site.sweep()
    assert.deepEqual([site.userOf('data'), site.asked], [undefined, ['torn']])
  })
})
