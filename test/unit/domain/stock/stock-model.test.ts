import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  decideClaim,
  decideConfirm,
  decideExpire,
  decideExtend,
  decideRelease,
} from '../../../../operator/domain/stock/decide.ts'
import { decideTerms } from '../../../../operator/domain/stock/decide-terms.ts'
import type { Entry, EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import { levelAt } from '../../../../operator/domain/stock/level.ts'
import type { Request } from '../../../../operator/domain/stock/request.ts'
import { StockBook } from '../../../../operator/domain/stock/stock-book.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { aRequest, grinder, minuteMs, someTerms, tenOClock } from '../../../fixtures/builders.ts'
import { historyFaults } from '../../../fixtures/history-rows.ts'

/*
 * The stock against a model that knows nothing of entries, books or sums: a list of who has what, counted anew each time.
 */

interface Has {
  readonly state: 'waits' | 'holds' | 'bought'
  readonly quantity: number
  readonly until: number
  readonly since: number
}

interface Command {
  readonly kind: 'claim' | 'confirm' | 'release' | 'expire' | 'extend' | 'resize' | 'keepBack' | 'pause'
  readonly who: number
  readonly quantity: number
  readonly waits: boolean
  readonly at: number
  readonly stored: boolean
}

const ttlMs = 10 * minuteMs
const waitForMs = 20 * minuteMs

const creation: Command = { kind: 'resize', who: 0, quantity: 4, waits: false, at: tenOClock, stored: true }

const commands = fc.array(
  fc.record<Command>({
    kind: fc.constantFrom(
      ...(['claim', 'claim', 'claim', 'confirm', 'confirm', 'release', 'expire', 'extend'] as const),
      ...(['resize', 'keepBack', 'pause'] as const),
    ),
    who: fc.integer({ min: 0, max: 6 }),
    quantity: fc.integer({ min: 1, max: 9 }),
    waits: fc.boolean(),
    at: fc.integer({ min: 0, max: 60 }).map((minutes) => tenOClock + minutes * minuteMs),
    stored: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
  }),
  { maxLength: 60 },
)

const model = (reclaimPolicy: StockTerms['reclaimPolicy']) => {
  let terms = someTerms({ quantity: 0, reclaimPolicy, thresholds: { low: 4, critical: 2 } })
  let who = new Map<string, Has>()
  const unitsIn = (state: Has['state']) =>
    [...who.values()].filter((has) => has.state === state).reduce((sum, { quantity }) => sum + quantity, 0)
  const free = () => Math.max(0, terms.quantity - terms.safetyStock - unitsIn('holds') - unitsIn('bought'))
  return {
    terms: () => terms,
    change: (next: StockTerms) => {
      terms = next
    },
    reserved: () => unitsIn('holds'),
    confirmed: () => unitsIn('bought'),
    free,
    waiting: () => [...who].flatMap(([uid, { state }]) => (state === 'waits' ? [uid] : [])),
    has: (uid: string) => who.get(uid),
    put: (uid: string, has: Has | undefined) => {
      who = new Map(who)
      if (has) who.set(uid, has)
      else who.delete(uid)
    },
    save: () => who,
    load: (saved: Map<string, Has>) => {
      who = saved
    },
  }
}

type Model = ReturnType<typeof model>

/** What the model says that becomes of one after the command; its verbs, as words of its own. */
function expected(m: Model, command: Command, request: Request, at: number): string[] {
  const { uid } = request
  const has = m.has(uid)
  switch (command.kind) {
    case 'claim':
      return expectedOfClaim(m, command, request, at)
    case 'confirm':
      if (has?.state !== 'holds') return []
      m.put(uid, at < has.until ? { ...has, state: 'bought' } : undefined)
      return [at < has.until ? 'Confirm' : 'Expire']
    case 'release':
      m.put(uid, undefined)
      return has ? [has.state === 'bought' ? 'Return' : 'Release'] : []
    case 'expire':
      if (!has || has.state === 'bought' || at < has.until) return []
      m.put(uid, undefined)
      return [has.state === 'waits' ? 'Refuse' : 'Expire']
    case 'extend':
      if (has?.state !== 'holds' || at >= has.until || has.since + command.quantity * 2 * minuteMs <= has.until)
        return []
      m.put(uid, { ...has, until: has.since + command.quantity * 2 * minuteMs })
      return ['Extend']
    default:
      return []
  }
}

function expectedOfClaim(m: Model, { waits }: Command, { uid, quantity }: Request, at: number): string[] {
  const has = m.has(uid)
  const { quantity: all, safetyStock, paused } = m.terms()
  if (has && has.state !== 'waits') return []
  const neverFits = (units = 0) => units > all - safetyStock
  if (neverFits(quantity)) return has ? [] : ['Refuse'] // who waits keeps its place, and is passed over
  const ahead = m.waiting().filter((other) => !neverFits(m.has(other)?.quantity))
  const first = ahead.every((other) => other >= uid) // all came at the same time: the uid decides
  if (!paused && quantity <= m.free() && first) {
    m.put(uid, { state: 'holds', quantity, since: at, until: at + ttlMs })
    return ['Reserve']
  }
  if (has) return []
  if (!waits) return ['Refuse']
  m.put(uid, { state: 'waits', quantity, since: at, until: at + waitForMs })
  return ['Wait']
}

function decided(book: StockBook, { kind, quantity }: Command, request: Request, at: number): EntryDraft[] {
  const claim = book.claims.get(request.uid)
  switch (kind) {
    case 'claim':
      return decideClaim(request, book, at)
    case 'confirm':
      return decideConfirm(claim, book, at, false)
    case 'release':
      return decideRelease(claim, book, 'ReleasedByClient')
    case 'expire':
      return decideExpire(claim, book, at)
    case 'extend':
      return decideExtend(claim, book, at, quantity * 2 * minuteMs)
    default:
      return []
  }
}

function changedTerms(terms: StockTerms, { kind, quantity }: Command): StockTerms {
  switch (kind) {
    case 'resize':
      return { ...terms, quantity: quantity * 2 }
    case 'keepBack':
      return { ...terms, safetyStock: quantity - 1 }
    case 'pause':
      return { ...terms, paused: !terms.paused }
    default:
      return terms
  }
}

describe('a stock', () => {
  for (const reclaimPolicy of ['Consume', 'Return'] as const) {
    it(`never oversells and always adds up, whatever is asked of it (${reclaimPolicy})`, () => {
      fc.assert(
        fc.property(commands, (all) => run(reclaimPolicy, all)),
        { numRuns: 300 },
      )
    })
  }
})

function run(reclaimPolicy: StockTerms['reclaimPolicy'], all: readonly Command[]): void {
  const m = model(reclaimPolicy)
  const book = new StockBook(grinder, m.terms())
  const journal: Entry[] = []
  let told = { safetyStock: 0, paused: false }
  for (const command of [creation, ...all]) {
    const saved = m.save()
    const termsBefore = m.terms()
    const outBefore = m.reserved() + m.confirmed()
    const { at } = command // by a clock that may be put back; entries are dated in order all the same
    const request = aRequest({
      uid: `uid-${command.who}`,
      quantity: m.has(`uid-${command.who}`)?.quantity ?? command.quantity,
      ttlMs,
      waitForMs: command.waits ? waitForMs : 0,
    })
    m.change(changedTerms(termsBefore, command))
    book.setTerms(m.terms())
    const termDrafts = decideTerms(book.balances, book.balances.sequence === 0 ? undefined : told, m.terms())
    const entries = termDrafts.map((draft) => book.decide(draft, at))
    const drafts = decided(book, command, request, at)
    entries.push(...drafts.map((draft) => book.decide(draft, at)))
    if (drafts.at(-1)?.verb === 'Wait') book.waiting.add(request)
    const note = book.levelNote(at)
    if (note) entries.push(note)

    assert.deepEqual(
      drafts.map(({ verb }) => verb),
      expected(m, command, request, at),
    )
    agree(book, m, outBefore)
    if (command.stored) {
      book.commit()
      journal.push(...entries)
      told = { safetyStock: m.terms().safetyStock, paused: m.terms().paused }
    } else {
      book.rollback()
      m.load(saved)
      m.change(termsBefore)
      book.setTerms(termsBefore)
      agree(book, m, Infinity)
    }
  }
  checkJournal(journal)
}

function agree(book: StockBook, m: Model, outBefore: number): void {
  const { reserved, confirmed, quantity, level } = book.balances
  const { safetyStock, thresholds } = m.terms()
  assert.deepEqual([reserved, confirmed, quantity], [m.reserved(), m.confirmed(), m.terms().quantity])
  assert.deepEqual(book.sums(), { reserved, confirmed })
  assert.equal(book.free(), m.free())
  assert.deepEqual(
    [...book.waiting].map(({ uid }) => uid),
    m.waiting().sort(),
  )
  assert.equal(levelAt(m.free(), thresholds, level), level)
  const out = reserved + confirmed
  assert.ok(out + safetyStock <= quantity || out <= outBefore, `${out} out of ${quantity}, ${safetyStock} kept back`)
}

function checkJournal(journal: readonly Entry[]): void {
  assert.deepEqual(historyFaults(journal), [])
  for (const [index, entry] of journal.entries()) {
    assert.equal(entry.sequence, index + 1)
    assert.ok(entry.at >= (journal[index - 1]?.at ?? ''), 'time falls')
  }
}
