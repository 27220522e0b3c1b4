import { alertOf, type LevelAlert } from '../../domain/alerts/level-alert.ts'
import { levelNewsFrom, type StockLevel } from '../../domain/alerts/stock-level.ts'
import type { Answer } from '../../domain/flow/next-stop.ts'
import type { Clock } from '../clock.ts'
import type { Flow, FlowMessage, TopicPartition } from '../flow/flow.ts'
import { inTurnOfName } from '../in-turn.ts'
import type { Logger } from '../logger.ts'
import { sameValue } from '../same-value.ts'
import type { AlertReceiver, Posted } from './alert-receiver.ts'
import { type Change, type Desk, desk } from './desk.ts'
import { type KnownLevels, knownLevels } from './known-levels.ts'
import { answerTo, untilTaken } from './told-to-any.ts'

export interface LevelAlertsParts {
  readonly clock: Clock
  readonly logger: Logger
  /** One at least. */
  readonly receivers: readonly AlertReceiver[]
  /** Open alerts are posted again this often; without us they end by themselves after a few times that. */
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
  /** Undefined: it does its work, or will as soon as some Alertmanager is back. */
  notReady(): string | undefined
}

const done: Answer = { kind: 'done' }

/**
 * The level of each stock as an alert of Alertmanager. What is open is a fact of the topics and nothing else: it is
 * recalled from the beginning of each partition that comes to this member. So every member that has a partition says the
 * same of it, and what nobody says any more ends by itself.
 *
 *   event ─▶ newer than what is known? ─ no ─▶ done
 *              └ yes ─▶ posts what begins and what ends ─ nobody takes it ─▶ waits
 *                         └ one Alertmanager has it: done; the others get it too, or what is open in their next round
 */
export function levelAlerts(parts: LevelAlertsParts): LevelAlerts {
  const { receivers, isMember } = parts
  const partitions = new Map<string, KnownLevels>()
  const recalled = new Set<string>()
  const nameOf = ({ topic, partition }: TopicPartition) => `${topic}/${partition}`
  /** Stocks of which a change is being told: a repetition must not say again what has just ended. */
  const changing = new Set<string>()
  const inTurnOfStock = inTurnOfName() // also where messages have no key
  const told = () => [...partitions].flatMap(([name, known]) => (recalled.has(name) ? [known] : []))
  const open = {
    all: () => told().flatMap((known) => known.open()),
    get count() {
      return told().reduce((sum, { openCount }) => sum + openCount, 0)
    },
    has(alert: LevelAlert) {
      const uid = alert.labels['uid'] ?? ''
      return !changing.has(uid) && told().some((known) => known.alertOf(uid) === alert)
    },
  }
  const desks = receivers.map((receiver) => desk({ ...parts, receiver, open }))

  async function handleLevel(known: KnownLevels, level: StockLevel, isOurs: () => boolean): Promise<Answer> {
    const { uid } = level
    if (known.isOld(level)) return done
    const [before, after] = [known.alertOf(uid), alertOf(level)]
    const ends = before && !sameValue(before.labels, after?.labels) ? [before] : []
    const begins = after ? [after] : []
    if (ends.length + begins.length > 0) {
      changing.add(uid)
      const posted = await tell(desks, { ends, begins, isOurs }).finally(() => changing.delete(uid))
      const answer = answerTo(posted) // the others get what is open with the next repetition, and what ended there ends by itself
      if (answer.kind !== 'done') return answer
    }
    known.learn(level)
    return done
  }

  return {
    name: 'alerts',
    async handle(message, signal) {
      const news = newsOf(message)
      if (news.kind === 'unreadable') return { kind: 'dead', cause: 'Unreadable', reason: news.reason }
      if (news.kind === 'other') return done
      const known = partitions.get(nameOf(message))
      if (!known)
        return { kind: 'wait', certain: true, cause: 'NotOurs', reason: 'its partition is not of this worker' }
      const isOurs = () => isMember() && !signal.aborted && partitions.get(nameOf(message)) === known
      return inTurnOfStock(news.level.uid, () => handleLevel(known, news.level, isOurs))
    },
    memory: {
      begin(given) {
        partitions.clear()
        recalled.clear()
        for (const partition of given) partitions.set(nameOf(partition), knownLevels())
      },
      recall(message) {
        const news = newsOf(message)
        if (news.kind === 'level') partitions.get(nameOf(message))?.learn(news.level)
      },
      recalled: (partition) => recalled.add(nameOf(partition)),
    },
    start() {
      for (const { start } of desks) start()
    },
    stop() {
      for (const { stop } of desks) stop()
    },
    get open() {
      return open.count
    },
    notReady() {
      const isSkewed = desks.length > 0 && desks.every(({ away }) => away?.cause === 'ClockSkew')
      return isSkewed ? desks[0]?.away?.reason : undefined
    },
  }
}

/** Whoever was away last is asked only when the others don't take it: nobody waits for it. */
async function tell(desks: readonly Desk[], change: Change): Promise<readonly Posted[]> {
  const answers: Posted[] = []
  const [there, away] = [desks.filter((each) => !each.away), desks.filter((each) => each.away)]
  for (const asked of [there, away]) {
    answers.push(...(await untilTaken(asked.map((each) => each.tell(change)))))
    if (answers.some(({ kind }) => kind === 'taken')) break
  }
  return answers
}

const newsOf = ({ headers, value }: FlowMessage) => levelNewsFrom(headers, Buffer.from(value).toString())
