import assert from 'node:assert/strict'
import type { StorageProvider } from '../../operator/application/storage/storage-kind.ts'
import type { ProvidedStorage } from '../../operator/domain/storage/provided-storage.ts'
import type { Storage } from '../../operator/domain/storage/storage.ts'
import { afterStorageSituations, saidOf, withStorageCapacity } from '../fixtures/storage-builders.ts'

export interface StorageProviderUnderTest {
  readonly provider: StorageProvider
  /** A storage that nobody has provided yet, of its own name and uid, whose data goes with it. */
  newStorage(): Storage
  /** Lets happen what brings a storage further; resolves when the provider may have another answer. */
  goOn(storage: Storage): Promise<void>
  /** Milliseconds since 1970. */
  now(): number
  /** How many of it its provider has; absent where there is nothing to be counted. */
  count?(storage: Storage): Promise<number>
}

/** The storage with a status that says what its provider has answered. */
export function afterSaid(storage: Storage, provided: ProvidedStorage, atMs: number): Storage {
  const facts = withStorageCapacity({ at: new Date(atMs).toISOString(), maxTries: 5 })
  return afterStorageSituations(storage, [saidOf(provided), facts])
}

/** What every StorageProvider promises. */
export function storageProviderContract(name: string, open: () => Promise<StorageProviderUnderTest>): void {
  describe(`${name} as a StorageProvider`, () => {
    let subject: StorageProviderUnderTest
    before(async () => {
      subject = await open()
    })

    async function allocated(
      from: Storage,
    ): Promise<{ readonly storage: Storage; readonly provided: ProvidedStorage }> {
      let storage = from
      for (let asked = 0; asked < 20; asked += 1) {
        const provided = await subject.provider.ensure(storage)
        storage = afterSaid(storage, provided, subject.now())
        if (provided.kind === 'allocated') return { storage, provided }
        await subject.goOn(storage)
      }
      throw new Error(`${storage.name} is not allocated: ${storage.status?.message}`)
    }
    async function removed(storage: Storage): Promise<void> {
      for (let asked = 0; asked < 20; asked += 1) {
        if ((await subject.provider.remove(storage)).kind === 'gone') return
        await subject.goOn(storage)
      }
      throw new Error(`${storage.name} does not go`)
    }

    it('can make storages where it is there', async () => {
      assert.equal(await subject.provider.unavailable('shop'), undefined)
    })

    it('begins a storage, then has it allocated on a volume', async () => {
      const storage = subject.newStorage()
      assert.equal((await subject.provider.ensure(storage)).kind, 'allocating')
      const { provided } = await allocated(storage)
      assert.ok(provided.kind === 'allocated' && provided.volume)
    })

    it('answers the same about an allocated storage each time', async () => {
      const { storage, provided } = await allocated(subject.newStorage())
      assert.deepEqual(await subject.provider.ensure(storage), provided)
      assert.deepEqual(await subject.provider.ensure(storage), provided)
    })

    it('makes one of two calls that know nothing of each other', async () => {
      const storage = subject.newStorage()
      const [one, other] = await Promise.all([subject.provider.ensure(storage), subject.provider.ensure(storage)])
      assert.ok('ref' in one && 'ref' in other, `${one.kind} ${other.kind}`)
      assert.deepEqual(one.ref, other.ref)
      assert.equal((await subject.count?.(storage)) ?? 1, 1)
    })

    it('takes an allocated storage away and goes on saying that it is gone', async () => {
      const { storage } = await allocated(subject.newStorage())
      await removed(storage)
      assert.deepEqual(await subject.provider.remove(storage), { kind: 'gone' })
      assert.equal((await subject.count?.(storage)) ?? 0, 0)
    })

    it('says of a storage that never was that it is gone', async () => {
      assert.deepEqual(await subject.provider.remove(subject.newStorage()), { kind: 'gone' })
    })
  })
}
