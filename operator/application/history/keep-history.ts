import type { Answer } from '../../domain/flow/next-stop.ts'
import type { HistoryFinding } from '../../domain/history/fold-history.ts'
import { historyFrom } from '../../domain/history/history-from.ts'
import type { HistoryRow } from '../../domain/history/history-row.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import type { Flow, FlowMessage } from '../flow/flow.ts'
import type { Logger } from '../logger.ts'
import { messageOf } from '../message-of.ts'
import { SAY_EVERY_MS } from '../patience.ts'
import { type HistoryStore, MOST_ROWS } from './history-store.ts'

export interface KeepHistoryParts {
  readonly store: HistoryStore
  /** Why nothing can be stored yet; undefined = it can. */
  readonly notReady: () => string | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly onStored: (rows: number) => void
  readonly onFinding: (kind: HistoryFinding['fault']['kind']) => void
}

/** Messages that are stored together; a record of several decisions counts as one. */
const MOST_MESSAGES = 500
/** After each that is stored in time, so many more are tried. */
const MORE_ROWS = 20

/** Whoever else is not taken while the database takes some may be at fault itself. */
const done: Answer = { kind: 'done', neighbour: 'database' }

/**
 * Keeps what stocks have decided, each decision once. Rows say who they are, so neither order nor repetitions matter: what
 * comes together is stored together, as one transaction.
 *
 *   messages ─▶ rows ─▶ store ─ kept ─▶ done
 *      └ no event     ├─ the database does not answer ─▶ all wait where they are
 *        ─▶ dead      └─ it refuses them ─▶ halves, until one is alone ─▶ dead
 */
export function keepHistory(parts: KeepHistoryParts): Flow {
  const { store, notReady, onStored } = parts
  const tell = findingLog(parts)
  /** Fewer while the database takes too long for as many. */
  let mostRows = MOST_ROWS

  async function handle(messages: readonly FlowMessage[], signal: AbortSignal): Promise<readonly Answer[]> {
    const answers: Answer[] = messages.map(() => done)
    for (const batch of batchesOf(messages, answers, () => mostRows)) {
      const trouble = notReady() ?? (signal.aborted ? 'it has taken too long' : undefined)
      if (trouble === undefined) await keep(batch, answers)
      else answerAll(batch, answers, waiting('NotReady', trouble))
    }
    return answers
  }

  async function keep(batch: readonly Part[], answers: Answer[]): Promise<void> {
    const rows = batch.flatMap((part) => part.rows)
    const stored = await store.store(rows).catch(away)
    switch (stored.kind) {
      case 'stored':
        mostRows = Math.min(MOST_ROWS, mostRows + MORE_ROWS)
        onStored(stored.rows)
        for (const finding of stored.findings) tell(finding)
        return
      case 'away':
        answerAll(batch, answers, waiting('DatabaseAway', stored.reason))
        return
      case 'late':
        mostRows = Math.max(1, Math.floor(rows.length / 2))
        if (batch.length === 1) answerAll(batch, answers, waiting('DatabaseSlow', stored.reason))
        else for (const half of halvesOf(batch)) await keep(half, answers)
        return
      case 'refused':
        if (batch.length === 1) answerAll(batch, answers, { kind: 'dead', cause: 'Refused', reason: stored.reason })
        else for (const half of halvesOf(batch)) await keep(half, answers)
    }
  }

  return {
    name: 'history',
    async handle(message, signal) {
      const [answer] = await handle([message], signal)
      return answer ?? done
    },
    together: { most: MOST_MESSAGES, handle },
  }
}

function away(error: unknown) {
  return { kind: 'away' as const, reason: messageOf(error) }
}

function answerAll(batch: readonly Part[], answers: Answer[], answer: Answer): void {
  for (const { index } of batch) answers[index] = answer
}

function halvesOf(batch: readonly Part[]): (readonly Part[])[] {
  const half = Math.ceil(batch.length / 2)
  return [batch.slice(0, half), batch.slice(half)]
}

/** Nothing of any message is why. */
function waiting(cause: string, reason: string): Answer {
  return { kind: 'wait', certain: true, cause, reason }
}

/** What a message brings; `index` is its place among all of them. */
interface Part {
  readonly index: number
  readonly rows: readonly HistoryRow[]
}

/** Rows of whole messages, so many that one transaction bears them. Says of each message that is no event why. */
function* batchesOf(
  messages: readonly FlowMessage[],
  answers: Answer[],
  mostRows: () => number,
): Generator<readonly Part[]> {
  let batch: Part[] = []
  let rows = 0
  for (const [index, { headers, value }] of messages.entries()) {
    const news = historyFrom(headers, Buffer.from(value).toString())
    if (news.kind === 'unreadable') answers[index] = { kind: 'dead', cause: 'Unreadable', reason: news.reason }
    if (news.kind !== 'rows') continue
    if (rows + news.rows.length > mostRows() && batch.length > 0) {
      yield batch
      batch = []
      rows = 0
    }
    batch.push({ index, rows: news.rows })
    rows += news.rows.length
  }
  if (batch.length > 0) yield batch
}

/** The first is said at once, those that follow seldom, with how many there have been meanwhile. */
function findingLog({ clock, logger, onFinding }: KeepHistoryParts): (finding: HistoryFinding) => void {
  let saidAt: Tick | undefined
  let unsaid = 0
  return ({ stock, sequence, fault }) => {
    onFinding(fault.kind)
    unsaid += 1
    if (saidAt !== undefined && msBetween(saidAt, clock.tick()) < SAY_EVERY_MS) return
    saidAt = clock.tick()
    logger.warn('the history of a stock has a finding; all are in the table finding', {
      ...{ stockUid: stock, sequence, ...fault, findings: unsaid },
    })
    unsaid = 0
  }
}
