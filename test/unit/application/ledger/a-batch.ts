import { AskQueue, type Question, type QuestionKind } from '../../../../operator/application/ledger/ask-queue.ts'
import { decideBatch } from '../../../../operator/application/ledger/batch.ts'
import { Journal } from '../../../../operator/application/ledger/journal.ts'
import type { EntryDraft } from '../../../../operator/domain/stock/entry.ts'
import type { StockTerms } from '../../../../operator/domain/stock/terms.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'
import { aBook, aRequest, minuteMs, tenOClock } from '../../../fixtures/builders.ts'

/** Five grinders, nothing out, and a batch that may hold everything. */
export function aBatch(terms: Partial<StockTerms> = {}) {
  const book = aBook(terms)
  const kept = new Journal()
  const queue = new AskQueue(fakeClock(), kept)
  const circumstances = { staying: 0, limit: Infinity, newHolds: true, mayDecide: (_: QuestionKind): boolean => true }
  function ask(namespace: string, drafts: readonly EntryDraft[] = [], wish: Partial<Question> = {}): void {
    void queue.add({ decide: () => [...drafts], namespace, ...wish }).catch(() => undefined)
  }
  function decide(termsDrafts: readonly EntryDraft[] = []) {
    const parts = { book, journal: kept, at: tenOClock, ...circumstances }
    const { entries, answered, left, failed } = decideBatch(parts, termsDrafts, queue.all())
    const all = entries.map(({ verb, uid, note }) => `${verb} ${uid ?? note}`)
    return {
      all,
      entries: all.filter((entry) => entry !== 'Note level_changed'),
      answered: answered.map(({ ask: { namespace }, entries: own }) => `${namespace}: ${own.length}`),
      left: left.map(({ namespace }) => namespace),
      failed: failed.map(({ ask: { namespace }, error }) => `${namespace}: ${error}`),
    }
  }
  const wait = (uid: string, quantity: number, particular: Parameters<typeof aRequest>[0] = {}) =>
    book.waiting.add(aRequest({ uid, quantity, waitForMs: minuteMs, createdAt: Number(uid), ...particular }))
  return { book, journal: kept, circumstances, ask, decide, wait }
}
