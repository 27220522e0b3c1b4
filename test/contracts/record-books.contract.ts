import assert from 'node:assert/strict'
import type { NextRecords, RecordBooks, WaitingStock } from '../../operator/application/rows/record-books.ts'
import type { RecordEntry } from '../../operator/domain/event/record-entry.ts'

export interface RecordWorld {
  readonly records: RecordBooks
  /** Opens a stock, which is its first entry; answers its uid. */
  aStock(): Promise<string>
  /** One transaction with so many entries of a stock. */
  write(stock: string, entries: number): Promise<void>
  /** Deletes a record behind everybody's back. */
  take(stock: string, first: number): Promise<void>
}

const MANY = { records: 100, bytes: 1 << 24 }

/** Every promise of an outbox. Others may use the same one meanwhile. */
export function recordBooksContract(describedAs: string, world: () => RecordWorld): void {
  describe(`RecordBooks: ${describedAs}`, () => {
    const books = () => world().records
    const next = async (stock: string, after: number, share = MANY) => {
      const [found] = await books().next([{ stock, after }], share)
      return found as NextRecords
    }
    const rangesOf = ({ records }: NextRecords) => records.map(({ first, last }) => [first, last])
    async function allWaiting(limit = 2): Promise<WaitingStock[]> {
      const all: WaitingStock[] = []
      for (let page = await books().waiting(undefined, limit); page.length > 0; ) {
        all.push(...page)
        page = await books().waiting(page.at(-1)?.stock.uid, limit)
      }
      return all
    }
    const waits = async (stock: string) => (await allWaiting()).find(({ stock: { uid } }) => uid === stock)
    const bytesOf = (found: NextRecords) => found.records.reduce((sum, { bytes }) => sum + bytes, 0)

    it('names every stock with something undelivered, page by page', async () => {
      const stocks = [await world().aStock(), await world().aStock(), await world().aStock()]
      const all = await allWaiting()
      const uids = all.map(({ stock }) => stock.uid)
      assert.deepEqual(uids, [...uids].sort())
      assert.deepEqual(
        stocks.filter((uid) => uids.includes(uid)),
        stocks,
      )
      const one = all.find(({ stock }) => stock.uid === stocks[0])
      assert.deepEqual([one?.delivered, one?.sequence, one?.stock.namespace], [0, 1, 'shop'])
      assert.equal(one?.bytes, bytesOf(await next(stocks[0] as string, 0)))
      assert.ok(one?.stock.name && one.stock.product)
    })

    it('has records as they were committed, each time the same', async () => {
      const stock = await world().aStock()
      await world().write(stock, 3)
      await world().write(stock, 1_200)
      const found = await next(stock, 0)
      const want = [
        [1, 1],
        [2, 4],
        [5, 504],
        [505, 1_004],
        [1_005, 1_204],
      ]
      assert.deepEqual(rangesOf(found), want)
      assert.deepEqual([found.sequence, found.delivered], [1_204, 0])
      for (const { first, last, entries, bytes } of found.records) {
        const sequences = (JSON.parse(entries) as RecordEntry[]).map(({ sequence }) => sequence)
        assert.deepEqual([sequences[0], sequences.at(-1), sequences.length], [first, last, last - first + 1])
        assert.equal(Buffer.byteLength(entries), bytes)
      }
      assert.deepEqual(
        found.records.map(({ tellsStock }) => tellsStock),
        [true, false, false, false, false],
      )
      assert.deepEqual(await next(stock, 0), found)
    })

    it('reads on after an entry, no more records and bytes than asked for, and always one', async () => {
      const stock = await world().aStock()
      for (const entries of [1, 1, 200, 1]) await world().write(stock, entries)
      assert.deepEqual(rangesOf(await next(stock, 1, { ...MANY, records: 2 })), [
        [2, 2],
        [3, 3],
      ])
      const large = (await next(stock, 3)).records[0]?.bytes ?? 0
      assert.deepEqual(rangesOf(await next(stock, 1, { ...MANY, bytes: large })), [
        [2, 2],
        [3, 3],
      ])
      assert.deepEqual(rangesOf(await next(stock, 3, { ...MANY, bytes: 1 })), [[4, 203]])
      assert.deepEqual(rangesOf(await next(stock, 204)), [])
    })

    it('reads of several stocks at once, and says nothing of those that are not there', async () => {
      const [one, other] = [await world().aStock(), await world().aStock()]
      const nobody = '00000000-0000-4000-8000-000000000000'
      const wanted = [one, nobody, other].map((stock) => ({ stock, after: 0 }))
      const found = await books().next(wanted, MANY)
      assert.deepEqual(
        new Map(found.map((each) => [each.stock, rangesOf(each)])),
        new Map([one, other].map((uid) => [uid, [[1, 1]]])),
      )
      assert.deepEqual(await books().next([], MANY), [])
    })

    it('forgets what is delivered, however often that is said, and takes nothing back', async () => {
      const [stock, other] = [await world().aStock(), await world().aStock()]
      await world().write(stock, 2)
      await world().write(stock, 2)
      await books().delivered([{ stock, after: 0, upTo: 3 }])
      const left = await next(stock, 0)
      assert.deepEqual([rangesOf(left), left.delivered], [[[4, 5]], 3])
      assert.equal((await waits(stock))?.delivered, 3)
      for (const upTo of [3, 1, 5, 5, 3]) await books().delivered([{ stock, after: 0, upTo }])
      const { delivered, records } = await next(stock, 0)
      assert.deepEqual([delivered, records], [5, []])
      assert.equal(await waits(stock), undefined)
      assert.deepEqual(rangesOf(await next(other, 0)), [[1, 1]])
      await books().delivered([])
    })

    it('says how much is undelivered, of all and of those with the most', async () => {
      const before = (await books().pressure(1, 0)).bytes
      const [large, small] = [await world().aStock(), await world().aStock()]
      await world().write(large, 700)
      const bytes = { large: bytesOf(await next(large, 0)), small: bytesOf(await next(small, 0)) }
      const { byStock, ...all } = await books().pressure(10_000, 0)
      assert.equal(all.bytes, before + bytes.large + bytes.small)
      assert.ok(all.oldestMs > 0)
      assert.deepEqual([byStock.get(large), byStock.get(small)], [bytes.large, bytes.small])
      const most = await books().pressure(1, 0)
      assert.deepEqual([most.bytes, most.byStock.size], [all.bytes, 1])
      assert.ok(([...most.byStock.values()][0] as number) >= bytes.large)
      const few = async (maxBytes: number) => (await books().pressure(1, maxBytes)).byStock.get(small)
      assert.equal(await few(all.bytes + bytes.small), bytes.small, 'as much as is left')
      assert.equal(await few(all.bytes + bytes.small + 1), undefined)
      assert.equal(await few(all.bytes), undefined, 'nothing is left for anybody')
      await books().delivered([{ stock: large, after: 0, upTo: 501 }])
      const rest = bytesOf(await next(large, 0))
      assert.equal((await books().pressure(10_000, 0)).byStock.get(large), rest)
      await books().delivered([
        { stock: large, after: 501, upTo: 701 },
        { stock: small, after: 0, upTo: 1 },
      ])
      const after = await books().pressure(10_000, 0)
      assert.deepEqual([after.bytes, after.byStock.get(large)], [before, undefined])
    })

    it('counts nothing as undelivered for ever that somebody has deleted', async () => {
      const stock = await world().aStock()
      await world().write(stock, 5)
      await world().write(stock, 5)
      await world().take(stock, 2)
      const found = await next(stock, 0)
      assert.deepEqual(
        [rangesOf(found), found.sequence],
        [
          [
            [1, 1],
            [7, 11],
          ],
          11,
        ],
      )
      await books().delivered([{ stock, after: 0, upTo: 11 }])
      assert.equal((await books().pressure(10_000, 0)).byStock.get(stock), undefined)
      await world().write(stock, 1)
      assert.equal((await books().pressure(10_000, 0)).byStock.get(stock), bytesOf(await next(stock, 0)))
    })
  })
}
