import { backOff, type Clock, pause } from '../clock.ts'
import { sameValue } from '../same-value.ts'
import type { StockLedger, StockStatus, StoredStock, WriteResult } from './stock-ledger.ts'

/** Somebody else has written the books, or our memory is wrong: forget everything, exit and start over. */
export class StartOver extends Error {}
/** The stock isn't there any more, or another has its name. */
export class StockGone extends Error {}
/** The API server dropped fields of a status: its CRD is older than this operator. */
export class SchemaTooOld extends Error {}

/** `rebase` = surely not applied, and the version to write against has moved: decide again. */
export type CommitResult = 'committed' | 'rebase' | 'tooLarge'

export interface LedgerWriterParts {
  readonly ledger: StockLedger
  readonly clock: Clock
  /** Random for each start of the process. */
  readonly writer: string
  /** Told of each write whose outcome was not known, each conflict, and so on. */
  readonly observe: (result: WriteResult) => void
}

/**
 * The one writer of one stock's status: each write is against the exact version that the one before left, and none
 * starts before the outcome of the one before is known.
 */
export interface LedgerWriter {
  /** The version that the next write is based on. */
  readonly known: StoredStock
  /** Stores what `statusFor` makes of the next attempt. Throws StockGone, StartOver, SchemaTooOld; never on a fault that passes. */
  commit(statusFor: (attempt: number) => StockStatus): Promise<CommitResult>
  /** Reads the stock again after somebody changed its spec or metadata. Throws like `commit`. */
  refresh(): Promise<void>
  /** Opens or closes: a metadata write against the exact version, repeated until it is known to be done. Throws like `commit`. */
  mark(change: 'open' | 'close'): Promise<void>
  /** Judges a version that a watch showed. Throws StartOver when a stranger wrote it. */
  witness(seen: StoredStock): void
}

interface Attempt {
  readonly status: StockStatus
  /** Written only so that earlier attempts, which may still be on their way, can't land any more. */
  readonly moves: boolean
}

export function ledgerWriter({ ledger, clock, writer, observe }: LedgerWriterParts, found: StoredStock): LedgerWriter {
  let known = found
  let lastAttempt = 0
  const takenOver = found.status?.ledger
  /** All based on `known`: at most one of them can ever land. */
  const outstanding = new Map<number, Attempt>()

  function send(attempt: Attempt): Promise<WriteResult> {
    outstanding.set(attempt.status.ledger.attempt, attempt)
    return ledger.append(known, attempt.status)
  }

  function accept(stored: StoredStock, { status, moves }: Attempt): CommitResult {
    if (!sameValue(stored.status, status))
      throw new SchemaTooOld(
        `${known.namespace}/${known.name}: the API server dropped fields of the status; apply this operator's CRDs`,
      )
    known = { ...stored, status }
    outstanding.clear()
    return moves ? 'rebase' : 'committed'
  }

  async function readUntilAnswered(): Promise<StoredStock> {
    const wait = backOff(clock)
    for (;;) {
      try {
        const stock = await ledger.read(known.namespace, known.name)
        if (stock?.uid !== known.uid) throw new StockGone(`${known.namespace}/${known.name}`)
        return stock
      } catch (error) {
        if (error instanceof StockGone) throw error
        await wait()
      }
    }
  }

  /** Reads what is stored and tells whose write it is; undefined = as we left it. */
  async function judge(): Promise<{ stored: StoredStock; landed: Attempt | undefined }> {
    const stored = await readUntilAnswered()
    const head = stored.status?.ledger
    const landed = head?.writer === writer ? outstanding.get(head.attempt) : undefined
    if (!landed && !sameValue(stored.status, known.status))
      throw new StartOver(
        `${known.namespace}/${known.name} was written by ${head?.writer ?? 'nobody'}, attempt ${head?.attempt}`,
      )
    return { stored, landed }
  }

  /** As we left it, at a later version: nothing that was sent before can land. */
  function rebase(stored: StoredStock): CommitResult {
    known = { ...stored, ...(known.status && { status: known.status }) }
    outstanding.clear()
    return 'rebase'
  }

  async function afterConflict(): Promise<CommitResult> {
    const { stored, landed } = await judge()
    return landed ? accept(stored, landed) : rebase(stored)
  }

  /** Reads; when the write isn't there it may still land, so moves the version away from under it. */
  async function afterUnknown(): Promise<CommitResult> {
    const wait = backOff(clock)
    for (;;) {
      const { stored, landed } = await judge()
      if (landed) return accept(stored, landed)
      if (stored.position !== known.position) return rebase(stored)
      const mover = moverOf()
      const result = await send(mover)
      observe(result)
      if (result.kind === 'committed') return accept(result.stock, mover)
      if (result.kind === 'gone') throw new StockGone(known.name)
      if (result.kind === 'refused') throw new StartOver(result.reason)
      await wait()
    }
  }

  function moverOf(): Attempt {
    const last = known.status ?? [...outstanding.values()][0]?.status
    if (!last) throw new StartOver('nothing was sent')
    lastAttempt += 1
    const ledgerHead = { ...last.ledger, writer, attempt: lastAttempt }
    const untouched = known.status ? { ...last, ledger: ledgerHead } : emptied(last, ledgerHead)
    return { status: untouched, moves: true }
  }

  async function settle(result: WriteResult, attempt: Attempt): Promise<CommitResult | 'again'> {
    switch (result.kind) {
      case 'committed':
        return accept(result.stock, attempt)
      case 'conflict':
        return afterConflict()
      case 'unknown':
        return afterUnknown()
      case 'tooLarge':
        return 'tooLarge'
      case 'notApplied':
        await pause(clock, result.retryAfterMs)
        return 'again'
      case 'gone':
        throw new StockGone(known.name)
      case 'refused':
        throw new StartOver(`${known.namespace}/${known.name}: ${result.reason}`)
    }
  }

  return {
    get known() {
      return known
    },
    async commit(statusFor) {
      lastAttempt += 1
      const attempt: Attempt = { status: statusFor(lastAttempt), moves: false }
      for (;;) {
        const result = await send(attempt)
        observe(result)
        const settled = await settle(result, attempt)
        if (settled !== 'again') return settled
      }
    },
    async refresh() {
      rebase((await judge()).stored)
    },
    async mark(change) {
      const wait = backOff(clock)
      for (;;) {
        const result = await ledger[change](known)
        if (result.kind === 'gone') throw new StockGone(known.name)
        if (result.kind === 'committed') {
          known = { ...result.stock, ...(known.status && { status: known.status }) }
          return
        }
        if (result.kind === 'refused') throw new StartOver(result.reason)
        if (result.kind !== 'conflict') await wait()
        rebase((await judge()).stored)
        if (change === 'open' && known.openedAs === known.uid && known.guarded) return
      }
    },
    witness(seen) {
      const head = seen.status?.ledger
      if (seen.uid !== known.uid || !head || head.writer === writer) return
      const ours = head.writer === takenOver?.writer && head.attempt <= takenOver.attempt
      if (!ours)
        throw new StartOver(`${seen.namespace}/${seen.name} was written by ${head.writer}, attempt ${head.attempt}`)
    },
  }
}

/** The first status of a stock as if nothing had been decided yet. */
function emptied(first: StockStatus, ledgerHead: StockStatus['ledger']): StockStatus {
  return {
    ...first,
    quantity: 0,
    reserved: 0,
    confirmed: 0,
    available: 0,
    waiting: 0,
    utilizationPercent: 0,
    level: 'Normal',
    ledger: { ...ledgerHead, sequence: 0, pending: [] },
  }
}
