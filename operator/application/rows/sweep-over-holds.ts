import type { Clock } from '../clock.ts'
import type { RowBooks } from './row-books.ts'
import type { RowLedger } from './row-ledger.ts'

export interface OverHoldsParts {
  readonly books: Pick<RowBooks, 'over'>
  readonly ledger: Pick<RowLedger, 'order'>
  readonly clock: Pick<Clock, 'schedule'>
}

/** Looked for at once; where there are so many, there may be more. */
const TOGETHER = 500
/** For stocks whose holds take longer to end nobody waits. */
const HELD_UP_MS = 200
/** How long a stock is left out where not all that was found of it could be ended. */
const LEFT_OUT_MS = 1_000

/**
 * Answers what one round is to do: it ends every hold whose time is up, wherever its stocks are; whoever does so at the
 * same time does no harm. A stock whose holds can't be ended, or not yet, is left out, and so stands in nobody's way. A
 * round answers how many were ended since the one before; while some can't be it throws, at its end, why not, as the
 * ledger throws it.
 */
export function overHoldsSweep({ books, ledger, clock }: OverHoldsParts): () => Promise<number> {
  const leftOut = new Set<string>()
  /** By the stock, what went wrong when it was tried last. */
  const failures = new Map<string, unknown>()
  let ended = 0

  async function endAt(stock: string, uids: readonly string[]): Promise<void> {
    leftOut.add(stock)
    const answers = await Promise.allSettled(uids.map((uid) => ledger.order({ kind: 'expire', uid })))
    const failed = answers.find(({ status }) => status === 'rejected')
    if (failed) failures.set(stock, (failed as PromiseRejectedResult).reason)
    else failures.delete(stock)
    ended += answers.filter(isEnded).length
    if (answers.every(isEnded)) leftOut.delete(stock)
    else clock.schedule(LEFT_OUT_MS, () => leftOut.delete(stock))
  }

  return async () => {
    const triedAgain = [...failures.keys()].filter((stock) => !leftOut.has(stock))
    for (let isMore = true; isMore; ) {
      const found = await books.over(TOGETHER, [...leftOut])
      const byStock = Map.groupBy(found, ({ stock }) => stock)
      const ends = [...byStock].map(([stock, holds]) => {
        const uids = holds.map(({ uid }) => uid)
        return endAt(stock, uids)
      })
      await within(HELD_UP_MS, Promise.all(ends), clock)
      isMore = found.length === TOGETHER
    }
    for (const stock of triedAgain) if (!leftOut.has(stock)) failures.delete(stock) // somebody else has ended them
    for (const failure of failures.values()) throw failure
    const since = ended
    ended = 0
    return since
  }
}

function isEnded(answer: PromiseSettledResult<Awaited<ReturnType<RowLedger['order']>>>): boolean {
  return answer.status === 'fulfilled' && answer.value.kind === 'stands' && answer.value.standing.phase !== 'Reserved'
}

async function within(ms: number, work: Promise<unknown>, clock: Pick<Clock, 'schedule'>): Promise<void> {
  const { promise: isLate, resolve } = Promise.withResolvers<void>()
  const cancel = clock.schedule(ms, resolve)
  await Promise.race([work, isLate])
  cancel()
}
