import { decideOrders } from './decide-orders.ts'
import type { KnownEntries } from './known-entries.ts'
import { type Answer, LedgerAway } from './order.ts'
import { type Changes, type Found, OutcomeUnknown, type RowBooks } from './row-books.ts'
import type { Ask } from './stock-queue.ts'
import { wantedBy } from './wanted.ts'

export interface AttemptParts {
  readonly books: RowBooks
  readonly known: KnownEntries
}

/**
 * One transaction for all of these. Undefined = each of them is answered; else why it failed, and nobody is answered. The
 * same again does it once: what was done is found under the lock, by its uid. Whoever is too old only learns what has
 * become of it.
 */
export async function attempt(
  { books, known }: AttemptParts,
  asks: readonly Ask[],
  { isOld, onDecided }: { isOld(ask: Ask): boolean /** It had its locks, and is about to write. */; onDecided(): void },
): Promise<unknown> {
  const mayDecide = asks.map((ask) => !isOld(ask))
  let answers: readonly (Answer | undefined)[] = []
  let kept: readonly (readonly [string, number])[] = []
  try {
    await books.transact(wantedBy(asks), (found) => {
      const orders = asks.map(({ order }) => order)
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
  for (const [index, ask] of asks.entries()) answer(ask, answers[index])
  return undefined
}

/** What a commit makes sure of is kept with it, and everything before. */
function latestEntries({ stocks }: Found, changes: Changes): (readonly [string, number])[] {
  return [...stocks, ...changes.stocks].map(({ uid, balances }) => [uid, balances.sequence])
}

function wasDone(answer: Answer | undefined): boolean {
  return answer?.kind === 'stands' && !answer.decided
}

function answer({ resolve, reject }: Ask, told: Answer | undefined): void {
  if (told) resolve(told)
  else reject(new LedgerAway('the database took nothing for too long'))
}
