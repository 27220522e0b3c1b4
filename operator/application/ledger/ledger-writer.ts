import { SparseMap } from '../../domain/sparse-map.ts'
import { backOff, type Clock, pause } from '../clock.ts'
import { type Hitch, hitchOf } from '../patience.ts'
import { sameValue } from '../same-value.ts'
import { SchemaTooOld, StartOver, StockGone, WriteRefused } from './ledger-faults.ts'
import { Stalling, type StallingParts } from './stalling.ts'
import type { LedgerHead, StockLedger, StockStatus, StoredStock, WriteResult } from './stock-ledger.ts'
import { emptied, sameBooks } from './stock-status.ts'

/** `rebase` = surely not applied, and the version to write against has moved: decide again. */
export type CommitResult = 'committed' | 'rebase' | 'tooLarge'

export interface LedgerWriterParts extends StallingParts {
  readonly ledger: StockLedger
  readonly clock: Clock
  /** Random for each start of the process. */
  readonly writer: string
  /** Told of each write whose outcome was not known, each conflict, and so on. */
  readonly observe: (result: WriteResult) => void
  /** Nobody needs this stock written any more: a try that fails then is the last. */
  readonly isOver: () => boolean
}

/** It is marked already, or goes anyway. */
function needsNoMark({ terms, openedAs, uid, guarded }: StoredStock): boolean {
  return terms.terminating || (openedAs === uid && guarded)
}

interface Attempt {
  readonly status: StockStatus
  /** Written only so that earlier attempts, which may still be on their way, can't land any more. */
  readonly moves: boolean
}

/**
 * The one writer of one stock's status: each write is against the exact version that the one before left, and none
 * starts before the outcome of the one before is known.
 */
export class LedgerWriter {
  readonly #parts: LedgerWriterParts
  readonly #key: string
  readonly #tries: Stalling
  #known: StoredStock
  #lastAttempt = 0
  #takenOver: LedgerHead | undefined
  /** Those that may still land. All are based on `known`: at most one of them ever does. */
  readonly #outstanding = new SparseMap<number, Attempt>()

  constructor(parts: LedgerWriterParts, found: StoredStock) {
    this.#parts = parts
    this.#key = `${found.namespace}/${found.name}`
    this.#tries = new Stalling(parts, this.#key)
    this.#known = found
    this.#takenOver = found.status?.ledger
  }

  /** The version that the next write is based on. */
  get known(): StoredStock {
    return this.#known
  }

  /** How long what is being written has failed, in ms, and why; undefined = it doesn't. */
  get failing(): Stalling['failing'] {
    return this.#tries.failing
  }

  /** Stores what `statusFor` makes of the next attempt. Throws StockGone, StartOver, SchemaTooOld, WriteRefused; never on a fault that passes. */
  async commit(statusFor: (attempt: number) => StockStatus): Promise<CommitResult> {
    this.#lastAttempt += 1
    const attempt: Attempt = { status: statusFor(this.#lastAttempt), moves: false }
    for (;;) {
      const concluded = await this.#conclude(await this.#send(attempt), attempt)
      if (concluded) return concluded
    }
  }

  /** Reads the stock again after somebody changed its spec or metadata. Throws like `commit`. */
  async refresh(): Promise<void> {
    this.#rebase((await this.#judge()).stored)
  }

  /**
   * Opens or closes: a metadata write against the exact version, repeated until it is known to be done. Throws like
   * `commit`. `once`: throws, too, where it is not known to be done after one try, so that the books need not wait.
   */
  async mark(change: 'open' | 'close', once = false): Promise<void> {
    const wait = backOff(this.#parts.clock)
    for (;;) {
      const result = await this.#parts.ledger[change](this.#known)
      switch (result.kind) {
        case 'committed':
          this.#rebase(result.stock)
          return
        case 'gone':
          throw new StockGone(this.#key)
        case 'refused':
          throw new WriteRefused(`${this.#key}: ${result.reason}`, false)
        case 'tooLarge':
          throw new Error(`${this.#key}: the object is too large to be marked`)
        case 'conflict':
          break
        case 'unknown':
        case 'notApplied':
          if (once) throw new Error(`${this.#key} could not be marked: ${result.reason}`)
          this.#failed(result)
          await wait()
      }
      await this.refresh()
      if (change === 'open' && needsNoMark(this.#known)) return
    }
  }

  /** Judges a version that a watch or a read showed. Throws StartOver when a stranger wrote it. */
  witness(seen: StoredStock): void {
    if (seen.uid !== this.#known.uid) return
    const { openedAs: _, ...rest } = this.#known
    const { openedAs, guarded, finalizers } = seen // whoever changes nothing else raises no generation
    this.#known = { ...rest, guarded, finalizers, ...(openedAs !== undefined && { openedAs }) }
    const head = seen.status?.ledger
    if (!head || head.writer === this.#parts.writer) return
    if (!this.#known.status) return // its books are not taken over yet, or never were read: whose they are, our first write finds out
    const ours = head.writer === this.#takenOver?.writer && head.attempt <= this.#takenOver.attempt
    if (!ours) throw new StartOver(`${this.#key} was written by ${head.writer}, attempt ${head.attempt}`)
  }

  /** Begins again from what is stored now. */
  restart(from: StoredStock): void {
    this.#takenOver = from.status?.ledger
    this.#settle(from)
  }

  async #send(attempt: Attempt): Promise<WriteResult> {
    this.#outstanding.set(attempt.status.ledger.attempt, attempt)
    const result = await this.#parts.ledger.append(this.#known, attempt.status)
    this.#parts.observe(result)
    return result
  }

  /** What came of a write; undefined = the same is to be sent again. */
  async #conclude(result: WriteResult, attempt: Attempt): Promise<CommitResult | undefined> {
    switch (result.kind) {
      case 'committed':
        return this.#accept(result.stock, attempt)
      case 'conflict':
        return this.#afterConflict()
      case 'unknown':
        this.#failed(result)
        return this.#afterUnknown()
      case 'tooLarge':
        this.#outstanding.delete(attempt.status.ledger.attempt)
        return 'tooLarge'
      case 'notApplied':
        this.#failed(result)
        await pause(this.#parts.clock, result.retryAfterMs)
        return undefined
      case 'gone':
        throw new StockGone(this.#key)
      case 'refused':
        throw new WriteRefused(`${this.#key}: ${result.reason}`, result.guard)
    }
  }

  async #afterConflict(): Promise<CommitResult> {
    const { stored, landed } = await this.#judge()
    return landed ? this.#accept(stored, landed) : this.#rebase(stored)
  }

  /**
   * Reads; when the write isn't there it may still land, so moves the version away from under it. Each time with the
   * very same write: another attempt for each try would have to be remembered for as long as the version stays.
   */
  async #afterUnknown(): Promise<CommitResult> {
    const wait = backOff(this.#parts.clock)
    let mover: Attempt | undefined
    for (;;) {
      const { stored, landed } = await this.#judge()
      if (landed) return this.#accept(stored, landed)
      if (stored.position !== this.#known.position) return this.#rebase(stored)
      mover ??= this.#moverOf()
      const result = await this.#send(mover)
      if (result.kind === 'committed') return this.#accept(result.stock, mover)
      if (result.kind === 'gone') throw new StockGone(this.#key)
      if (result.kind === 'refused') throw new WriteRefused(`${this.#key}: ${result.reason}`, result.guard)
      if (result.kind === 'unknown' || result.kind === 'notApplied') this.#failed(result)
      await wait()
    }
  }

  #moverOf(): Attempt {
    const { status } = this.#known
    const last = status ?? [...this.#outstanding][0]?.[1].status
    if (!last) throw new Error(`${this.#key}: nothing was sent`)
    this.#lastAttempt += 1
    const ledger = { ...last.ledger, writer: this.#parts.writer, attempt: this.#lastAttempt }
    return { status: status ? { ...last, ledger } : emptied(last, ledger), moves: true }
  }

  /** Reads what is stored and tells whose write it is; undefined = as we left it. */
  async #judge(): Promise<{ stored: StoredStock; landed: Attempt | undefined }> {
    const stored = await this.#readUntilAnswered()
    const head = stored.status?.ledger
    const landed = head?.writer === this.#parts.writer ? this.#outstanding.get(head.attempt) : undefined
    if (!landed && !sameBooks(stored.status, this.#known.status)) {
      if (stored.unreadable !== undefined) throw new Error(`${this.#key}: its status was changed: ${stored.unreadable}`)
      throw new StartOver(`${this.#key} was written by ${head?.writer ?? 'nobody'}, attempt ${head?.attempt}`)
    }
    return { stored, landed }
  }

  async #readUntilAnswered(): Promise<StoredStock> {
    const { namespace, name, uid } = this.#known
    const wait = backOff(this.#parts.clock)
    for (;;) {
      try {
        const stock = await this.#parts.ledger.read(namespace, name)
        if (stock?.uid !== uid) throw new StockGone(this.#key)
        return stock
      } catch (error) {
        if (error instanceof StockGone) throw error
        this.#failed(hitchOf(error))
        await wait()
      }
    }
  }

  #accept(stored: StoredStock, { status, moves }: Attempt): CommitResult {
    const isExact = sameValue(stored.status, status)
    if (!isExact && !sameBooks(stored.status, status))
      throw new SchemaTooOld(`${this.#key}: the API server dropped fields of the status; apply this operator's CRDs`)
    this.#settle(isExact ? { ...stored, status } : stored)
    return moves ? 'rebase' : 'committed'
  }

  /** As we left it, at a later version: nothing that was sent before can land. */
  #rebase(stored: StoredStock): CommitResult {
    const { status: before } = this.#known
    const status = before && { ...before, conditions: stored.status?.conditions ?? [] }
    this.#settle({ ...stored, ...(status && { status }) })
    return 'rebase'
  }

  #settle(known: StoredStock): void {
    this.#known = known
    this.#outstanding.clear()
    this.#tries.over()
  }

  /** Notes a failed try; throws when nobody needs it any more. */
  #failed(hitch: Hitch): void {
    this.#tries.failed(hitch)
    if (!this.#parts.isOver()) return
    this.#tries.over()
    throw new StockGone(this.#key)
  }
}
