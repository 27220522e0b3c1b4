import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { StockLedger, StockStatus, StoredStock } from '../../operator/application/ledger/stock-ledger.ts'
import { stockStatus } from '../../operator/application/ledger/stock-status.ts'
import type { Condition } from '../../operator/domain/reservation/reservation.ts'
import { emptyBalances } from '../../operator/domain/stock/balances.ts'
import type { Entry } from '../../operator/domain/stock/entry.ts'
import { arbitraryEntry } from '../fixtures/arbitrary-entries.ts'
import { anEntry } from '../fixtures/builders.ts'

/** What the suite needs besides the ledger: what people and other programs do. */
export interface LedgerWorld {
  readonly ledger: StockLedger
  readonly namespace: string
  createStock(name: string, quantity: number): Promise<void>
  changeQuantity(name: string, quantity: number): Promise<void>
  /** Asks for its deletion; finalizers may hold it up. */
  deleteStock(name: string): Promise<void>
}

/** Every promise of the port StockLedger. */
export function stockLedgerContract(describedAs: string, world: () => LedgerWorld): void {
  describe(`StockLedger: ${describedAs}`, () => {
    let names = 0

    async function aStock(quantity = 5): Promise<StoredStock> {
      names += 1
      const name = `ledger-${names}`
      await world().createStock(name, quantity)
      return present(name)
    }

    async function present(name: string): Promise<StoredStock> {
      const stock = await world().ledger.read(world().namespace, name)
      assert.ok(stock, `${name} should be there`)
      return stock
    }

    async function stored(stock: StoredStock, status: StockStatus): Promise<StoredStock> {
      const result = await world().ledger.append(stock, status)
      assert.equal(result.kind, 'committed', JSON.stringify(result))
      return (result as { stock: StoredStock }).stock
    }

    async function refusal(stock: StoredStock, status: StockStatus): Promise<{ guard: boolean }> {
      const result = await world().ledger.append(stock, status)
      assert.ok(result.kind === 'refused', JSON.stringify(result))
      return { guard: result.guard }
    }

    it('reads what was created, with its terms and without a status', async () => {
      const stock = await aStock(7)
      assert.equal(stock.terms.quantity, 7)
      assert.equal(stock.status, undefined)
      assert.equal(stock.guarded, false)
    })

    it('reads nothing where nothing is', async () => {
      assert.equal(await world().ledger.read(world().namespace, 'nobody'), undefined)
    })

    it('lists every stock at the version that it has', async () => {
      const stock = await aStock()
      const listed = (await world().ledger.list()).find(({ uid }) => uid === stock.uid)
      assert.equal(listed?.position, stock.position)
    })

    it('stores a whole status against the exact version, and answers the new one', async () => {
      const before = await aStock()
      const after = await stored(before, aStatus(before, { reserved: 2, sequence: 1 }))
      assert.notEqual(after.position, before.position)
      assert.deepEqual(after.status, aStatus(before, { reserved: 2, sequence: 1 }))
      assert.deepEqual((await present(before.name)).status, after.status)
    })

    it('stores every kind of entry as it is', async () => {
      const seed = { seed: 4711, numRuns: 200 }
      const pending = fc.sample(arbitraryEntry, seed).map((entry, index) => ({ ...entry, sequence: index + 1 }))
      const stock = await aStock()
      const { ledger, ...status } = aStatus(stock, { sequence: pending.length })
      const after = await stored(stock, { ...status, ledger: { ...ledger, pending } })
      assert.deepEqual(after.status?.ledger.pending, pending)
      assert.deepEqual((await present(stock.name)).status, after.status)
    })

    it('refuses a write against a version that has passed, and changes nothing', async () => {
      const stock = await aStock()
      const after = await stored(stock, aStatus(stock, { sequence: 1 }))
      assert.deepEqual(await world().ledger.append(stock, aStatus(stock, { sequence: 2 })), { kind: 'conflict' })
      assert.equal((await present(stock.name)).position, after.position)
    })

    it('refuses a write when somebody has changed the spec meanwhile', async () => {
      const stock = await aStock()
      await world().changeQuantity(stock.name, 9)
      assert.equal((await world().ledger.append(stock, aStatus(stock, { sequence: 1 }))).kind, 'conflict')
      assert.equal((await present(stock.name)).terms.quantity, 9)
    })

    it('refuses a status that gives out more than there is', async () => {
      const stock = await aStock(5)
      assert.deepEqual(await refusal(stock, aStatus(stock, { reserved: 6, sequence: 1 })), { guard: true })
    })

    it('lets less be out of a stock that was shrunk, and not more', async () => {
      const full = await aStock(5)
      await stored(full, aStatus(full, { reserved: 5, sequence: 1 }))
      await world().changeQuantity(full.name, 2)
      const shrunk = await present(full.name)
      const less = await stored(shrunk, aStatus(shrunk, { reserved: 4, sequence: 2 }))
      assert.deepEqual(await refusal(less, aStatus(less, { reserved: 5, sequence: 3 })), { guard: true })
    })

    it('refuses a term or a sequence that falls', async () => {
      const stock = await aStock()
      const after = await stored(stock, aStatus(stock, { term: 4, sequence: 6 }))
      assert.deepEqual(await refusal(after, aStatus(after, { term: 3, sequence: 7 })), { guard: false })
      assert.deepEqual(await refusal(after, aStatus(after, { term: 4, sequence: 5 })), { guard: false })
    })

    it('says in a condition what is wrong with a stock, and touches nothing else', async () => {
      const stock = await aStock()
      const status = aStatus(stock, { reserved: 2, sequence: 1 })
      const before = await stored(stock, status)
      const result = await world().ledger.complain(before, { reason: 'InternalError', message: 'it is broken' })
      assert.equal(result.kind, 'committed', JSON.stringify(result))
      const { conditions, ...rest } = (await present(stock.name)).status as StockStatus
      const { conditions: conditionsBefore, ...restBefore } = status
      assert.deepEqual(rest, restBefore)
      const { type, status: holds, reason, message } = conditions.find((one) => one.type === 'Ready') as Condition
      assert.deepEqual([type, holds, reason, message], ['Ready', 'False', 'InternalError', 'it is broken'])
      const others = (all: readonly Condition[]) => all.filter((one) => one.type !== 'Ready')
      assert.deepEqual(others(conditions), others(conditionsBefore))
    })

    it('says nothing of a version that has passed, nor where the schema wants a whole status', async () => {
      const complaint = { reason: 'InternalError', message: 'it is broken' }
      const stock = await aStock()
      assert.equal((await world().ledger.complain(stock, complaint)).kind, 'refused')
      await stored(stock, aStatus(stock, { sequence: 1 }))
      assert.deepEqual(await world().ledger.complain(stock, complaint), { kind: 'conflict' })
    })

    it('refuses a journal of more entries than it takes', async () => {
      const stock = await aStock()
      const { ledger, ...status } = aStatus(stock, { sequence: 257 })
      const pending = Array.from({ length: 257 }, (_, index) => anEntry({ sequence: index + 1 }))
      assert.deepEqual(await refusal(stock, { ...status, ledger: { ...ledger, pending } }), { guard: false })
    })

    it('stores nothing of a status that is larger than the store takes, and says so', async () => {
      const stock = await aStock()
      const { ledger, ...status } = aStatus(stock, { sequence: 256 })
      for (const others of [12, 20]) {
        const pending = Array.from({ length: 256 }, (_, index) => longEntry(index + 1, others))
        const { kind } = await world().ledger.append(stock, { ...status, ledger: { ...ledger, pending } })
        assert.equal(kind, 'tooLarge')
        assert.equal((await present(stock.name)).position, stock.position)
      }
      await stored(stock, aStatus(stock, { sequence: 256 }))
    })

    it('opens a stock: its deletion waits from then on, and its uid is noted', async () => {
      const stock = await aStock()
      const opened = await world().ledger.open(stock)
      assert.equal(opened.kind, 'committed')
      const after = await present(stock.name)
      assert.deepEqual([after.guarded, after.openedAs], [true, stock.uid])
      assert.equal((await world().ledger.open(stock)).kind, 'conflict')
    })

    it('keeps a deleted stock until it is closed', async () => {
      const stock = await aStock()
      await world().ledger.open(stock)
      await world().deleteStock(stock.name)
      const terminating = await present(stock.name)
      assert.equal(terminating.terms.terminating, true)
      assert.equal((await world().ledger.close(stock)).kind, 'conflict')
      assert.equal((await world().ledger.close(terminating)).kind, 'committed')
      assert.equal(await world().ledger.read(world().namespace, stock.name), undefined)
    })

    it('writes nothing to a stock that is gone, nor to another of its name', async () => {
      const stock = await aStock()
      await world().deleteStock(stock.name)
      assert.deepEqual(await world().ledger.append(stock, aStatus(stock, { sequence: 1 })), { kind: 'gone' })
      await world().createStock(stock.name, 5)
      assert.equal((await world().ledger.append(stock, aStatus(stock, { sequence: 1 }))).kind, 'conflict')
      assert.equal((await present(stock.name)).status, undefined)
    })
  })
}

/** An entry of a set with so many other stocks, all of the longest names that there can be. */
function longEntry(sequence: number, others: number): Entry {
  const place = { stockNamespace: 'n'.repeat(63), stock: 's'.repeat(253) }
  const line = { ...place, stockUID: '0b2d3e80-1111-4222-8333-444455556666', sequence: 1, quantity: 1 }
  const balances = { reserved: 0, confirmed: 0, available: 5, level: 'Normal', stockQuantity: 5 } as const
  return {
    ...{ sequence, verb: 'Refuse', at: '2026-11-22T10:00:00.000Z', reservation: 'large', uid: 'large', quantity: 1 },
    ...{ ...balances, reason: 'InsufficientStock' },
    lines: Array.from({ length: others }, () => line),
    shortages: Array.from({ length: others }, () => ({ ...place, missing: 1 })),
  }
}

function aStatus(
  stock: StoredStock,
  { reserved = 0, term = 1, sequence }: { reserved?: number; term?: number; sequence: number },
): StockStatus {
  const { quantity } = stock.terms
  const balances = { ...emptyBalances, quantity, reserved, sequence, at: Date.UTC(2026, 10, 22, 10) }
  return stockStatus({
    generation: stock.generation,
    terms: stock.terms,
    balances,
    waiting: 0,
    servedBy: 'kbnt-system/contract',
    head: { format: 1, term, writer: 'contract', attempt: sequence },
    pending: [],
    notReady: undefined,
    spooled: 0,
    before: [],
    now: '2026-11-22T10:00:00.000Z',
  })
}
