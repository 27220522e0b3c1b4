import type { LevelAlert } from '../../domain/alerts/level-alert.ts'
import { levelNewsFrom, type StockLevel } from '../../domain/alerts/stock-level.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Clock } from '../clock.ts'
import type { Flow, FlowMessage, TopicPartition } from '../flow/flow.ts'
import { inTurn } from '../in-turn.ts'
import type { Logger } from '../logger.ts'
import { type Patience, patience } from '../patience.ts'
import type { AlertReceiver, Posted, PostedAlert } from './alert-receiver.ts'
import { type KnownLevels, knownLevels } from './known-levels.ts'

export interface LevelAlertsParts {
  readonly clock: Clock
  readonly logger: Logger
  /** One at least. */
  readonly receivers: readonly AlertReceiver[]
  /** Open alerts are posted again this often; without us they end by themselves after four times that. */
  readonly repeatMs: number
  /** Whether its partitions are still this member's: one that was frozen must not post what is long over. */
  readonly isMember: () => boolean
  readonly onPost: (receiver: string, result: Posted['kind']) => void
}

export interface LevelAlerts extends Flow {
  /** Posts what is open again and again, until `stop`. */
  start(): void
  stop(): void
  readonly open: number
}

interface Desk {
  readonly receiver: AlertReceiver
  /** One post at a time, or an older one could come last. */
  readonly turn: ReturnType<typeof inTurn>
  readonly tries: Patience
}

const LIFE_IN_REPEATS = 4
const MOST_AT_ONCE = 100

/**
 * The level of each stock as an alert of Alertmanager. What is open is a fact of the topics and nothing else: it is
 * recalled from the beginning of each partition that comes to this member. So every member that has a partition says the
 * same of it, and what nobody says any more ends by itself.
 *
 *   event ─▶ newer than what is known? ─ no ─▶ done
 *              └ yes ─▶ posts what begins and what ends ─ nobody takes it ─▶ waits
 *                         └ one Alertmanager has it: done; the others get what is open within a minute
 */
export function levelAlerts(parts: LevelAlertsParts): LevelAlerts {
  const { clock, receivers, repeatMs, isMember } = parts
  const partitions = new Map<string, KnownLevels>()
  const recalled = new Set<string>()
  const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`
  /** Stocks of which a change is being told: a repetition must not say again what has just ended. */
  const changing = new Set<string>()
  const desks = receivers.map((receiver) => ({ receiver, turn: inTurn(), tries: patienceOf(parts, receiver.name) }))
  let unschedule = () => {}
  let stopped = false

  function levelsOf(partition: TopicPartition): KnownLevels {
    const known = partitions.get(nameOf(partition)) ?? knownLevels()
    partitions.set(nameOf(partition), known)
    return known
  }

  const endAfter = (alert: LevelAlert, ms: number): PostedAlert => {
    const endsMs = Math.max(clock.now() + ms, Date.parse(alert.startsAt)) // refused if it ended before it began
    return { ...alert, endsAt: new Date(endsMs).toISOString() }
  }
  const firing = (alert: LevelAlert) => endAfter(alert, repeatMs * LIFE_IN_REPEATS)

  async function post({ receiver, tries }: Desk, alerts: readonly PostedAlert[]): Promise<Posted> {
    const posted = await receiver.post(alerts)
    parts.onPost(receiver.name, posted.kind)
    if (posted.kind === 'taken') tries.over()
    else tries.failed({ cause: posted.kind === 'away' ? posted.cause : 'Refused', reason: posted.reason })
    return posted
  }

  async function handleLevel(known: KnownLevels, level: StockLevel): Promise<Answer> {
    if (known.isOld(level)) return { kind: 'done' }
    const before = known.alertOf(level.uid)
    const learnt = knownLevels()
    learnt.learn(level)
    const after = learnt.alertOf(level.uid)
    const ends = before && after?.labels['level'] !== before.labels['level'] ? [endAfter(before, 0)] : []
    const changes = [...ends, ...(after ? [firing(after)] : [])]
    if (changes.length > 0) {
      changing.add(level.uid)
      const posted = await Promise.all(desks.map((desk) => desk.turn(() => post(desk, changes))))
      changing.delete(level.uid)
      const answer = answerTo(posted)
      if (answer.kind !== 'done') return answer
    }
    known.learn(level)
    return { kind: 'done' }
  }

  function openAlerts(): LevelAlert[] {
    return [...partitions].flatMap(([name, known]) => (recalled.has(name) ? known.open() : []))
  }

  /** What is open is looked up when it is this one's turn: nothing that has ended meanwhile is posted. */
  async function repeatTo(desk: Desk): Promise<void> {
    if (!isMember()) return
    const alerts = openAlerts().filter(({ labels }) => !changing.has(labels['uid'] ?? ''))
    for (let from = 0; from < alerts.length && isMember(); from += MOST_AT_ONCE) {
      const posted = await post(desk, alerts.slice(from, from + MOST_AT_ONCE).map(firing))
      if (posted.kind === 'away') return
    }
  }

  async function repeat(): Promise<void> {
    await Promise.all(desks.map((desk) => desk.turn(() => repeatTo(desk))))
    if (!stopped) schedule()
  }

  function schedule(): void {
    unschedule = clock.schedule(repeatMs, () => void repeat())
  }

  return {
    name: 'alerts',
    async handle(message) {
      const news = newsOf(message)
      if (news.kind === 'unreadable') return { kind: 'dead', cause: 'Unreadable', reason: news.reason }
      return news.kind === 'other' ? { kind: 'done' } : handleLevel(levelsOf(message), news.level)
    },
    memory: {
      begin() {
        partitions.clear()
        recalled.clear()
      },
      recall(message) {
        const news = newsOf(message)
        if (news.kind === 'level') levelsOf(message).learn(news.level)
      },
      recalled: (partition) => recalled.add(nameOf(partition)),
    },
    start: schedule,
    stop() {
      stopped = true
      unschedule()
    },
    get open() {
      return openAlerts().length
    },
  }
}

const newsOf = ({ headers, value }: FlowMessage) => levelNewsFrom(headers, Buffer.from(value).toString())

/** One that has it is enough: the others get what is open with the next repetition, and what ended there ends by itself. */
function answerTo(all: readonly Posted[]): Answer {
  if (all.some(({ kind }) => kind === 'taken')) return { kind: 'done' }
  const away = all.find((posted) => posted.kind === 'away')
  if (away) return { ...away, kind: 'wait', certain: true } // later ones of its stock must not come before it
  const refused = all.find((posted) => posted.kind === 'refused')
  return { kind: 'dead', cause: 'AlertRefused', reason: refused?.reason ?? 'no Alertmanager is given' }
}

function patienceOf({ clock, logger }: LevelAlertsParts, alertmanager: string): Patience {
  const onTrouble = (message: string, fields: Record<string, unknown>) => logger.warn(message, fields)
  return patience(
    { clock, onRetry: () => undefined, onTrouble },
    { operation: 'post alerts', fields: { alertmanager } },
  )
}
