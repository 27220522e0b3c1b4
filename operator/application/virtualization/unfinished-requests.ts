import { type Clock, msBetween, type Tick } from '../clock.ts'
import { hitchOf, patience } from '../patience.ts'

/** Why no more may be begun at present: there are too many in all, or its namespace has its share. */
export interface Full {
  readonly whose: 'all' | 'namespace'
  readonly reason: string
}

/** How many requests are not over yet, of all that there are. */
export interface UnfinishedRequests {
  /**
   * Undefined = one more may be begun in this namespace. A namespace may have as many as are free: alone it gets half of
   * them, beside another one a third, and there is always room for one that comes later. `ends`: of those that end
   * something there may be a tenth more in all, and a namespace may have half of those, for they make room. One that can't be counted begins
   * none, and is in nobody else's way.
   */
  full(namespace: string, ends?: boolean): Full | undefined
  /** One more is there, or was there before: counted as one more until all are counted again. */
  begun(namespace: string): void
  /** Undefined = they are counted. */
  notReady(): string | undefined
  start(): void
  stop(): void
}

export interface UnfinishedParts {
  /** By namespace, and of which that can't be told now, and why. Rejects when none can be counted now. */
  readonly count: () => Promise<{
    readonly counts: ReadonlyMap<string, number>
    readonly failed: ReadonlyMap<string, string>
  }>
  readonly most: number
  readonly clock: Pick<Clock, 'schedule' | 'tick'>
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

const EVERY_MS = 5_000
/** While nobody asks. */
const IDLE_MS = 60_000
const ENDING_SHARE = 1.1

/**
 * Counts them every few seconds while messages come, and what was begun since; seldom while none do, as each count is a list
 * that the API server has to make. While they can't be counted, nothing new is begun.
 */
export function unfinishedRequests({ count, most, clock, onTrouble }: UnfinishedParts): UnfinishedRequests {
  const tries = patience(
    { clock: clock as Clock, onRetry: () => undefined, onTrouble },
    { operation: 'count requests', fields: {} },
  )
  let counted: Map<string, number> | undefined
  let uncounted: ReadonlyMap<string, string> = new Map()
  let countedAt: Tick | undefined
  const since = new Map<string, number>()
  let isAsked = true
  let counting = false
  let over = false
  let cancel = () => {}

  const ageMs = () => (countedAt === undefined ? Number.POSITIVE_INFINITY : msBetween(countedAt, clock.tick()))

  async function countNow(): Promise<void> {
    const before = new Map(since)
    counting = true
    isAsked = false
    try {
      const { counts, failed } = await count()
      const last = [...failed.keys()].map((namespace) => [namespace, counted?.get(namespace) ?? 0] as const)
      counted = new Map([...last, ...counts])
      uncounted = failed
      countedAt = clock.tick()
      for (const [namespace, number] of before) if (!failed.has(namespace)) settle(namespace, number)
      if (failed.size === 0) tries.over()
      else
        tries.failed(
          hitchOf(new Error(`not all can be counted: ${[...failed].map((one) => one.join(': ')).join('; ')}`)),
        )
    } catch (error) {
      isAsked = true
      tries.failed(hitchOf(error))
    }
    counting = false
  }

  /** So many of those that were begun since are counted now. */
  function settle(namespace: string, number: number): void {
    const left = (since.get(namespace) ?? 0) - number
    if (left > 0) since.set(namespace, left)
    else since.delete(namespace)
  }

  async function look(): Promise<void> {
    if (!counting && (isAsked || ageMs() >= IDLE_MS)) await countNow()
    if (!over) cancel = clock.schedule(EVERY_MS, () => void look())
  }

  const nowIn = (namespace: string) => (counted?.get(namespace) ?? 0) + (since.get(namespace) ?? 0)

  function total(): number {
    let sum = 0
    for (const namespace of new Set([...(counted?.keys() ?? []), ...since.keys()])) sum += nowIn(namespace)
    return sum
  }

  return {
    full(namespace, ends = false) {
      const isOld = !isAsked && ageMs() > EVERY_MS
      isAsked = true
      if (isOld && !counting) void countNow() // others may have begun many while nobody asked here
      if (!counted) return { whose: 'all', reason: "how many requests are under way can't be told yet" }
      const all = total()
      const limit = ends ? most * ENDING_SHARE : most
      if (all >= limit) {
        return { whose: 'all', reason: `${all} requests are not over yet, and at most ${most} may be begun` }
      }
      const fault = uncounted.get(namespace)
      if (fault !== undefined)
        return { whose: 'namespace', reason: `how many requests namespace ${namespace} has can't be told: ${fault}` }
      const own = nowIn(namespace)
      if (own < (ends ? limit / 2 : most - all)) return undefined
      const reason = `namespace ${namespace} has ${own} requests that are not over yet; of ${most}, ${most - all} are left for others`
      return { whose: 'namespace', reason }
    },
    begun(namespace) {
      since.set(namespace, (since.get(namespace) ?? 0) + 1)
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
