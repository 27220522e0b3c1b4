import type { StoredStock } from '../../../operator/application/ledger/stock-ledger.ts'
import type { InMemoryTables } from '../../fakes/in-memory-tables.ts'
import { auditRows } from '../../fixtures/audit-rows.ts'
import { someTerms } from '../../fixtures/builders.ts'
import { type Random, randomFrom } from '../world/random.ts'
import { numberedUid } from './numbered-uid.ts'
import { type RowProcess, rowClients } from './row-clients.ts'
import { atOtherTimes, doneTwice, toldOtherwise } from './row-witness.ts'
import type { ServedBreakage } from './served-breakages.ts'
import type { Objects } from './served-objects.ts'
import { servedSite } from './served-site.ts'

const STEPS = 30
const HEALED_WITHIN_MS = 40_000
const LONGEST_FREEZE_MS = 20_000
const LONG_MS = 4 * 60_000
/** Objects and topics tell within that what was decided. */
const CALM_MS = 3_000
const GATEWAYS = 2

/**
 * Gateways sell a few stocks to people, and leaders follow one another, freeze and go on beside the next, while answers get
 * lost, topics refuse, specs change and stocks are deleted; in some worlds the database is set back. Then all is well, and
 * rows, objects, topics and what everybody was told must agree. Answers what does not; undefined = nothing.
 */
export async function simulateServed(
  seed: number,
  breakage: ServedBreakage | undefined = undefined,
): Promise<string | undefined> {
  const random = randomFrom(seed)
  const site = servedSite(random, breakage)
  const { clock, objects, tables, weather, findings } = site
  const stocks = createStocks(objects, random)
  const isSetBack = random.chance(0.3)
  const gateways = Array.from({ length: GATEWAYS }, () => site.gateway())
  const clients = rowClients({
    ...{ random, stocks, process: () => random.pick(gateways) as RowProcess, newUids: false },
    pause: () => new Promise((resolve) => void clock.schedule(random.between(1, 500), resolve)),
  })
  site.newLeader()
  await clock.advance(2_000)
  const backup = isSetBack ? copyOf(tables) : undefined
  const when = random.between(10, STEPS - 10)
  for (let step = 0; step < STEPS; step++) {
    for (let count = random.between(0, 3); count > 0; count--) clients.come()
    if (random.chance(0.05)) site.newLeader()
    if (random.chance(0.05)) site.freezeLeader(random.between(0, LONGEST_FREEZE_MS))
    if (random.chance(0.15)) changeSpec(objects, random, isSetBack)
    if (backup && step === when) {
      restore(tables, backup)
      site.setBack()
      // those that come now remember nothing of their own
      gateways.splice(0, GATEWAYS, ...Array.from({ length: GATEWAYS }, () => site.gateway()))
    }
    await clock.advance(random.chance(0.05) ? random.between(0, LONG_MS) : random.between(0, 400))
  }
  weather.trouble = 0
  await clock.advance(HEALED_WITHIN_MS / 2)
  for (const key of objects.all.keys()) if (isToBeAccepted(objects.all.get(key))) objects.edit(key, accepted)
  await clock.advance(HEALED_WITHIN_MS)
  for (let before = -1; before !== tables.commits; await clock.advance(CALM_MS)) before = tables.commits
  site.end()
  if (findings[0] !== undefined) return findings[0]
  if (clients.waiting > 0) return `${clients.waiting} of ${clients.intents.length} have heard nothing`
  const rows = tables.rows()
  const books = auditRows(rows).filter((finding) => !isSetBack || !/: entry \d+ follows /.test(finding))
  if (isSetBack) return [...books.filter((finding) => !/entries say/.test(finding)), ...site.mirrorFaults()][0]
  return [
    ...books,
    ...clients.intents.flatMap((intent) => [...doneTwice(rows, intent), ...toldOtherwise(rows, intent)]),
    ...atOtherTimes(rows, site.times),
    ...site.mirrorFaults(),
    ...site.topicFaults(),
  ][0]
}

function createStocks(objects: Objects, random: Random): string[] {
  return ['a', 'b', 'c'].slice(0, random.between(1, 3)).map((name, index) => {
    const uid = numberedUid(index)
    const reclaimPolicy = random.chance(0.5) ? 'Consume' : 'Return'
    const terms = someTerms({
      quantity: random.between(4, 20),
      reclaimPolicy,
      safetyStock: random.between(0, 2),
      thresholds: { low: 3 },
    })
    const common = { position: '', generation: 1, formerUids: [], acceptBooks: false, finalizers: [], guarded: false }
    objects.create({ ...common, namespace: 'shop', name, uid, database: 'default', terms })
    return uid
  })
}

/** Somebody orders more, keeps some back, pauses, limits, or deletes. */
function changeSpec(objects: Objects, random: Random, keeps: boolean): void {
  const key = random.pick([...objects.all.keys()])
  if (key === undefined) return
  objects.edit(key, (stock) => {
    const { terms } = stock
    if (terms.terminating) return stock
    if (!keeps && random.chance(0.2))
      return { ...stock, generation: stock.generation + 1, terms: { ...terms, terminating: true } }
    const changes = [
      { quantity: random.between(2, 25) },
      { paused: !terms.paused },
      { limits: random.chance(0.5) ? { perConsumer: random.between(4, 8) } : {} },
    ]
    return { ...stock, generation: stock.generation + 1, terms: { ...terms, ...random.pick(changes) } }
  })
}

function isToBeAccepted(stock: StoredStock | undefined): boolean {
  const ready = stock?.status?.conditions.find(({ type }) => type === 'Ready')
  return ready?.reason === 'StatusLost' || ready?.reason === 'InvariantViolated'
}

function accepted(stock: StoredStock): StoredStock {
  return { ...stock, acceptBooks: true }
}

const kept = ['stocks', 'keys', 'claims', 'finished', 'units', 'told'] as const

function copyOf(tables: InMemoryTables): Map<(typeof kept)[number], Map<string, unknown>> {
  return new Map(kept.map((table) => [table, new Map<string, unknown>(tables[table])]))
}

/** What was committed since is gone. */
function restore(tables: InMemoryTables, backup: ReturnType<typeof copyOf>): void {
  for (const [table, rows] of backup) {
    const present = tables[table] as Map<string, unknown>
    present.clear()
    for (const [key, row] of rows) present.set(key, row)
  }
}
