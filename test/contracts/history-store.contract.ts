import assert from 'node:assert/strict'
import type { HistoryStore } from '../../operator/application/history/history-store.ts'
import { eventIdOf, type HistoryRow } from '../../operator/domain/history/history-row.ts'
import { aHistoryRow, historyUid } from '../fixtures/history-rows.ts'

export interface StoreSite {
  readonly store: HistoryStore
  /** Of everything that is kept: the ids, in their order as text. */
  ids(): Promise<readonly string[]>
  /** Has the store refuse rows of this sequence from now on. */
  refuse(sequence: number): Promise<void>
}

const held = (sequence: number, particular: Partial<HistoryRow> = {}) =>
  aHistoryRow({ sequence, units: 1, reserved: sequence, available: Math.max(0, 100 - sequence), ...particular })
const ids = (...rows: readonly HistoryRow[]) => rows.map(eventIdOf).toSorted()

export function historyStoreContract(name: string, make: () => Promise<StoreSite>): void {
  describe(`a store of histories (${name})`, () => {
    it('keeps rows of several stocks, and says how many are new', async () => {
      const { store, ids: kept } = await make()
      const rows = [held(1), held(2), held(1, { stock: historyUid(2) })]
      assert.deepEqual(await store.store(rows), { kind: 'stored', rows: 3, findings: [] })
      assert.deepEqual(await kept(), ids(...rows))
    })

    it('keeps each once, however often and in whatever order it comes', async () => {
      const { store, ids: kept } = await make()
      assert.deepEqual(await store.store([held(2), held(1), held(2)]), { kind: 'stored', rows: 2, findings: [] })
      assert.deepEqual(await store.store([held(1), held(2), held(3)]), { kind: 'stored', rows: 1, findings: [] })
      assert.deepEqual(await store.store([held(3)]), { kind: 'stored', rows: 0, findings: [] })
      assert.deepEqual(await kept(), ids(held(1), held(2), held(3)))
    })

    it('finds a gap once, also behind what it had before, and none where late ones come', async () => {
      const { store } = await make()
      await store.store([held(1)])
      const { atMs } = held(1)
      assert.deepEqual(await store.store([held(4)]), {
        ...{ kind: 'stored', rows: 1 },
        findings: [{ stock: historyUid(1), sequence: 4, atMs, fault: { kind: 'gap', first: 2, last: 3 } }],
      })
      assert.deepEqual(await store.store([held(4)]), { kind: 'stored', rows: 0, findings: [] })
      assert.deepEqual(await store.store([held(2)]), { kind: 'stored', rows: 1, findings: [] })
    })

    it('finds balances that do not follow from what it had before', async () => {
      const { store } = await make()
      await store.store([held(1)])
      const stored = await store.store([held(2, { reserved: 50 })])
      assert.equal(stored.kind === 'stored' && stored.findings[0]?.fault.kind, 'difference')
    })

    it('finds a decision that is told again and otherwise, beside itself and later, and keeps it as it was', async () => {
      const { store, ids: kept } = await make()
      const { atMs } = held(1)
      const found = (sequence: number, message: string) => ({
        findings: [{ stock: historyUid(1), sequence, atMs, fault: { kind: 'difference', message } }],
      })
      assert.deepEqual(await store.store([held(1), held(1, { units: 3 })]), {
        ...{ kind: 'stored', rows: 1 },
        ...found(1, 'told again and otherwise: units is 1 and would be 3; as it was told first it is kept'),
      })
      await store.store([held(2)])
      const otherwise = held(2, { occasion: 'reservation.expired', reserved: 5, available: 95 })
      const differences =
        'occasion is reservation.reserved and would be reservation.expired, reserved is 2 and would be 5, available is 98 and would be 95'
      assert.deepEqual(await store.store([otherwise]), {
        ...{ kind: 'stored', rows: 0 },
        ...found(2, `told again and otherwise: ${differences}; as it was told first it is kept`),
      })
      assert.deepEqual(await store.store([held(1), held(2)]), { kind: 'stored', rows: 0, findings: [] })
      assert.deepEqual(await kept(), ids(held(1), held(2)))
    })

    it('keeps none of them where one is refused', async () => {
      const { store, ids: kept, refuse } = await make()
      await refuse(13)
      const stored = await store.store([held(12), held(13)])
      assert.equal(stored.kind, 'refused')
      assert.deepEqual(await kept(), [])
      assert.equal((await store.store([held(12)])).kind, 'stored')
    })

    it('keeps the same whether all fields are there or only those that must be', async () => {
      const { store } = await make()
      const rows = [
        held(1, { units: null, price: null, reservation: null, occasion: 'stock.paused' }),
        held(2, { price: { amount: '12.50', currency: 'EUR' }, quantity: Number.MAX_SAFE_INTEGER }),
      ]
      assert.equal((await store.store(rows)).kind, 'stored')
    })
  })
}
