import { type Clock, longAgo, msBetween, type Tick } from '../clock.ts'
import { hitchOf, patience } from '../patience.ts'

/** Why no more may be begun at present: there are too many in all, or its namespace has its share. */
export interface Full {
  readonly whose: 'all' | 'namespace'
  readonly reason: string
  /** How long until it may be otherwise, where that is known. */
  readonly retryAfterMs?: number
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
  /** One is being made: nobody else gets its place. The answer says that it is over; `made`: it is there, or was before. */
  beginning(namespace: string): (made: boolean) => void
  /** Somebody waits for an answer of whoever counts them: they are counted within seconds, as while messages are stored. */
  wanted(): void
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
  /** Of the group, each of which counts for itself; undefined = that isn't known. */
  readonly members: () => number | undefined
  readonly clock: Pick<Clock, 'schedule' | 'tick'>
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

const EVERY_MS = 5_000
/** While nobody asks. */
const IDLE_MS = 60_000
const ENDING_SHARE = 1.1
/** What others have begun is counted again this soon, where that is all that is in the way. */
const SOON_MS = 1_000
/** Where others are, a count that is older tells too little to begin more than one by it. */
const STALE_MS = 10_000
/** As many are thought of while nobody says how many there are. */
const UNKNOWN_MEMBERS = 4

/**
 * Counts them every few seconds while messages come, and what was begun since; seldom while none do, as each count is a list
 * that the API server has to make. While they can't be counted, nothing new is begun. Members don't see what others begin
 * between two counts: each counts what it begins itself as if the others did twice as much, so that all together stay within
 * the bound, but for one or two of each of them.
 */
export function unfinishedRequests(parts: UnfinishedParts): UnfinishedRequests {
  const { count, most, members, clock, onTrouble } = parts
  const tries = patience(
    { clock: clock as Clock, onRetry: () => undefined, onTrouble },
    { operation: 'count requests', fields: {} },
  )
  let counted: Map<string, number> | undefined
  let uncounted: ReadonlyMap<string, string> = new Map()
  let countedAt: Tick | undefined
  /** When the last count ended, also in vain. */
  let triedAt: Tick = longAgo
  /** The most members that were seen since the last count began, and since the one under way did. */
  const largest = { sinceLast: 0, sinceThis: 0 }
  const since = new Map<string, number>()
  const beginning = new Map<string, number>()
  let isAsked = true
  let counting = false
  let over = false
  let cancel = () => {}

  const ageMs = () => (countedAt === undefined ? Number.POSITIVE_INFINITY : msBetween(countedAt, clock.tick()))

  async function countNow(): Promise<void> {
    const before = new Map(since)
    counting = true
    isAsked = false
    largest.sinceThis = 0
    seenMembers()
    try {
      const { counts, failed } = await count()
      const last = [...failed.keys()].map((namespace) => [namespace, counted?.get(namespace) ?? 0] as const)
      counted = new Map([...last, ...counts])
      uncounted = failed
      countedAt = clock.tick()
      largest.sinceLast = largest.sinceThis
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
    triedAt = clock.tick()
    counting = false
  }

  /** So many of those that were begun since are counted now. */
  function settle(namespace: string, number: number): void {
    add(since, namespace, -number)
  }

  async function look(): Promise<void> {
    if (!counting && (isAsked || ageMs() >= IDLE_MS)) await countNow()
    const nextMs = counted ? EVERY_MS : SOON_MS // nothing is begun before the first
    if (!over) cancel = clock.schedule(nextMs, () => void look())
  }

  function seenMembers(): void {
    const now = members() ?? UNKNOWN_MEMBERS
    largest.sinceLast = Math.max(largest.sinceLast, now)
    largest.sinceThis = Math.max(largest.sinceThis, now)
  }

  /** Of what this member has begun since: one that is gone may have begun as much before it went. */
  function weight(): number {
    seenMembers()
    return largest.sinceLast > 1 ? 2 * largest.sinceLast : 1
  }

  const begunIn = (namespace: string) => (since.get(namespace) ?? 0) + (beginning.get(namespace) ?? 0)
  const nowIn = (namespace: string, weighing: number) =>
    (counted?.get(namespace) ?? 0) + Math.ceil(begunIn(namespace) * weighing)

  function total(weighing: number): number {
    let sum = 0
    for (const namespace of new Set([...(counted?.keys() ?? []), ...since.keys(), ...beginning.keys()]))
      sum += nowIn(namespace, weighing)
    return sum
  }

  const isStale = () => weight() > 1 && ageMs() > STALE_MS && since.size + beginning.size > 0

  /** A server that refuses to count is asked no more often than one that counts. */
  function countSoon(): void {
    if (!counting && msBetween(triedAt, clock.tick()) >= SOON_MS) void countNow()
  }

  function fullWith(weighing: number, namespace: string, ends: boolean): Full | undefined {
    const limit = ends ? most * ENDING_SHARE : most
    const all = total(weighing)
    if (all >= limit) {
      const known = weighing > 1 ? ', with what others may have begun' : ''
      return { whose: 'all', reason: `${all} requests are not over yet${known}, and at most ${most} may be begun` }
    }
    const fault = uncounted.get(namespace)
    if (fault !== undefined)
      return { whose: 'namespace', reason: `how many requests namespace ${namespace} has can't be told: ${fault}` }
    const own = nowIn(namespace, weighing)
    if (own < (ends ? limit / 2 : most - all)) return undefined
    const reason = `namespace ${namespace} has ${own} requests that are not over yet; of ${most}, ${most - all} are left for others`
    return { whose: 'namespace', reason }
  }

  return {
    full(namespace, ends = false) {
      const isOld = !isAsked && ageMs() > EVERY_MS
      isAsked = true
      if (isOld && !counting) void countNow() // others may have begun many while nobody asked here
      if (!counted) return { whose: 'all', reason: "how many requests are under way can't be told yet" }
      if (isStale()) return { whose: 'all', reason: 'what others have begun is being counted', retryAfterMs: SOON_MS }
      const weighing = weight()
      const full = fullWith(weighing, namespace, ends)
      if (!full || weighing === 1 || fullWith(1, namespace, ends)) return full
      countSoon() // it is only for what others may have begun since
      return full.whose === 'all' ? { ...full, retryAfterMs: SOON_MS } : full
    },
    beginning(namespace) {
      add(beginning, namespace, 1)
      return (made) => {
        add(beginning, namespace, -1)
        if (made) add(since, namespace, 1)
      }
    },
    wanted() {
      isAsked = true
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

function add(counts: Map<string, number>, namespace: string, number: number): void {
  const now = (counts.get(namespace) ?? 0) + number
  if (now > 0) counts.set(namespace, now)
  else counts.delete(namespace)
}
