import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { KeysInRetry } from '../../operator/application/flow/flow.ts'

/** What a memory of keys must do, whatever keeps it. `another`: the same as another process has it. */
export function keysInRetryContract(
  where: string,
  make: () => Promise<{ readonly keys: KeysInRetry; readonly another: KeysInRetry }>,
): void {
  describe(`the keys in retry, ${where}`, () => {
    let keys: KeysInRetry
    let another: KeysInRetry
    const place = (offset: bigint, partition = 0) => ({ topic: 'stock-audit-logs', partition, offset })

    before(async () => {
      ;({ keys, another } = await make())
    })

    it('leave out those that have none', async () => {
      assert.equal((await keys.of([randomUUID()])).size, 0)
      assert.equal((await keys.of([])).size, 0)
    })

    it('tell every process of all places of a key, and of no other', async () => {
      const [one, other] = [randomUUID(), randomUUID()]
      await keys.add(one, place(7n))
      await keys.add(one, place(9_007_199_254_740_000n, 2))
      await another.add(other, place(8n))
      const found = await another.of([one, randomUUID()])
      assert.deepEqual([...found.keys()], [one])
      assert.deepEqual(new Set(found.get(one)), new Set([place(7n), place(9_007_199_254_740_000n, 2)]))
    })

    it('take the same twice, and give it up once', async () => {
      const key = randomUUID()
      await Promise.all([keys.add(key, place(7n)), another.add(key, place(7n))])
      await keys.add(key, place(8n))
      await another.remove(key, place(7n))
      await keys.remove(key, place(7n))
      assert.deepEqual((await keys.of([key])).get(key), [place(8n)])
      await keys.remove(key, place(8n))
      assert.equal((await another.of([key])).size, 0)
    })

    it('may be any text of any length', async () => {
      const long = 'x'.repeat(10_000)
      for (const key of [`a\0${randomUUID()}`, `\ud800${randomUUID()}`, `${long}${randomUUID()}`]) {
        await keys.add(key, place(1n))
        assert.deepEqual((await another.of([key])).get(key), [place(1n)])
        await keys.remove(key, place(1n))
        assert.equal((await another.of([key])).size, 0)
      }
    })

    it('are told to all who ask at the same time, each of its own', async () => {
      const all = Array.from({ length: 30 }, () => randomUUID())
      await Promise.all(all.map((key, index) => keys.add(key, place(BigInt(index)))))
      const found = await Promise.all(all.map((key) => another.of([key])))
      for (const [index, key] of all.entries())
        assert.deepEqual([...(found[index] ?? [])], [[key, [place(BigInt(index))]]])
    })
  })
}
