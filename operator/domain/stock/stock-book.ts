import { SparseMap } from '../sparse-map.ts'
import { rememberedTimes, type Times } from '../times.ts'
import {
  applyToBalances,
  availableUnits,
  type Balances,
  brokenInvariant,
  emptyBalances,
  entryFrom,
  withinBalances,
} from './balances.ts'
import { applyToClaim, type Claim, unitsOut, unitsTowardsLimit } from './claim.ts'
import { ConsumerCounts } from './consumer-counts.ts'
import type { Entry, EntryDraft } from './entry.ts'
import { levelAt } from './level.ts'
import type { Request } from './request.ts'
import type { StockTerms } from './terms.ts'
import { WaitingList } from './waiting-list.ts'

export class InvariantViolated extends Error {}

export interface StockIdentity {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** One claim of a book that is opened in part, and whose limits it counts against. */
export interface PartClaim {
  readonly claim: Claim
  readonly consumer?: string
}

/** What a change of one reservation's claim takes back. */
interface Undo {
  readonly uid: string
  readonly claim: Claim | undefined
  readonly inLine: Request | undefined
}

/**
 * One stock in memory: its terms, balances and claims. Entries are applied as they are decided; `commit` keeps them
 * once they are stored, `rollback` takes them back when they were not. Nothing here reads a clock or does I/O.
 */
export class StockBook {
  readonly stock: StockIdentity
  #terms: StockTerms
  #balances: Balances = emptyBalances
  #stored: Balances = emptyBalances
  /** Of each set under way; counted as long as the books have nothing for it. */
  readonly #earmarks = new SparseMap<string, number>()
  #earmarked = 0
  #uncounted = false
  #judgeMute: (namespace: string) => boolean = () => false
  readonly #claims = new Map<string, Claim>()
  readonly #waiting = new WaitingList<Request>()
  readonly #consumers = new ConsumerCounts()
  readonly #times: Times
  readonly #undo: Undo[] = []

  /** `times` may be shared by all books: they remember no more than the last few. */
  constructor(stock: StockIdentity, terms: StockTerms, times: Times = rememberedTimes()) {
    this.stock = stock
    this.#terms = terms
    this.#times = times
  }

  get terms(): StockTerms {
    return this.#terms
  }

  get balances(): Balances {
    return this.#balances
  }

  /** The balances that the API server holds, without what was decided since. */
  get stored(): Balances {
    return this.#stored
  }

  get claims(): ReadonlyMap<string, Claim> {
    return this.#claims
  }

  get waiting(): WaitingList<Request> {
    return this.#waiting
  }

  /** Units that a newcomer could have: neither out nor kept back nor promised to a set under way. */
  free(): number {
    return availableUnits(this.#balances, this.#terms.safetyStock) - this.#earmarked
  }

  /** Keeps `units` for a set under way until its entry here is decided; 0 lets them go. Memory only. */
  earmark(uid: string, units: number): void {
    this.#earmarked -= this.#earmarkOf(uid)
    if (units > 0) this.#earmarks.set(uid, units)
    else this.#earmarks.delete(uid)
    this.#earmarked += this.#earmarkOf(uid)
  }

  consumerUnits(consumer: string): number {
    return this.#consumers.unitsOf(consumer)
  }

  /** Whose limits a reservation counts against; to be said before its first entry is applied. */
  setConsumer(uid: string, consumer: string | undefined): void {
    if (consumer === undefined || this.#consumers.isKnown(uid)) return
    this.#consumers.name(uid, consumer, this.#limited(this.#claims.get(uid)))
  }

  /** Nothing came of what `setConsumer` said before: a reservation that has nothing here is not remembered. */
  unsetConsumer(uid: string): void {
    if (!this.#claims.has(uid)) this.#consumers.forget(uid)
  }

  setTerms(next: StockTerms): void {
    this.#terms = next
  }

  /** More may be out than the balances say: what ends then moves them only as far as they go. */
  setUncounted(more: boolean): void {
    this.#uncounted = more
  }

  /** Says where nothing can be told at present: whoever waits there keeps its place, and nobody else waits for it. */
  setMute(judge: (namespace: string) => boolean): void {
    this.#judgeMute = judge
  }

  isMute(namespace: string): boolean {
    return this.#judgeMute(namespace)
  }

  /** Numbers, dates and applies a draft. Throws InvariantViolated and applies nothing when the books would not close. */
  decide(draft: EntryDraft, at: number): Entry {
    return this.#write(this.#uncounted ? withinBalances(draft, this.#balances) : draft, at)
  }

  textOf(ms: number): string {
    return this.#times.textOf(ms)
  }

  /** A note of the new level when the latest entry moved the stock to another one. */
  levelNote(at: number): Entry | undefined {
    const balances = this.#balances
    const level = levelAt(availableUnits(balances, this.#terms.safetyStock), this.#terms.thresholds, balances.level)
    return level === balances.level ? undefined : this.#write({ verb: 'Note', note: 'level_changed', level }, at)
  }

  commit(): void {
    for (const { uid } of this.#undo) this.unsetConsumer(uid)
    this.#undo.length = 0
    this.#stored = this.#balances
  }

  rollback(): void {
    for (const { uid, claim, inLine } of this.#undo.reverse()) {
      this.#set(uid, claim)
      if (inLine) this.#waiting.add(inLine)
    }
    this.#undo.length = 0
    this.#balances = this.#stored
  }

  /** Puts the book where a leader found it: balances as stored, claims as reservations and journal tell. */
  open(found: Balances, foundClaims: Iterable<Claim>): void {
    for (const uid of [...this.#claims.keys()]) this.#set(uid, undefined)
    for (const claim of foundClaims) this.#set(claim.uid, claim)
    this.#undo.length = 0
    this.#balances = found
    this.#stored = found
  }

  /**
   * Opens a part: the claims that are concerned, of which consumers, and what these have in all, those claims included.
   * What is decided is as of the whole, but `sums` says nothing then.
   */
  openPart(found: Balances, part: Iterable<PartClaim>, unitsByConsumer: ReadonlyMap<string, number>): void {
    const concerned = [...part]
    this.open(
      found,
      concerned.map(({ claim }) => claim),
    )
    for (const { claim, consumer } of concerned) this.setConsumer(claim.uid, consumer)
    for (const [consumer, units] of unitsByConsumer) this.#consumers.set(consumer, units)
  }

  /** Whether nothing that was decided of it since waits to be stored. */
  isStored(uid: string): boolean {
    return this.#undo.every((change) => change.uid !== uid)
  }

  /** How many have left the line in memory only: their places are taken until that is stored. */
  leaving(): number {
    return this.#undo.filter(({ inLine }) => inLine !== undefined).length
  }

  /** Forgets a claim that owes and is owed nothing more (sold goods whose reservation is gone). */
  forget(uid: string): void {
    this.#set(uid, undefined)
    this.#consumers.forget(uid)
  }

  /** Sums of the claims: what the balances should say. */
  sums(): { reserved: number; confirmed: number } {
    let reserved = 0
    let confirmed = 0
    for (const claim of this.#claims.values()) {
      const out = unitsOut(claim)
      reserved += out.reserved
      confirmed += out.confirmed
    }
    return { reserved, confirmed }
  }

  #write(draft: EntryDraft, at: number): Entry {
    const { textOf, msOf } = this.#times
    const { namespace, name } = this.stock
    const entry = entryFrom(draft, this.#balances, this.#terms, { at, textOf })
    const after = applyToBalances(this.#balances, entry, msOf)
    const broken = brokenInvariant(this.#balances, after, this.#terms.safetyStock)
    if (broken) throw new InvariantViolated(`${namespace}/${name}: ${entry.verb} ${entry.sequence}: ${broken}`)
    this.#balances = after
    if (entry.uid !== undefined) {
      const claim = this.#claims.get(entry.uid)
      const inLine = this.#set(entry.uid, applyToClaim(claim, entry, namespace, msOf))
      this.#undo.push({ uid: entry.uid, claim, inLine })
    }
    return entry
  }

  /** Changes a claim and every sum that it is part of; answers the place in line that it gave up. */
  #set(uid: string, claim: Claim | undefined): Request | undefined {
    const before = this.#claims.get(uid)
    this.#earmarked -= this.#earmarkOf(uid)
    if (claim) this.#claims.set(uid, claim)
    else this.#claims.delete(uid)
    this.#earmarked += this.#earmarkOf(uid)
    this.#consumers.move(uid, this.#limited(claim) - this.#limited(before))
    return claim?.phase === 'Waiting' || this.#waiting.length === 0 ? undefined : this.#waiting.remove(uid)
  }

  /** Once its units are out it must not count twice, also before that is stored. */
  #earmarkOf(uid: string): number {
    const earmark = this.#earmarks.get(uid)
    if (earmark === undefined) return 0
    const phase = this.#claims.get(uid)?.phase
    return phase === 'Reserved' || phase === 'Confirmed' ? 0 : earmark
  }

  #limited(claim: Claim | undefined): number {
    return unitsTowardsLimit(claim, this.#terms.reclaimPolicy)
  }
}
