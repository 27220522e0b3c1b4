import { keyOf } from '../../domain/reservation/reservation.ts'
import { decideFollow } from '../../domain/stock/decide.ts'
import type { Entry, EntryLine } from '../../domain/stock/entry.ts'
import type { StockBook } from '../../domain/stock/stock-book.ts'
import type { Clock } from '../clock.ts'
import { jointPatience } from '../joint-patience.ts'
import { StockGone } from '../ledger/ledger-faults.ts'
import type { StockActor } from '../ledger/stock-actor.ts'
import { NotServed } from '../ledger/stock-ledger.ts'
import { Undecided } from '../ledger/undecided.ts'
import { hitchOf, type PatienceParts } from '../patience.ts'
import { whyText } from './explanations.ts'
import type { Stocks } from './stocks.ts'

/**
 * Has the other stocks of a set do what its home has decided. A stored verdict is followed whoever has asked for it, and
 * for as long as it takes: a stock that can't now does so once it can, and holds up only the verdicts that name it.
 */
export interface Followers {
  /** Begins to follow a stored verdict, unless that has begun. */
  follow(home: StockActor, verdict: Entry): void
  /** Resolves when all have. Throws Undecided at one that can't now; it is followed all the same. */
  followed(home: StockActor, verdict: Entry): Promise<void>
}

export interface FollowersParts extends PatienceParts {
  readonly clock: Clock
  readonly stocks: Pick<Stocks, 'find' | 'findByUid' | 'serves'>
  /** Whether what a verdict's reservation has is known: it could be read when its stocks were taken over. */
  readonly isKnown: (home: StockActor, verdict: Entry) => boolean
  /** All of a verdict's followers have done likewise. */
  readonly onFollowed: (home: StockActor, verdict: Entry) => void
  /** A follower of it has not done so for long, so that its reservation is told nothing of it: why. Comes again now and then. */
  readonly onHeldUp: (home: StockActor, verdict: Entry, why: string) => void
}

interface HeldUp {
  /** What the last try ended with. */
  error: unknown
  /** It is told no more. */
  cancel: () => void
}

const AGAIN_MS = 5_000
/** A stock that is counted, or has much to do, has mostly followed by then. */
const HELD_UP_MS = 10_000
const TELL_AGAIN_MS = 30_000

export function followers(parts: FollowersParts): Followers {
  const { clock, stocks } = parts
  const underWay = new Map<string, Promise<void>>()
  /** Verdicts that come again by themselves. */
  const planned = new Set<string>()
  /** Verdicts that some stock did not follow yet. */
  const heldUp = new Map<string, HeldUp>()
  const failing = jointPatience<string>(parts, 'follow a verdict') // otherwise than by a stock that can't now

  /** Nothing can leave a journal before this is done, so its place is taken even above the bound. */
  async function followLine(home: StockActor, verdict: Entry, line: EntryLine): Promise<void> {
    const actor = stocks.findByUid(line.stockUID)
    if (!actor && !stocks.serves(line.stockNamespace))
      throw new NotServed(`namespace ${line.stockNamespace} can't be listed for now`)
    if (!actor) return // that stock is gone, and its books with it
    const { uid = '' } = verdict
    if (!parts.isKnown(home, verdict)) throw new NotServed("what it has of its stocks can't be read for now")
    actor.journal.promise(1)
    const decide = (book: StockBook) =>
      isOvertaken(home, verdict) ? [] : decideFollow(book.claims.get(uid), book, verdict, home.stock.uid)
    try {
      await actor.ask({ promised: 1, decide })
    } catch (error) {
      if (!(error instanceof StockGone)) throw error // one that goes meanwhile takes its lines along
    }
  }

  async function followAll(home: StockActor, verdict: Entry): Promise<void> {
    const lines = (verdict.lines ?? []).map((line) => followLine(home, verdict, line))
    const faults = (await Promise.allSettled(lines)).flatMap((line) =>
      line.status === 'rejected' ? [line.reason] : [],
    )
    if (faults.length > 0) throw faults[0]
    over(nameOf(home, verdict))
    parts.onFollowed(home, verdict)
  }

  function begin(home: StockActor, verdict: Entry): Promise<void> {
    const name = nameOf(home, verdict)
    const begun = underWay.get(name)
    if (begun !== undefined) return begun
    const following = followAll(home, verdict).finally(() => underWay.delete(name))
    underWay.set(name, following)
    following.catch((error: unknown) => comeBack(name, home, verdict, error))
    return following
  }

  function comeBack(name: string, home: StockActor, verdict: Entry, error: unknown): void {
    const again = (): void => {
      if (home.stopped) over(name)
      else follow(home, verdict)
    }
    holdUp(name, home, verdict, error)
    if (error instanceof Undecided) {
      error.parking.park(`verdict ${name}`, 'follows', again)
      return
    }
    failing.failed(name, `${home.stock.namespace}/${home.stock.name} ${verdict.sequence}`, error)
    if (planned.has(name)) return // whoever asks for it meanwhile adds no try of its own
    planned.add(name)
    clock.schedule(AGAIN_MS, () => {
      planned.delete(name)
      again()
    })
  }

  function holdUp(name: string, home: StockActor, verdict: Entry, error: unknown): void {
    const known = heldUp.get(name)
    if (known) known.error = error
    else heldUp.set(name, { error, cancel: clock.schedule(HELD_UP_MS, () => tellHeldUp(name, home, verdict)) })
  }

  /** Comes again, for what holds it up may have changed since. */
  function tellHeldUp(name: string, home: StockActor, verdict: Entry): void {
    const known = heldUp.get(name)
    if (home.stopped) over(name)
    else if (known) {
      parts.onHeldUp(home, verdict, whyHeldUp(home, verdict, known.error))
      known.cancel = clock.schedule(TELL_AGAIN_MS, () => tellHeldUp(name, home, verdict))
    }
  }

  /** Of a stock that can't decide, why it can't by now. */
  function whyHeldUp({ stock }: StockActor, verdict: Entry, error: unknown): string {
    if (!(error instanceof Undecided)) return hitchOf(error).reason
    const { stock: follower, why } = error
    const present = stocks.find(keyOf(follower.namespace, follower.name))?.closedBecause ?? why
    return whyText({ stock: follower, why: present }, verdict.reservationNamespace ?? stock.namespace)
  }

  function over(name: string): void {
    heldUp.get(name)?.cancel()
    heldUp.delete(name)
    failing.over(name)
  }

  function follow(home: StockActor, verdict: Entry): void {
    void begin(home, verdict).catch(() => undefined) // it comes back by itself
  }

  return { follow, followed: begin }
}

/** A set that was given up, and is held by now, keeps its lines: its home has named them again since. */
function isOvertaken({ book }: StockActor, { verb, uid = '', sequence }: Entry): boolean {
  if (verb !== 'Wait' && verb !== 'Refuse') return false
  const claim = book.claims.get(uid)
  return claim !== undefined && claim.phase !== 'Waiting' && claim.sequence > sequence
}

function nameOf({ stock }: StockActor, { sequence }: Entry): string {
  return `${stock.uid} ${sequence}`
}

/** The entry that tells a reservation's other stocks what to do; undefined = nothing. */
export function verdictOf(entries: readonly Entry[], uid: string): Entry | undefined {
  return entries.find((entry) => entry.uid === uid && isVerdict(entry))
}

/** Whether other stocks have something to do because of it; for a hold they have done that before. */
export function isVerdict({ lines, verb }: Pick<Entry, 'lines' | 'verb'>): boolean {
  return lines !== undefined && verb !== 'Reserve'
}
