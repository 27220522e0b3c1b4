import { pause } from '../clock.ts'
import { readyReasons } from '../ledger/ready-reasons.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import type { StoredStock } from '../ledger/stock-ledger.ts'
import { Undecided } from '../ledger/undecided.ts'
import { decideRecount } from './recount.ts'
import type { World } from './world.ts'

const AGAIN_MS = 1_000
/** How often books that don't close are compared again; in memory, nothing is written for it. */
const COMPARE_EVERY_MS = 10_000

/**
 * The end of taking one stock over: it is marked as ours before its first books, written once, so that no earlier leader's
 * write can land any more, and its counters are compared with what reservations hold. Only then it serves anybody. That
 * takes as long as it takes, and nobody waits for it: a stock that can't be opened is the only one that stays closed.
 * `uncertain`: what somebody may have of it can't be read.
 */
export async function openStock(world: Pick<World, 'clock'>, actor: StockActor, uncertain: boolean): Promise<void> {
  const { known, takeovers } = actor
  const isLatest = () => actor.takeovers === takeovers
  if (staysShut(actor, uncertain)) return
  try {
    if (waitsForMark(known)) await actor.mark('open')
    await insist(world.clock, isLatest, () => actor.written())
    if (!actor.closed) await closeBooks(world, actor, { uncertain, isLatest })
  } catch (error) {
    if (!actor.stopped && isLatest()) actor.halt(error)
  }
}

/** The numbers of its entries go on from what reservations were told last: of some nobody knows. */
const acceptedLater = 'its books are accepted once all reservations that may hold some of it can be listed and read'

/** Whether nothing can be made of what is stored, which it says. */
function staysShut(actor: StockActor, uncertain: boolean): boolean {
  const { known } = actor
  if (known.unreadable !== undefined)
    actor.seal({ reason: 'InternalError', message: `can't be read: ${known.unreadable}` })
  else if (isLost(known) && !known.acceptBooks)
    actor.block({ reason: 'StatusLost', message: readyReasons.StatusLost.text })
  else if (isLost(known) && uncertain) actor.block({ reason: 'StatusLost', message: acceptedLater })
  else return false
  return true
}

interface Opening {
  readonly uncertain: boolean
  /** Whether the stock was not taken over again since: then what this one knows of it is old. */
  readonly isLatest: () => boolean
}

/** Serves everybody once counters and holds agree; where they differ nothing new is handed out, and they are compared again. */
async function closeBooks({ clock }: Pick<World, 'clock'>, actor: StockActor, opening: Opening): Promise<void> {
  for (;;) {
    const differs = await insist(clock, opening.isLatest, () => compare(actor, opening))
    if (!opening.isLatest()) return
    actor.counted(differs === undefined ? undefined : { reason: 'BooksDoNotClose', message: differs })
    if (differs === undefined) return
    await pause(clock, COMPARE_EVERY_MS) // holds end, somebody counts: they may come to agree
    if (actor.stopped || actor.closed || !opening.isLatest()) return
  }
}

/** Whether it has all that it is marked with: what keeps it while it is held, and the uid under which its books began. */
export function isMarked({ openedAs, uid, guarded }: StoredStock): boolean {
  return openedAs === uid && guarded
}

/**
 * Nothing is written of a stock that was never marked, or is yet to be marked as another: a restore would not be seen.
 * What has books of its own was marked before them. Where somebody took that off, it is put back beside the books
 * (`reconcileStock`): who holds some of it must not wait until that is allowed.
 */
function waitsForMark(known: StoredStock): boolean {
  if (known.terms.terminating || isMarked(known)) return false
  return known.status === undefined || isLost(known)
}

/**
 * A stock that was opened under another uid: restored from a backup. Its own uid without books is only a leader that
 * died between opening it and its first write, for the API server lets nobody take a status away.
 */
export function isLost({ openedAs, uid }: StoredStock): boolean {
  return openedAs !== undefined && openedAs !== uid
}

/** Makes counters and holds agree where that is safe; else answers why nothing new may be handed out. */
async function compare(actor: StockActor, { uncertain, isLatest }: Opening): Promise<string | undefined> {
  let open: string | undefined
  await actor.ask({
    opening: true,
    decide(book) {
      if (!isLatest()) return []
      const recounting = decideRecount(book, uncertain)
      open = recounting.kind === 'open' ? recounting.message : undefined
      return recounting.kind === 'recount' ? [recounting.draft] : []
    },
  })
  return open
}

/**
 * A stock that can't answer its own opening has a wrong clock, which is put right or this leader gives way; or it is
 * halted, and will be taken over again: then somebody else opens it, and this one throws what it was told last.
 */
async function insist<T>(clock: World['clock'], isLatest: () => boolean, ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof Undecided && isLatest())) throw error
      await pause(clock, AGAIN_MS)
    }
  }
}
