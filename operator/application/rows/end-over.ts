import type { RowBooks } from './row-books.ts'
import type { RowLedger } from './row-ledger.ts'

/** Looked for at once; where there are so many, there may be more. */
const TOGETHER = 500

/**
 * Ends every hold whose time is up, wherever its stocks are; whoever does so at the same time does no harm. Answers how
 * many it has ended. Whatever can't be ended stands in nobody's way: it is tried once, and then the first of what went
 * wrong is thrown, as the ledger throws it; what was not ended is found again.
 */
export async function endOver(books: Pick<RowBooks, 'over'>, ledger: Pick<RowLedger, 'order'>): Promise<number> {
  const tried = new Set<string>()
  const failures: unknown[] = []
  let all = 0
  for (;;) {
    const found = await books.over(TOGETHER)
    const uids = found.filter((uid) => !tried.has(uid))
    const { ended, failed } = await end(uids, ledger)
    for (const uid of uids) tried.add(uid)
    failures.push(...failed)
    all += ended
    if (found.length < TOGETHER || ended === 0) break
  }
  if (failures.length > 0) throw failures[0]
  return all
}

async function end(uids: readonly string[], ledger: Pick<RowLedger, 'order'>) {
  const answers = await Promise.allSettled(uids.map((uid) => ledger.order({ kind: 'expire', uid })))
  const isEnded = (answer: (typeof answers)[number]) =>
    answer.status === 'fulfilled' && answer.value.kind === 'stands' && answer.value.standing.phase !== 'Reserved'
  return {
    ended: answers.filter(isEnded).length,
    failed: answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as unknown] : [])),
  }
}
