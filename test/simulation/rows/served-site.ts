import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { RecordBooks } from '../../../operator/application/rows/record-books.ts'
import type { RowBooks, Told } from '../../../operator/application/rows/row-books.ts'
import { isHeld } from '../../../operator/application/rows/stock/decide-stock-row.ts'
import type { StockRows } from '../../../operator/application/rows/stock/stock-rows.ts'
import { fakeClock } from '../../fakes/fake-clock.ts'
import { inMemoryRecords } from '../../fakes/in-memory-records.ts'
import { rowBooksIn } from '../../fakes/in-memory-rows.ts'
import { inMemoryStockRows } from '../../fakes/in-memory-stock-rows.ts'
import { InMemoryTables, type Mishap } from '../../fakes/in-memory-tables.ts'
import { someTerms } from '../../fixtures/builders.ts'
import type { Random } from '../world/random.ts'
import type { ServedBreakage } from './served-breakages.ts'
import { gatewayAt } from './served-gateway.ts'
import { servedLeader } from './served-leader.ts'
import { servedObjects } from './served-objects.ts'
import { servedTopics } from './served-topics.ts'

const LONGEST_FREEZE_MS = 10_000
const mishaps: readonly Mishap[] = ['not written', 'answer lost', 'commit lost']

/** A database, objects, topics, and who leads, with all that befalls them. */
export function servedSite(random: Random, breakage: ServedBreakage | undefined) {
  const clock = fakeClock()
  const way = () => new Promise<void>((resolve) => void clock.schedule(random.between(0, 20), resolve))
  const weather = { trouble: random.next() * 0.3 }
  const findings: string[] = []
  const times = new Set<number>()
  const outbox = inMemoryRecords(way)
  const tables = new InMemoryTables(() => clock.now(), random.chance(0.5) ? { constraints: true } : {}, noteTold)
  const topics = servedTopics(random, weather, way)
  const [books, rows] = [rowBooksIn(tables), inMemoryStockRows(tables)]
  const objects = servedObjects({ ...{ clock, random, weather, way }, onWritten: judgeMirror })
  let term = 0
  let wasSetBack = false
  let leader: { end(): void; frozen: Promise<void> } | undefined

  function noteTold(uid: string, told: readonly Told[]): void {
    const { namespace, name, terms } = tables.stocks.get(uid) ?? { namespace: '', name: '', terms: someTerms() }
    outbox.commit(
      { uid, namespace, name, product: terms.product },
      told.map(({ entry }) => entry),
    )
  }

  /** What an object shows of its row is in that row. */
  function judgeMirror({ name, uid, status, guarded, terms }: StoredStock): void {
    const row = tables.stocks.get(uid)
    const shown = status?.ledger.sequence ?? 0
    if (row && !wasSetBack && shown > row.balances.sequence)
      findings.push(`${name}: its object shows entry ${shown}, its row has ${row.balances.sequence}`)
    if (guarded || !terms.terminating || !row) return
    if (row.state !== 'Closed') findings.push(`${name}: let go while its row is ${row.state}`)
    if (!tables.isDelivered(uid)) findings.push(`${name}: let go before its last entries were sent`)
  }
  const trouble = () => {
    if (random.chance(weather.trouble)) tables.meet(random.pick(mishaps) as Mishap)
  }
  /** A process that stops for seconds in the middle of a call, and goes on. */
  const frozenNowAndThen = async () => {
    if (random.chance(weather.trouble / 50))
      await new Promise<void>((resolve) => void clock.schedule(random.between(0, LONGEST_FREEZE_MS), resolve))
  }
  /** The database as one process reaches it: some way off, with its own time, and not at all while that is frozen. */
  async function onTheWire<T>(gate: () => Promise<void>, call: () => Promise<T>): Promise<T> {
    await gate()
    await way()
    times.add(clock.now())
    try {
      return await call()
    } finally {
      await way()
      await gate()
    }
  }
  const booksFor = (gate: () => Promise<void>): RowBooks => ({
    ...books,
    open: (uid, make) =>
      onTheWire(gate, () =>
        books.open(uid, (at) => {
          trouble()
          return make(at)
        }),
      ),
    over: (limit, without) => onTheWire(gate, () => books.over(limit, without)),
    stocksOf: (uids) => onTheWire(gate, () => books.stocksOf(uids)),
    transact: (wanted, decide) =>
      onTheWire(gate, () =>
        books.transact(wanted, (found) => {
          const changes = decide(found)
          if (changes) trouble()
          return changes
        }),
      ),
  })
  function rowsFor(gate: () => Promise<void>): StockRows {
    const judged: StockRows = {
      ...rows,
      look: (known) => onTheWire(gate, () => rows.look(known)),
      change: (stock, decide) =>
        onTheWire(gate, () =>
          rows.change(stock, (found) => {
            const changed = decide(found)
            if (!changed) return undefined
            const closes = changed.row.state === 'Closed' && found.row?.state !== 'Closed'
            if (closes && found.row && isHeld(found.row)) findings.push(`${found.row.name}: closed while some is held`)
            trouble()
            return changed
          }),
        ),
    }
    return breakage?.rows?.(judged) ?? judged
  }
  function recordsFor(gate: () => Promise<void>): RecordBooks {
    const own: RecordBooks = {
      waiting: (after, limit) => onTheWire(gate, () => outbox.waiting(after, limit)),
      next: (wanted, share) => onTheWire(gate, () => outbox.next(wanted, share)),
      pressure: (...wanted) => outbox.pressure(...wanted),
      delivered: (stretches) =>
        onTheWire(gate, async () => {
          await outbox.delivered(stretches)
          for (const { stock, upTo } of stretches)
            tables.delivered.set(stock, Math.max(upTo, tables.delivered.get(stock) ?? 0))
        }),
    }
    return breakage?.records?.(own) ?? own
  }

  return {
    ...{ clock, objects, tables, weather, findings, times },
    newLeader() {
      const process = { frozen: Promise.resolve() }
      const gate = () => process.frozen
      const parts = { books: booksFor(gate), rows: rowsFor(gate), records: recordsFor(gate) }
      const before = leader
      const end = servedLeader({ ...{ clock, objects, publisher: topics.publisher, term: ++term }, ...parts })
      leader = Object.assign(process, { end })
      clock.schedule(random.between(0, 5_000), () => before?.end()) // both lead for a while
    },
    freezeLeader(ms: number) {
      if (leader) leader.frozen = new Promise((resolve) => void clock.schedule(ms, resolve))
    },
    end: () => leader?.end(),
    gateway: () => gatewayAt({ clock, objects, breakage, findings }, booksFor(frozenNowAndThen)),
    mirrorFaults: () =>
      [...objects.all.values()].flatMap(({ name, uid, status }) => {
        const row = tables.stocks.get(uid)
        const told = [status?.ledger.sequence, status?.quantity, status?.reserved, status?.confirmed]
        const is = [row?.balances.sequence, row?.balances.quantity, row?.balances.reserved, row?.balances.confirmed]
        return String(told) === String(is) && row?.state !== 'Halted'
          ? []
          : [`${name}: its object says ${told}, its row ${is} (${row?.state})`]
      }),
    topicFaults: () =>
      [...tables.stocks.values()].flatMap(({ uid, name, balances }) => {
        const fault = topics.fault(uid, balances.sequence)
        return fault === undefined ? [] : [`${name}: ${fault}`]
      }),
    /** From now on objects may show what is in no row any more. */
    setBack() {
      wasSetBack = true
    },
  }
}
