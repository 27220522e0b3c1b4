import type { LevelAlert } from '../../domain/alerts/level-alert.ts'
import { type Clock, msBetween } from '../clock.ts'
import { inTurn } from '../in-turn.ts'
import type { Logger } from '../logger.ts'
import { patience } from '../patience.ts'
import { type AlertReceiver, LONGEST_POST_MS, type Posted, type PostedAlert } from './alert-receiver.ts'

/** What is open, as it is at the moment of asking. */
export interface OpenAlerts {
  all(): readonly LevelAlert[]
  readonly count: number
  /** Whether it is still open, and nobody is just telling of a change of it. */
  has(alert: LevelAlert): boolean
}

export interface DeskParts {
  readonly clock: Clock
  readonly logger: Logger
  readonly receiver: AlertReceiver
  /** Open alerts are posted again this often. */
  readonly repeatMs: number
  readonly open: OpenAlerts
  readonly isMember: () => boolean
  readonly onPost: (receiver: string, result: Posted['kind']) => void
}

/** What ends and what begins at one stock. */
export interface Change {
  readonly ends: readonly LevelAlert[]
  readonly begins: readonly LevelAlert[]
  /** Whether it is still this member's to tell. */
  readonly isOurs: () => boolean
}

type Away = Extract<Posted, { kind: 'away' }>

/** All that is told to one Alertmanager: a post at a time, or an older one could come last. */
export interface Desk {
  tell(change: Change): Promise<Posted>
  /** Posts what is open again and again, until `stop`. */
  start(): void
  stop(): void
  /** Its last answer, where that was none. */
  readonly away: Away | undefined
}

const LIFE_IN_REPEATS = 4
const LIFE_IN_ROUNDS = 2
const MOST_AT_ONCE = 100
/** Fewer in a body help nobody that is slow. */
const LEAST_AT_ONCE = 10
/** More than a worker handles at once: of an Alertmanager that is slower than another one, changes are left to the rounds. */
const MOST_WAITING = 100
const FIRST_RETRY_MS = 1_000
const notOurs: Away = { kind: 'away', cause: 'NotOurs', reason: 'its partition is not, or no longer, of this worker' }

/**
 * A round posts all that is open, a page at a time, so that changes come in between. What it could not tell comes first
 * in the next one.
 */
export function desk(parts: DeskParts): Desk {
  const { clock, logger, receiver, repeatMs, open, isMember } = parts
  const { name } = receiver
  const turn = inTurn()
  const tries = patienceOf(parts)
  /** Those that it never takes; a change of the stock is another alert. */
  const refused = new WeakSet<LevelAlert>()
  let away: Away | undefined
  let waiting = 0
  let pageSize = MOST_AT_ONCE
  let untold: ReadonlySet<LevelAlert> = new Set()
  let failedRounds = 0
  let unschedule = () => {}
  let stopped = false

  /** Without us it ends by itself, but not before its turn comes again, however slowly all that is open is taken. */
  function lifeMs(): number {
    const slowestRoundMs = Math.max(1, Math.ceil(open.count / pageSize)) * LONGEST_POST_MS
    return Math.max(repeatMs * LIFE_IN_REPEATS, slowestRoundMs * LIFE_IN_ROUNDS)
  }

  /** What begins later than now, by a clock that was wrong, would be refused, or never end. */
  function endAfter(alert: LevelAlert, ms: number): PostedAlert {
    const nowMs = clock.now()
    const startsAt = new Date(Math.min(nowMs, Date.parse(alert.startsAt))).toISOString()
    return { ...alert, startsAt, endsAt: new Date(nowMs + ms).toISOString() }
  }
  const firing = (alert: LevelAlert) => endAfter(alert, lifeMs())
  const over = (alert: LevelAlert) => endAfter(alert, 0)

  async function post(alerts: readonly PostedAlert[]): Promise<Posted> {
    const posted = await receiver.post(alerts)
    parts.onPost(name, posted.kind)
    away = posted.kind === 'away' ? posted : undefined
    if (posted.kind === 'taken') tries.over()
    else tries.failed({ cause: posted.kind === 'away' ? posted.cause : 'Refused', reason: posted.reason })
    return posted
  }

  /** Nothing that has ended by the time that it is its turn. Those that are refused are left out; the others are told. */
  async function tellOpen(alerts: readonly LevelAlert[]): Promise<Posted> {
    const { still, posted } = await turn(async () => {
      const still = alerts.filter((alert) => open.has(alert) && !refused.has(alert))
      if (!isMember()) return { still, posted: notOurs }
      return { still, posted: still.length === 0 ? ({ kind: 'taken' } as const) : await post(still.map(firing)) }
    })
    if (posted.kind !== 'refused') return posted
    const [first, ...others] = still
    if (first && others.length === 0) {
      refused.add(first)
      logger.warn('an alert is refused and left out', { alertmanager: name, ...first.labels, reason: posted.reason })
      return { kind: 'taken' }
    }
    const half = Math.ceil(still.length / 2)
    const told = await tellOpen(still.slice(0, half))
    return told.kind === 'away' ? told : tellOpen(still.slice(half))
  }

  /** Tells pages until one is not taken; that one goes behind the others. Answers why it has ended early. */
  async function tellAll(rest: Set<LevelAlert>): Promise<Away | undefined> {
    while (rest.size > 0 && !stopped) {
      const page = [...rest].slice(0, pageSize)
      for (const alert of page) rest.delete(alert)
      const posted = await tellOpen(page)
      if (posted.kind !== 'away') continue
      for (const alert of page) rest.add(alert)
      return posted
    }
    return undefined
  }

  async function round(): Promise<void> {
    const since = clock.tick()
    const rest = new Set([...untold, ...open.all()])
    const failed = isMember() ? await tellAll(rest) : undefined
    untold = new Set([...rest].filter(open.has))
    if (stopped) return
    failedRounds = failed ? failedRounds + 1 : 0
    if (!failed) pageSize = Math.min(MOST_AT_ONCE, pageSize * 2)
    else if (failed.cause === 'Timeout' || failed.cause === 'TooLarge')
      pageSize = Math.max(LEAST_AT_ONCE, Math.floor(pageSize / 2))
    if (failed) schedule(Math.min(repeatMs, FIRST_RETRY_MS * 2 ** Math.min(failedRounds, 30)))
    else schedule(repeatMs - msBetween(since, clock.tick()))
  }

  function schedule(ms: number): void {
    unschedule = clock.schedule(Math.max(0, ms), () => void round())
  }

  return {
    async tell({ ends, begins, isOurs }) {
      if (waiting >= MOST_WAITING) return { kind: 'away', cause: 'Busy', reason: `${name} is behind` }
      const before = away
      waiting += 1
      return turn(async () => {
        waiting -= 1
        if (!isOurs()) return notOurs
        if (away && away !== before) return away // it has just failed another one: nobody waits for it in a row
        return post([...ends.map(over), ...begins.map(firing)])
      })
    },
    start: () => schedule(repeatMs),
    stop() {
      stopped = true
      unschedule()
    },
    get away() {
      return away
    },
  }
}

function patienceOf({ clock, logger, receiver }: DeskParts) {
  const onTrouble = (message: string, fields: Record<string, unknown>) => logger.warn(message, fields)
  const parts = { clock, onRetry: () => undefined, onTrouble }
  return patience(parts, { operation: 'post alerts', fields: { alertmanager: receiver.name } })
}
