import { LedgerWriter } from '../../../../operator/application/ledger/ledger-writer.ts'
import type { StockStatus, StoredStock, WriteResult } from '../../../../operator/application/ledger/stock-ledger.ts'
import { type FakeClock, fakeClock } from '../../../fakes/fake-clock.ts'
import { inMemoryStockLedger } from '../../../fakes/in-memory-ports.ts'
import { afterTen, someTerms } from '../../../fixtures/builders.ts'
import { apiServer } from '../../../simulation/world/api-server.ts'

const me = 'me'

/** A status with `reserved` units out, as `writer` writes it. */
export function aStatus(attempt: number, reserved = 0, writer = me): StockStatus {
  return {
    ...{ observedGeneration: 1, quantity: 5, reserved, confirmed: 0, available: 5 - reserved, waiting: 0 },
    ...{ utilizationPercent: 0, level: 'Normal', conditions: [] },
    ledger: { format: 1, term: 1, writer, attempt, sequence: reserved, at: afterTen(0), pending: [] },
  }
}

/** What a write is answered with before it is carried out, after it, or (`later`) while it is still on its way. */
type Fate = { readonly before: WriteResult } | { readonly after: WriteResult } | { readonly later: WriteResult }

/** The writer of one stock in an API server whose answers are scripted, one for each write to come. */
export function aLedger({ status }: { readonly status?: StockStatus } = {}) {
  const clock = fakeClock()
  const server = apiServer(() => undefined)
  server.createStock('shop', 'grinder', someTerms())
  const stored = () => server.stocks.get('shop/grinder') as StoredStock
  if (status) server.writeStatus(stored(), status)
  const ledger = inMemoryStockLedger(server)
  const fates: (Fate | undefined)[] = []
  const reads: (Error | StoredStock | undefined)[] = []
  const sent: { readonly attempt: number; readonly position: string; readonly status: StockStatus }[] = []
  const late: (() => Promise<WriteResult>)[] = []
  const retries: string[] = []
  const observed: WriteResult['kind'][] = []
  const life = { over: false, failings: 0 }

  async function through(act: () => Promise<WriteResult>): Promise<WriteResult> {
    const fate = fates.shift()
    if (!fate) return act()
    if ('before' in fate) return fate.before
    if ('later' in fate) late.push(act)
    else await act()
    return 'later' in fate ? fate.later : fate.after
  }

  const writer = new LedgerWriter(
    {
      ...{ clock, writer: me, isOver: () => life.over, onTrouble: () => undefined },
      onRetry: (_, cause) => void retries.push(cause),
      onFailing() {
        life.failings += 1
      },
      observe: ({ kind }) => void observed.push(kind),
      ledger: {
        ...ledger,
        async read(namespace, name) {
          const answer = reads.shift()
          if (answer instanceof Error) throw answer
          return answer ?? ledger.read(namespace, name)
        },
        append(stock, written) {
          sent.push({ attempt: written.ledger.attempt, position: stock.position, status: written })
          return through(() => ledger.append(stock, written))
        },
        open: (stock) => through(() => ledger.open(stock)),
        close: (stock) => through(() => ledger.close(stock)),
      },
    },
    stored(),
  )

  return {
    ...{ clock, server, writer, fates, reads, sent, retries, observed, life, stored },
    /** Stores a status with so many units out; answers how that ended, or `waits` while it has not. */
    commit(reserved = 1) {
      const outcome: { end: unknown } = { end: 'waits' }
      writer
        .commit((attempt) => aStatus(attempt, reserved))
        .then(
          (end) => {
            outcome.end = end
          },
          (error: unknown) => {
            outcome.end = error
          },
        )
      return outcome
    },
    /** What was still on its way arrives. */
    arrive() {
      for (const act of late.splice(0)) void act()
    },
    reserved: () => stored().status?.reserved,
  }
}

export const unanswered: WriteResult = { kind: 'unknown', cause: 'Timeout', reason: 'no answer' }
export const tooMany: WriteResult = {
  ...{ kind: 'notApplied', cause: 'TooManyRequests', reason: 'come later', retryAfterMs: 3_000 },
}

export const gone: WriteResult = { kind: 'gone' }
export const refused = (guard: boolean): WriteResult => ({ kind: 'refused', reason: 'out of bounds', guard })

/** The outcome, once all that is ready to run has. */
export async function settled<T>(outcome: T, clock: Pick<FakeClock, 'settle'>): Promise<T> {
  await clock.settle()
  return outcome
}
