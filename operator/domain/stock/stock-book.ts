import { rememberedTimes } from '../times.ts'
import {
  applyToBalances,
  availableUnits,
  type Balances,
  brokenInvariant,
  emptyBalances,
  entryFrom,
  withinBalances,
} from './balances.ts'
import { applyToClaim, type Claim, unitsOut } from './claim.ts'
import type { Entry, EntryDraft } from './entry.ts'
import { levelAt } from './level.ts'
import type { Request } from './request.ts'
import type { StockTerms } from './terms.ts'
import { waitingList } from './waiting-list.ts'

export class InvariantViolated extends Error {}

export interface StockIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/**
 * One stock in memory: its terms, balances and claims. Entries are applied as they are decided; `commit` keeps them
 * once they are stored, `rollback` takes them back when they were not. Nothing here reads a clock or does I/O.
 */
export type StockBook = ReturnType<typeof stockBook>

export function stockBook(stock: StockIdentity, initialTerms: StockTerms) {
  let terms = initialTerms
  let balances: Balances = emptyBalances
  let stored: Balances = emptyBalances
  /** Of each set under way; counted as long as the books have nothing for it. */
  const earmarks = new Map<string, number>()
  let earmarked = 0
  let uncounted = false
  let isMute: (namespace: string) => boolean = () => false
  const claims = new Map<string, Claim>()
  const consumers = new Map<string, number>()
  const consumerOf = new Map<string, string>()
  const waiting = waitingList<Request>()
  const { textOf, msOf } = rememberedTimes()
  const undo: { uid: string; claim: Claim | undefined; inLine: Request | undefined }[] = []

  function countFor(claim: Claim | undefined): number {
    const { reserved, confirmed } = unitsOut(claim)
    return terms.reclaimPolicy === 'Return' ? reserved + confirmed : reserved
  }

  /** Changes a claim and every sum that it is part of; answers the place in line that it gave up. */
  function set(uid: string, claim: Claim | undefined): Request | undefined {
    const before = claims.get(uid)
    earmarked -= earmarkOf(uid)
    if (claim) claims.set(uid, claim)
    else claims.delete(uid)
    earmarked += earmarkOf(uid)
    count(uid, before, claim)
    return claim?.phase === 'Waiting' || waiting.length === 0 ? undefined : waiting.remove(uid)
  }

  /** Once its units are out it must not count twice, also before that is stored. */
  function earmarkOf(uid: string): number {
    const earmark = earmarks.size > 0 ? earmarks.get(uid) : undefined
    if (earmark === undefined) return 0
    const phase = claims.get(uid)?.phase
    return phase === 'Reserved' || phase === 'Confirmed' ? 0 : earmark
  }

  function count(uid: string, before: Claim | undefined, claim: Claim | undefined): void {
    const consumer = consumerOf.size > 0 ? consumerOf.get(uid) : undefined
    if (consumer === undefined) return
    const units = (consumers.get(consumer) ?? 0) + countFor(claim) - countFor(before)
    if (units > 0) consumers.set(consumer, units)
    else consumers.delete(consumer)
  }

  function apply(entry: Entry): Entry {
    const after = applyToBalances(balances, entry, msOf)
    const broken = brokenInvariant(balances, after, terms.safetyStock)
    if (broken)
      throw new InvariantViolated(`${stock.namespace}/${stock.name}: ${entry.verb} ${entry.sequence}: ${broken}`)
    balances = after
    if (entry.uid !== undefined) {
      const claim = claims.get(entry.uid)
      undo.push({ uid: entry.uid, claim, inLine: set(entry.uid, applyToClaim(claim, entry, stock.namespace, msOf)) })
    }
    return entry
  }

  return {
    stock,
    get terms() {
      return terms
    },
    get balances() {
      return balances
    },
    /** The balances that the API server holds, without what was decided since. */
    get stored() {
      return stored
    },
    claims: claims as ReadonlyMap<string, Claim>,
    waiting,
    /** Units that a newcomer could have: neither out nor kept back nor promised to a set under way. */
    free: () => availableUnits(balances, terms.safetyStock) - earmarked,
    /** Keeps `units` for a set under way until its entry here is decided; 0 lets them go. Memory only. */
    earmark(uid: string, units: number) {
      earmarked -= earmarkOf(uid)
      if (units > 0) earmarks.set(uid, units)
      else earmarks.delete(uid)
      earmarked += earmarkOf(uid)
    },
    consumerUnits: (consumer: string) => consumers.get(consumer) ?? 0,
    /** Whose limits a reservation counts against; to be said before its first entry is applied. */
    setConsumer(uid: string, consumer: string | undefined) {
      if (consumer === undefined || consumerOf.has(uid)) return
      consumerOf.set(uid, consumer)
      const units = countFor(claims.get(uid))
      if (units > 0) consumers.set(consumer, (consumers.get(consumer) ?? 0) + units)
    },
    setTerms(next: StockTerms) {
      terms = next
    },
    /** More may be out than the balances say: what ends then moves them only as far as they go. */
    setUncounted(more: boolean) {
      uncounted = more
    },
    /** Says where nothing can be told at present: whoever waits there keeps its place, and nobody else waits for it. */
    setMute(judge: typeof isMute) {
      isMute = judge
    },
    isMute: (namespace: string) => isMute(namespace),
    /** Numbers, dates and applies a draft. Throws InvariantViolated and applies nothing when the books would not close. */
    decide: (draft: EntryDraft, at: number): Entry =>
      apply(entryFrom(uncounted ? withinBalances(draft, balances) : draft, balances, terms, { at, textOf })),
    textOf,
    /** A note of the new level when the latest entry moved the stock to another one. */
    levelNote(at: number): Entry | undefined {
      const level = levelAt(availableUnits(balances, terms.safetyStock), terms.thresholds, balances.level)
      return level === balances.level
        ? undefined
        : apply(entryFrom({ verb: 'Note', note: 'level_changed', level }, balances, terms, { at, textOf }))
    },
    commit() {
      for (const { uid } of undo) if (!claims.has(uid)) consumerOf.delete(uid)
      undo.length = 0
      stored = balances
    },
    rollback() {
      for (const { uid, claim, inLine } of undo.reverse()) {
        set(uid, claim)
        if (inLine) waiting.add(inLine)
      }
      undo.length = 0
      balances = stored
    },
    /** Puts the book where a leader found it: balances as stored, claims as reservations and journal tell. */
    open(found: Balances, foundClaims: Iterable<Claim>) {
      for (const uid of [...claims.keys()]) set(uid, undefined)
      for (const claim of foundClaims) set(claim.uid, claim)
      undo.length = 0
      balances = found
      stored = found
    },
    /** Nothing came of what `setConsumer` said before: a reservation that has nothing here is not remembered. */
    unsetConsumer(uid: string) {
      if (!claims.has(uid)) consumerOf.delete(uid)
    },
    /** Whether nothing that was decided of it since waits to be stored. */
    isStored: (uid: string) => undo.every((change) => change.uid !== uid),
    /** How many have left the line in memory only: their places are taken until that is stored. */
    leaving: () => undo.filter(({ inLine }) => inLine !== undefined).length,
    /** Forgets a claim that owes and is owed nothing more (sold goods whose reservation is gone). */
    forget(uid: string) {
      set(uid, undefined)
      consumerOf.delete(uid)
    },
    /** Sums of the claims: what the balances should say. */
    sums() {
      let reserved = 0
      let confirmed = 0
      for (const claim of claims.values()) {
        const out = unitsOut(claim)
        reserved += out.reserved
        confirmed += out.confirmed
      }
      return { reserved, confirmed }
    },
  }
}

/**
 * Units that are out and that no claim accounts for: somebody has them whose reservation can't be read, or in a namespace
 * that can't be listed. What was sold keeps no claim, and doesn't count.
 */
export function unseenUnits(book: StockBook): number {
  const { reserved, confirmed } = book.sums()
  const lent = book.terms.reclaimPolicy === 'Return' ? book.balances.confirmed - confirmed : 0
  return Math.max(0, book.balances.reserved - reserved) + Math.max(0, lent)
}
