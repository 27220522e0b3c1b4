import type { Clock } from '../clock.ts'
import type { Patience } from '../patience.ts'
import { aheadMs, type TimeAsked, whyApart } from './clocks-apart.ts'
import { decideOrders } from './decide-orders.ts'
import type { KnownEntries } from './known-entries.ts'
import { type Answer, ClocksDisagree, LedgerAway } from './order.ts'
import { type Changes, type Found, OutcomeUnknown, type RowBooks } from './row-books.ts'
import type { Ask } from './stock-queue.ts'
import { wantedBy } from './wanted.ts'

export interface AttemptParts {
  readonly books: RowBooks
  readonly known: KnownEntries
  readonly clock: Pick<Clock, 'now'>
  /** Told of each time that was too far from ours, and of each that was not. */
  readonly clocks: Pick<Patience, 'failed' | 'over'>
}

export interface AttemptOptions {
  isOld(ask: Ask): boolean
  /** It had its locks, and is about to write. */
  onDecided(): void
}

/**
 * One transaction for all of these. Undefined = each of them is answered; else why it failed, and nobody is answered. The
 * same again does it once: what was done is found under the lock, by its uid. Whoever is too old only learns what has
 * become of it, and everybody while the database's clock is far from ours.
 */
export async function attempt(
  { books, known, clock, clocks }: AttemptParts,
  asks: readonly Ask[],
  { isOld, onDecided }: AttemptOptions,
): Promise<unknown> {
  const isYoung = asks.map((ask) => !isOld(ask))
  const from = clock.now()
  let apart: TimeAsked | undefined
  let answers: readonly (Answer | undefined)[] = []
  let kept: readonly (readonly [string, number])[] = []
  try {
    await books.transact(wantedBy(asks), (found) => {
      const orders = asks.map(({ order }) => order)
      const time = { from, to: clock.now(), at: found.at }
      apart = aheadMs(time) === 0 ? undefined : time
      const mayDecide = isYoung.map((young) => young && apart === undefined)
      const decided = decideOrders(found, orders, { mayDecide, known: (stock) => known.of(stock) })
      answers = decided.answers
      kept = decided.changes ? latestEntries(found, decided.changes) : []
      // all that was begun before has ended: what was not found was not done
      for (const [index, ask] of asks.entries()) ask.inDoubt &&= wasDone(answers[index])
      onDecided()
      return decided.changes
    })
  } catch (error) {
    if (error instanceof OutcomeUnknown) for (const ask of asks) ask.inDoubt = true
    return error ?? new Error('it failed without a reason')
  }
  for (const [stock, sequence] of kept) known.note(stock, sequence)
  if (apart) clocks.failed({ cause: 'clockWrong', reason: whyApart(apart) })
  else clocks.over()
  const away = apart ? new ClocksDisagree(whyApart(apart)) : new LedgerAway('the database took nothing for too long')
  for (const [index, ask] of asks.entries()) answer(ask, answers[index], away)
  return undefined
}

/** What a commit makes sure of is kept with it, and everything before. */
function latestEntries({ stocks }: Found, changes: Changes): (readonly [string, number])[] {
  return [...stocks, ...changes.stocks].map(({ uid, balances }) => [uid, balances.sequence])
}

function wasDone(answer: Answer | undefined): boolean {
  return answer?.kind === 'stands' && !answer.decided
}

function answer({ resolve, reject }: Ask, told: Answer | undefined, away: LedgerAway): void {
  if (told) resolve(told)
  else reject(away)
}
