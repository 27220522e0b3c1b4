import type { HistoryStore, Stored } from '../../operator/application/history/history-store.ts'
import { MOST_ROWS } from '../../operator/application/history/history-store.ts'
import { historyFrom } from '../../operator/domain/history/history-from.ts'
import type { HistoryRow } from '../../operator/domain/history/history-row.ts'
import { readTopicsAs, recordOf, type TopicReading } from '../../operator/infrastructure/kafka/topic-reader.ts'

/** What a topic had. */
export interface TopicRead {
  readonly messages: number
  /** Decisions that are kept, each counted once. */
  readonly rows: number
  /** Messages that are no events though they say that they are: where the first of them lie, and why. */
  readonly unreadable: readonly string[]
  readonly unreadableCount: number
}

const MOST_NAMED = 5

/** Keeps everything that the topic has at this moment. Throws where that can't be read or kept. */
export async function readTopic(
  reading: TopicReading,
  store: HistoryStore,
  progress: (text: string) => void,
): Promise<TopicRead> {
  const unreadable: string[] = []
  let [messages, rows, unreadableCount] = [0, 0, 0]
  let waiting: HistoryRow[] = []

  async function flush(): Promise<void> {
    rows += await keep(store, waiting)
    waiting = []
    progress(`${messages} messages read, ${rows} decisions kept`)
  }

  await readTopicsAs<never>(reading, async (payload) => {
    const { headers, value, topic, partition, offset } = recordOf(payload)
    messages += 1
    const news = historyFrom(headers, value)
    if (news.kind === 'unreadable') {
      unreadableCount += 1
      if (unreadable.length < MOST_NAMED) unreadable.push(`${topic}/${partition}/${offset}: ${news.reason}`)
    }
    if (news.kind !== 'rows') return undefined
    if (waiting.length + news.rows.length > MOST_ROWS) await flush()
    waiting.push(...news.rows)
    return undefined
  })
  await flush()
  return { messages, rows, unreadable, unreadableCount }
}

/** Answers how many are new. */
export async function keep(store: HistoryStore, rows: readonly HistoryRow[]): Promise<number> {
  if (rows.length === 0) return 0
  const stored: Stored = await store.store(rows)
  switch (stored.kind) {
    case 'stored':
      return stored.rows
    case 'refused':
      throw new Error(stored.reason)
    case 'late': {
      if (rows.length === 1) throw new Error(`not even one row is kept in time: ${stored.reason}`)
      const half = Math.ceil(rows.length / 2)
      return (await keep(store, rows.slice(0, half))) + (await keep(store, rows.slice(half)))
    }
  }
}
