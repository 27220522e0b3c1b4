import type { Clock } from '../clock.ts'
import { hitchOf, patience } from '../patience.ts'

/** How many requests are not over yet, of all that there are. */
export interface UnfinishedRequests {
  /** Why no more may be begun at present; undefined = more may. `ends`: of those that end something there may be a tenth more, for they make room. */
  full(ends?: boolean): string | undefined
  /** One more is there, or was there before: counted as one more until all are counted again. */
  begun(): void
  /** Undefined = they are counted. */
  notReady(): string | undefined
  start(): void
  stop(): void
}

export interface UnfinishedParts {
  /** Rejects when they can't be counted now. */
  readonly count: () => Promise<number>
  readonly most: number
  readonly clock: Pick<Clock, 'schedule' | 'tick'>
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

const EVERY_MS = 5_000

/** Counts them every few seconds, and what was begun since. While they can't be counted, nothing new is begun. */
export function unfinishedRequests({ count, most, clock, onTrouble }: UnfinishedParts): UnfinishedRequests {
  const tries = patience(
    { clock: clock as Clock, onRetry: () => undefined, onTrouble },
    { operation: 'count requests', fields: {} },
  )
  let counted: number | undefined
  let since = 0
  let over = false
  let cancel = () => {}

  async function look(): Promise<void> {
    const before = since
    try {
      counted = await count()
      since -= before
      tries.over()
    } catch (error) {
      tries.failed(hitchOf(error))
    }
    if (!over) cancel = clock.schedule(EVERY_MS, () => void look())
  }

  return {
    full(ends = false) {
      if (counted === undefined) return "how many requests are under way can't be told yet"
      const now = counted + since
      return now < (ends ? most * 1.1 : most)
        ? undefined
        : `${now} requests are not over yet, and at most ${most} may be begun`
    },
    begun() {
      since += 1
    },
    notReady() {
      const { hitch } = tries
      return counted === undefined ? (hitch?.reason ?? 'requests are not counted yet') : undefined
    },
    start: () => void look(),
    stop() {
      over = true
      cancel()
    },
  }
}
