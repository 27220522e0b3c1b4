import assert from 'node:assert/strict'
import type { Storage } from '../../../../operator/domain/storage/storage.ts'
import { simulatedStorageProvider } from '../../../../operator/infrastructure/simulated/simulated-storage-provider.ts'
import { afterSaid } from '../../../contracts/storage-provider.contract.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aStorage } from '../../../fixtures/storage-builders.ts'

describe('the simulated provider of storages', () => {
  const clock = fakeClock()
  const provider = simulatedStorageProvider({ clock, allocationDelayMs: 2_000 })

  /** What it says so many times, each answer reported and a second later. */
  async function ask(from: Storage, times: number): Promise<string[]> {
    let storage = from
    const kinds: string[] = []
    for (let asked = 0; asked < times; asked += 1) {
      const provided = await provider.ensure(storage)
      kinds.push(provided.kind)
      storage = afterSaid(storage, provided, clock.now())
      await clock.advance(1_000)
    }
    return kinds
  }

  it('allocates after exactly its delay and says when to look again', async () => {
    const storage = aStorage()
    const first = await provider.ensure(storage)
    assert.equal(first.recheckAfterMs ?? 0, 2_000)
    assert.deepEqual(await ask(storage, 4), ['allocating', 'allocating', 'allocated', 'allocated'])
  })

  it('allocates at once what is being allocated since a time from ahead: a wrong clock wrote it', async () => {
    const storage = aStorage()
    const ahead = afterSaid(storage, await provider.ensure(storage), clock.now() + 86_400_000)
    assert.equal((await provider.ensure(ahead)).kind, 'allocated')
  })

  it('does wrong what it is told to', async () => {
    const told = (simulatedFaults: string) => aStorage({ simulatedFaults })
    assert.deepEqual(await ask(told('create:2'), 5), ['refused', 'refused', 'allocating', 'allocating', 'allocated'])
    assert.deepEqual(await ask(told('allocate'), 4), ['allocating', 'allocating', 'allocating', 'allocating'])
    assert.deepEqual(await ask(told('lose'), 4), ['allocating', 'allocating', 'allocated', 'lost'])
    assert.equal((await provider.remove(told('remove'))).kind, 'going')
  })

  it('refuses what it can’t read, with what it could', async () => {
    const answer = await provider.ensure(aStorage({ simulatedFaults: 'boot' }))
    assert.match(answer.kind === 'refused' ? answer.message : '', /"boot" is not one of create, allocate, lose, remove/)
  })
})
