import { openStockRow } from '../../../operator/application/rows/open-stock-row.ts'
import type { RowBooks } from '../../../operator/application/rows/row-books.ts'
import { RowLedger } from '../../../operator/application/rows/row-ledger.ts'
import { overHoldsSweep } from '../../../operator/application/rows/sweep-over-holds.ts'
import { type FakeClock, fakeClock } from '../../fakes/fake-clock.ts'
import { type InMemoryRows, inMemoryRows } from '../../fakes/in-memory-rows.ts'
import type { Mishap } from '../../fakes/in-memory-tables.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type Random, randomFrom } from '../world/random.ts'
import { numberedUid } from './numbered-uid.ts'
import type { RowBreakage } from './row-breakages.ts'
import { died, type RowProcess, rowClients } from './row-clients.ts'
import { witnessed } from './row-witness.ts'

const STEPS = 40
const HEALED_WITHIN_MS = 60_000
const LONG_MS = 10 * 60_000
const mishaps: readonly Mishap[] = ['not written', 'answer lost', 'commit lost']

/**
 * A few processes sell a few stocks to people, while answers get lost, transactions fail and processes die; then all is
 * well, everybody must hear how it stands, and the books must agree. Answers what does not; undefined = nothing.
 */
export async function simulateRows(seed: number, breakage?: RowBreakage): Promise<string | undefined> {
  const random = randomFrom(seed)
  const clock = fakeClock()
  const way = () => new Promise<void>((resolve) => void clock.schedule(random.between(0, 20), resolve))
  const without = breakage?.without ?? (random.chance(0.5) ? { constraints: true } : {})
  const rows = inMemoryRows(clock.now(), without, way)
  const weather = { trouble: random.next() * 0.4 }
  const times = new Set<number>()
  const books = onTheWire({ rows, clock, random, weather, times, way }, breakage)
  const stocks = await openStocks(rows, random, times)
  const crew = processes(books, clock, random.between(1, 3))
  const clients = rowClients({
    ...{ random, stocks, process: () => crew.any(random), newUids: breakage?.newUids ?? false },
    pause: () => new Promise((resolve) => void clock.schedule(random.between(1, 500), resolve)),
  })
  keepEnding(books, crew, clock, random)
  for (let step = 0; step < STEPS; step++) {
    for (let count = random.between(0, 3); count > 0; count--) clients.come()
    if (random.chance(0.05)) crew.oneDies(random)
    await clock.advance(random.chance(0.1) ? random.between(0, LONG_MS) : random.between(0, 50))
  }
  weather.trouble = 0
  await clock.advance(HEALED_WITHIN_MS)
  if (clients.waiting > 0) return `${clients.waiting} of ${clients.intents.length} have heard nothing`
  return witnessed(rows.rows(), clients.intents, times)[0]
}

/** Some process ends what is over, about once a second. */
function keepEnding(books: RowBooks, crew: ReturnType<typeof processes>, clock: FakeClock, random: Random): void {
  const again = () => void clock.schedule(1_000, () => keepEnding(books, crew, clock, random))
  overHoldsSweep({ books, ledger: crew.any(random).ledger, clock })().then(again, again)
}

async function openStocks(rows: InMemoryRows, random: Random, times: Set<number>): Promise<string[]> {
  const stocks = ['a', 'b', 'c']
    .slice(0, random.between(1, 3))
    .map((name, index) => ({ uid: numberedUid(index), namespace: 'shop', name }))
  for (const stock of stocks) {
    const reclaimPolicy = random.chance(0.5) ? 'Consume' : 'Return'
    const limits = random.chance(0.5) ? { perConsumer: random.between(4, 8) } : {}
    const terms = someTerms({ quantity: random.between(4, 20), reclaimPolicy, limits, thresholds: { low: 3 } })
    await openStockRow(rows, { stock, terms, generation: 1 })
    for (const { entries } of rows.rows().entries) for (const { at } of entries) times.add(Date.parse(at))
  }
  return stocks.map(({ uid }) => uid)
}

interface Wire {
  readonly rows: InMemoryRows
  readonly clock: FakeClock
  readonly random: Random
  readonly weather: { readonly trouble: number }
  readonly times: Set<number>
  readonly way: () => Promise<void>
}

/** The database as processes reach it: some way off, with its own time, and with what befalls them. */
function onTheWire({ rows, clock, random, weather, times, way }: Wire, breakage: RowBreakage | undefined): RowBooks {
  const books: RowBooks = {
    ...rows,
    async transact(wanted, decide) {
      await way()
      rows.setTime(clock.now())
      times.add(clock.now())
      await rows.transact(wanted, (found) => {
        const changes = decide(found)
        if (changes && random.chance(weather.trouble)) rows.meet(random.pick(mishaps) as Mishap)
        return changes
      })
      await way()
    },
  }
  return breakage?.books?.(books) ?? books
}

function processes(books: RowBooks, clock: FakeClock, count: number) {
  const patience = { clock, onRetry: () => undefined, onTrouble: () => undefined }
  const born = (): RowProcess & { die(): void } => {
    const { promise: death, reject } = Promise.withResolvers<never>()
    death.catch(() => undefined)
    return { ledger: new RowLedger({ books, clock, patience, lanes: 2 }), death, die: () => reject(died) }
  }
  const living = Array.from({ length: count }, born)
  return {
    any: (random: Random): RowProcess => random.pick(living) as RowProcess,
    oneDies(random: Random): void {
      const index = random.between(0, living.length - 1)
      living[index]?.die()
      living[index] = born()
    },
  }
}
