import assert from 'node:assert/strict'
import { Oversold, type RowBooks } from '../../operator/application/rows/row-books.ts'
import type {
  KnownRow,
  LedRow,
  LockedStock,
  StockChange,
  StockRows,
} from '../../operator/application/rows/stock/stock-rows.ts'
import type { Balances } from '../../operator/domain/stock/balances.ts'
import type { StockTerms } from '../../operator/domain/stock/terms.ts'
import { auditRows, type Rows } from '../fixtures/audit-rows.ts'
import { anEntry, someTerms } from '../fixtures/builders.ts'
import { anOrder, aRowStock, rowLedger, standing } from '../fixtures/row-orders.ts'

export interface StockRowsWorld {
  readonly rows: StockRows
  /** Of the same database. */
  readonly books: RowBooks
  /** Everything that is stored. */
  stored(): Promise<Rows>
  /** Everything that was decided of a stock arrives where it is to go. */
  deliver(stock: string): Promise<void>
}

const nobody = '00000000-0000-4000-8000-000000000000'
const nothingNew = { at: undefined, changed: [] }
const only = (row: LedRow): StockChange => ({ row, told: [], countsConsumers: false })

/** Every promise to whoever leads stocks whose books are rows. Others may use the same database meanwhile. */
export function stockRowsContract(describedAs: string, world: () => StockRowsWorld): void {
  describe(`StockRows: ${describedAs}`, () => {
    const aStock = (particular: Partial<StockTerms> = {}) => aRowStock(world().books, { quantity: 20, ...particular })

    /** What is found under the lock. */
    async function found(uid: string, sums = false): Promise<LockedStock> {
      const seen: LockedStock[] = []
      await world().rows.change({ uid, sums }, (locked) => {
        seen.push(locked)
        return undefined
      })
      assert.equal(seen.length, 1)
      return seen[0] as LockedStock
    }
    const rowOf = async (uid: string) => (await found(uid)).row as LedRow
    const change = (uid: string, decide: (row: LedRow) => StockChange) =>
      world().rows.change({ uid, sums: false }, ({ row }) => decide(row as LedRow))
    const known = ({ uid, balances: { sequence }, generation, state }: LedRow): KnownRow => ({
      ...{ uid, sequence, generation, state },
    })
    const looked = async (these: readonly KnownRow[]) => ({ ...(await world().rows.look(these)), at: undefined })
    const hold = async (stock: string, units: number, particular: Parameters<typeof anOrder>[1] = {}) => {
      const order = anOrder([[stock, units]], particular)
      return standing(await rowLedger(world().books).order(order)).phase
    }
    const balanced = (row: LedRow, balances: Partial<Balances>): LedRow => ({
      ...row,
      balances: { ...row.balances, ...balances },
    })

    describe('a look', () => {
      it('shows rows of which nothing is known, and names those that are not there', async () => {
        const [one, other] = [await aStock(), await aStock({ reclaimPolicy: 'Return', limits: { perConsumer: 3 } })]
        const nothing = (uid: string): KnownRow => ({ uid, sequence: -1, generation: 0, state: 'Open' })
        const look = await world().rows.look([one, nobody, other].map(nothing))
        assert.deepEqual(look.missing, [nobody])
        const byUid = new Map(look.changed.map((row) => [row.uid, row]))
        assert.deepEqual([...byUid.keys()].sort(), [one, other].sort())
        for (const uid of [one, other]) assert.deepEqual(byUid.get(uid), await rowOf(uid))
        const { namespace, name, state, generation, balances, ceiling, terms } = byUid.get(other) as LedRow
        assert.deepEqual([namespace, name, state, generation, ceiling], ['shop', `stock-${other}`, 'Open', 1, 0])
        assert.deepEqual([balances.quantity, balances.sequence], [20, 1])
        assert.deepEqual([terms.reclaimPolicy, terms.limits], ['Return', { perConsumer: 3 }])
      })

      it('says nothing of rows that are as they are known, nor of others', async () => {
        const [stock] = [await aStock(), await aStock()]
        const row = await rowOf(stock)
        assert.deepEqual(await looked([known(row)]), { ...nothingNew, missing: [] })
        assert.deepEqual(await looked([]), { ...nothingNew, missing: [] })
        assert.deepEqual(await looked([{ ...known(row), uid: nobody }]), { ...nothingNew, missing: [nobody] })
      })

      it('shows a row whose number, generation or state is another, also where it was set back', async () => {
        const row = await rowOf(await aStock())
        const others = [
          { sequence: 0 },
          { sequence: 2 },
          { generation: 2 },
          { generation: 0 },
          { state: 'Halted' as const },
        ]
        for (const other of others)
          assert.deepEqual((await world().rows.look([{ ...known(row), ...other }])).changed, [row])
      })

      it('shows what others have decided meanwhile', async () => {
        const stock = await aStock()
        const before = await rowOf(stock)
        assert.equal(await hold(stock, 3), 'Reserved')
        const [held] = (await world().rows.look([known(before)])).changed
        assert.deepEqual([held?.balances.reserved, held?.balances.sequence], [3, 2])
        await world().books.halt(stock)
        assert.equal((await world().rows.look([known(held as LedRow)])).changed[0]?.state, 'Halted')
      })
    })

    describe('a change', () => {
      it('is decided on the row as it is now, at the time of the database', async () => {
        const stock = await aStock()
        const before = await found(stock)
        assert.ok(before.at >= (before.row?.balances.at ?? Infinity))
        await hold(stock, 2)
        const { row, at } = await found(stock)
        assert.ok(at >= before.at && at >= (row?.balances.at ?? Infinity))
        assert.equal(row?.balances.reserved, 2)
      })

      it('finds nothing of a stock that has no row', async () => {
        const { row, sums } = await found(nobody)
        assert.deepEqual([row, sums], [undefined, undefined])
        const summed = await found(nobody, true)
        assert.deepEqual([summed.row, summed.sums], [undefined, { reserved: 0, confirmed: 0 }])
      })

      it('writes everything of the row, and what is told of it', async () => {
        const stock = await aStock()
        await hold(stock, 6)
        const terms = someTerms({ quantity: 5, safetyStock: 1, paused: true, limits: { perConsumer: 2 } })
        const want: LedRow[] = []
        await world().rows.change({ uid: stock, sums: false }, ({ row: before, at }) => {
          const row: LedRow = {
            ...(before as LedRow),
            ...{ terms, generation: 7, state: 'Closed', ceiling: 6 },
            balances: { sequence: 3, at, quantity: 5, reserved: 6, confirmed: 0, level: 'Low' },
          }
          want.push(row)
          const entry = anEntry({
            sequence: 3,
            verb: 'Adjust',
            quantity: -15,
            stockQuantity: 5,
            reserved: 6,
            level: 'Low',
          })
          return { row, told: [{ entry, about: undefined }], countsConsumers: false }
        })
        assert.deepEqual(await rowOf(stock), want[0])
        const { entries } = await world().stored()
        const own = entries.filter((one) => one.stock === stock).flatMap((one) => one.entries)
        assert.deepEqual(
          own.map(({ sequence, verb }) => `${sequence} ${verb}`),
          ['1 Note', '2 Reserve', '3 Adjust'],
        )
      })

      it('is none where nothing is decided, or deciding fails', async () => {
        const stock = await aStock()
        const before = await rowOf(stock)
        const fails = () => {
          throw new Error('a fault of ours')
        }
        await assert.rejects(world().rows.change({ uid: stock, sums: false }, fails), /a fault of ours/)
        assert.deepEqual(await rowOf(stock), before)
        assert.equal(await hold(stock, 1), 'Reserved')
      })

      it('is never one that oversells, and the stock is named; what comes next is not harmed', async () => {
        const stock = await aStock({ safetyStock: 2 })
        const before = await rowOf(stock)
        const tooMuch = [
          { reserved: 19 },
          { reserved: 10, confirmed: 9 },
          { reserved: -1 },
          { confirmed: -1 },
          { quantity: 1, reserved: 1 },
        ]
        for (const balances of tooMuch) {
          const told = [{ entry: anEntry({ sequence: 2 }), about: undefined }]
          const wrong = change(stock, (row) => ({ ...only(balanced(row, balances)), told }))
          const error = await wrong.catch((reason: unknown) => reason)
          assert.ok(error instanceof Oversold, `${JSON.stringify(balances)}: ${error}`)
          assert.equal(error.stock, stock)
        }
        assert.deepEqual(await rowOf(stock), before)
        await change(stock, (row) => only(balanced({ ...row, ceiling: 19 }, { reserved: 19 }))) // was out before it shrank
        await change(stock, (row) => only(balanced({ ...row, ceiling: 0 }, { reserved: 0 })))
      })

      it('loses none that is decided beside it, by whomever', async () => {
        const stock = await aStock({ quantity: 1_000 })
        const { generation } = await rowOf(stock)
        const more = (row: LedRow) => only({ ...row, generation: row.generation + 1 })
        const holds = Array.from({ length: 10 }, () => hold(stock, 2))
        await Promise.all([...Array.from({ length: 10 }, () => change(stock, more)), ...holds])
        const row = await rowOf(stock)
        assert.deepEqual([row.generation, row.balances.reserved, row.balances.sequence], [generation + 10, 20, 11])
        const rows = await world().stored()
        const own = { ...rows, stocks: rows.stocks.filter(({ uid }) => uid === stock) }
        assert.deepEqual(
          auditRows(own).filter((finding) => finding.startsWith(row.name)),
          [],
        )
      })

      it('knows whether all that was decided is sent', async () => {
        const [stock, other] = [await aStock(), await aStock()]
        assert.equal((await found(stock)).isDelivered, false)
        await world().deliver(other)
        assert.equal((await found(stock)).isDelivered, false)
        await world().deliver(stock)
        assert.equal((await found(stock)).isDelivered, true)
        await hold(stock, 1)
        assert.equal((await found(stock)).isDelivered, false)
      })

      it('knows what the claims of the stock have where that is asked for, and of no other', async () => {
        const [stock, other] = [await aStock({ reclaimPolicy: 'Return' }), await aStock()]
        await Promise.all([hold(stock, 2), hold(stock, 3), hold(stock, 4, { confirm: true }), hold(other, 7)])
        assert.equal((await found(stock)).sums, undefined)
        assert.deepEqual((await found(stock, true)).sums, { reserved: 5, confirmed: 4 })
        assert.deepEqual((await found(other, true)).sums, { reserved: 7, confirmed: 0 })
      })

      for (const reclaimPolicy of ['Consume', 'Return'] as const)
        it(`counts anew what each consumer has where that is asked for (${reclaimPolicy})`, async () => {
          const [stock, other] = [await aStock({ reclaimPolicy }), await aStock({ limits: { perConsumer: 9 } })]
          await hold(other, 1, { about: { consumer: 'ana' } })
          for (const [consumer, units] of Object.entries({ ana: 3, cleo: 1 }))
            await hold(stock, units, { about: { consumer } })
          await hold(stock, 3, { confirm: true, about: { consumer: 'ben' } })
          await hold(stock, 1)
          const unitsOf = async (uid: string) =>
            (await world().stored()).units
              .flatMap((one) => (one.stock === uid ? [`${one.consumer} ${one.units}`] : []))
              .sort()
          assert.deepEqual(await unitsOf(stock), [])
          const limited = (row: LedRow) => ({ ...row, terms: { ...row.terms, limits: { perConsumer: 5 } } })
          const want = ['ana 3', ...(reclaimPolicy === 'Return' ? ['ben 3'] : []), 'cleo 1']
          for (let time = 0; time < 2; time++) {
            await change(stock, (row) => ({ ...only(limited(row)), countsConsumers: true }))
            assert.deepEqual(await unitsOf(stock), want)
          }
          assert.deepEqual(await unitsOf(other), ['ana 1'])
          const refused = anOrder([[stock, 3]], { about: { consumer: 'ana' } })
          assert.equal(standing(await rowLedger(world().books).order(refused)).reason, 'LimitPerConsumer')
        })
    })
  })
}
