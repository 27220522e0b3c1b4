import { backOff, type Clock, pause } from '../clock.ts'
import { type Hitch, hitchOf } from '../patience.ts'
import { sameValue } from '../same-value.ts'
import { SchemaTooOld, StartOver, StockGone, WriteRefused } from './ledger-faults.ts'
import { type StallingParts, stalling } from './stalling.ts'
import type { StockLedger, StockStatus, StoredStock, WriteResult } from './stock-ledger.ts'
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

/**
 * The one writer of one stock's status: each write is against the exact version that the one before left, and none
 * starts before the outcome of the one before is known.
 */
export interface LedgerWriter {
  /** The version that the next write is based on. */
  readonly known: StoredStock
  /** How long what is being written has failed, in ms, and why; undefined = it doesn't. */
  readonly failing: { readonly ms: number; readonly reason: string } | undefined
  /** Stores what `statusFor` makes of the next attempt. Throws StockGone, StartOver, SchemaTooOld, WriteRefused; never on a fault that passes. */
  commit(statusFor: (attempt: number) => StockStatus): Promise<CommitResult>
  /** Reads the stock again after somebody changed its spec or metadata. Throws like `commit`. */
  refresh(): Promise<void>
  /** Opens or closes: a metadata write against the exact version, repeated until it is known to be done. Throws like `commit`. */
  mark(change: 'open' | 'close'): Promise<void>
  /** Judges a version that a watch or a read showed. Throws StartOver when a stranger wrote it. */
  witness(seen: StoredStock): void
  /** Begins again from what is stored now. */
  restart(from: StoredStock): void
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

export function ledgerWriter(parts: LedgerWriterParts, found: StoredStock): LedgerWriter {
  const { ledger, clock, writer } = parts
  const key = `${found.namespace}/${found.name}`
  const tries = stalling(parts, key)
  let known = found
  let lastAttempt = 0
  let takenOver = found.status?.ledger
  /** Those that may still land. All are based on `known`: at most one of them ever does. */
  const outstanding = new Map<number, Attempt>()

  async function send(attempt: Attempt): Promise<WriteResult> {
    outstanding.set(attempt.status.ledger.attempt, attempt)
    const result = await ledger.append(known, attempt.status)
    parts.observe(result)
    return result
  }

  /** Notes a failed try; throws when nobody needs it any more. */
  function failed(hitch: Hitch): void {
    tries.failed(hitch)
    if (!parts.isOver()) return
    tries.over()
    throw new StockGone(key)
  }

  function accept(stored: StoredStock, { status, moves }: Attempt): CommitResult {
    const isExact = sameValue(stored.status, status)
    if (!isExact && !sameBooks(stored.status, status))
      throw new SchemaTooOld(`${key}: the API server dropped fields of the status; apply this operator's CRDs`)
    known = isExact ? { ...stored, status } : stored
    outstanding.clear()
    tries.over()
    return moves ? 'rebase' : 'committed'
  }

  async function readUntilAnswered(): Promise<StoredStock> {
    const wait = backOff(clock)
    for (;;) {
      try {
        const stock = await ledger.read(known.namespace, known.name)
        if (stock?.uid !== known.uid) throw new StockGone(key)
        return stock
      } catch (error) {
        if (error instanceof StockGone) throw error
        failed(hitchOf(error))
        await wait()
      }
    }
  }

  /** Reads what is stored and tells whose write it is; undefined = as we left it. */
  async function judge(): Promise<{ stored: StoredStock; landed: Attempt | undefined }> {
    const stored = await readUntilAnswered()
    const head = stored.status?.ledger
    const landed = head?.writer === writer ? outstanding.get(head.attempt) : undefined
    if (!landed && !sameBooks(stored.status, known.status)) {
      if (stored.unreadable !== undefined) throw new Error(`${key}: its status was changed: ${stored.unreadable}`)
      throw new StartOver(`${key} was written by ${head?.writer ?? 'nobody'}, attempt ${head?.attempt}`)
    }
    return { stored, landed }
  }

  /** As we left it, at a later version: nothing that was sent before can land. */
  function rebase(stored: StoredStock): CommitResult {
    const status = known.status && { ...known.status, conditions: stored.status?.conditions ?? [] }
    known = { ...stored, ...(status && { status }) }
    outstanding.clear()
    tries.over()
    return 'rebase'
  }

  async function afterConflict(): Promise<CommitResult> {
    const { stored, landed } = await judge()
    return landed ? accept(stored, landed) : rebase(stored)
  }

  /**
   * Reads; when the write isn't there it may still land, so moves the version away from under it. Each time with the
   * very same write: another attempt for each try would have to be remembered for as long as the version stays.
   */
  async function afterUnknown(): Promise<CommitResult> {
    const wait = backOff(clock)
    let mover: Attempt | undefined
    for (;;) {
      const { stored, landed } = await judge()
      if (landed) return accept(stored, landed)
      if (stored.position !== known.position) return rebase(stored)
      mover ??= moverOf()
      const result = await send(mover)
      if (result.kind === 'committed') return accept(result.stock, mover)
      if (result.kind === 'gone') throw new StockGone(key)
      if (result.kind === 'refused') throw new WriteRefused(`${key}: ${result.reason}`, result.guard)
      if (result.kind === 'unknown' || result.kind === 'notApplied') failed(result)
      await wait()
    }
  }

  function moverOf(): Attempt {
    const last = known.status ?? [...outstanding.values()][0]?.status
    if (!last) throw new Error(`${key}: nothing was sent`)
    lastAttempt += 1
    const ledgerHead = { ...last.ledger, writer, attempt: lastAttempt }
    const untouched = known.status ? { ...last, ledger: ledgerHead } : emptied(last, ledgerHead)
    return { status: untouched, moves: true }
  }

  /** What came of a write; undefined = the same is to be sent again. */
  async function conclude(result: WriteResult, attempt: Attempt): Promise<CommitResult | undefined> {
    switch (result.kind) {
      case 'committed':
        return accept(result.stock, attempt)
      case 'conflict':
        return afterConflict()
      case 'unknown':
        failed(result)
        return afterUnknown()
      case 'tooLarge':
        outstanding.delete(attempt.status.ledger.attempt)
        return 'tooLarge'
      case 'notApplied':
        failed(result)
        await pause(clock, result.retryAfterMs)
        return undefined
      case 'gone':
        throw new StockGone(key)
      case 'refused':
        throw new WriteRefused(`${key}: ${result.reason}`, result.guard)
    }
  }

  async function commit(statusFor: (attempt: number) => StockStatus): Promise<CommitResult> {
    lastAttempt += 1
    const attempt: Attempt = { status: statusFor(lastAttempt), moves: false }
    for (;;) {
      const concluded = await conclude(await send(attempt), attempt)
      if (concluded) return concluded
    }
  }

  async function mark(change: 'open' | 'close'): Promise<void> {
    const wait = backOff(clock)
    for (;;) {
      const result = await ledger[change](known)
      switch (result.kind) {
        case 'committed':
          rebase(result.stock)
          return
        case 'gone':
          throw new StockGone(key)
        case 'refused':
          throw new WriteRefused(`${key}: ${result.reason}`, false)
        case 'tooLarge':
          throw new Error(`${key}: the object is too large to be marked`)
        case 'conflict':
          break
        case 'unknown':
        case 'notApplied':
          failed(result)
          await wait()
      }
      rebase((await judge()).stored)
      if (change === 'open' && needsNoMark(known)) return
    }
  }

  return {
    get known() {
      return known
    },
    get failing() {
      return tries.failing
    },
    commit,
    async refresh() {
      rebase((await judge()).stored)
    },
    mark,
    witness(seen) {
      if (seen.uid !== known.uid) return
      const { openedAs: _, ...rest } = known
      const { openedAs, guarded, finalizers } = seen // whoever changes nothing else raises no generation
      known = { ...rest, guarded, finalizers, ...(openedAs !== undefined && { openedAs }) }
      const head = seen.status?.ledger
      if (!head || head.writer === writer) return
      if (!known.status) return // its books are not taken over yet, or never were read: whose they are, our first write finds out
      const ours = head.writer === takenOver?.writer && head.attempt <= takenOver.attempt
      if (!ours) throw new StartOver(`${key} was written by ${head.writer}, attempt ${head.attempt}`)
    },
    restart(from) {
      known = from
      takenOver = from.status?.ledger
      outstanding.clear()
      tries.over()
    },
  }
}
