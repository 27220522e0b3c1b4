import type { Answer } from '../../domain/flow/next-stop.ts'
import { placeText } from '../../domain/flow/place.ts'
import { type FailureLine, lineNewsFrom } from '../../domain/logs/failure-line.ts'
import { type Clock, msBetween, type Tick } from '../clock.ts'
import { clockSkew } from '../clock-skew.ts'
import type { Flow, FlowMessage } from '../flow/flow.ts'
import { inTurnOfName } from '../in-turn.ts'
import type { AlertReceiver, Posted, PostedAlert } from './alert-receiver.ts'
import { answerTo, untilTaken } from './told-to-any.ts'

export interface FailureAlertsParts {
  readonly clock: Pick<Clock, 'now' | 'tick'>
  /** One at least. */
  readonly receivers: readonly AlertReceiver[]
  /** An alert is over when so long no line of its service says that something has failed. */
  readonly quietMs: number
  /** Of services beyond so many, one alert tells for all. */
  readonly mostOpen: number
  readonly onPost: (receiver: string, result: Posted['kind']) => void
}

export interface FailureAlerts extends Flow {
  /** As far as this member has told of them. */
  readonly open: number
}

interface Open {
  readonly startsAtMs: number
  /** Until when its lines have it open. */
  untilMs: number
  /** Until when an Alertmanager has it open. */
  toldUntilMs: number
  /** When it was refused last; undefined = never. */
  refusedAt?: Tick
}

/** How much longer than is due an alert is told to last, as a share: so a service that fails a thousand times a second is a post now and then. */
const LONGER = 1 / 4
/** What was refused is posted, and put aside as a dead letter, no more often than that. */
const REFUSED_AGAIN_MS = 30_000
/** So long an Alertmanager's word holds that the clock is right. */
const PROVEN_MS = 60_000
/** Lines that are remembered as waiting here. Those of partitions that others have by now are pushed out by newer ones. */
const MOST_UNTOLD = 10_000
const done: Answer = { kind: 'done' }
const severities = { ERROR: 'warning', FATAL: 'critical' } as const

/**
 * Services of which lines of logs say that something has failed, as alerts of Alertmanager: one of each level of a service.
 * Each says when it is over, so nobody has to end it; a member that begins anew knows of none, and tells them with the
 * next line.
 *
 *   line ─▶ older than the quiet time, and not only because nobody took its alert? ─ yes ─▶ does an Alertmanager say that the clock is right? ─ yes ─▶ done: its alert would be over
 *             │                                     └ no ─▶ waits: a clock that is ahead calls every line old
 *             └ no ─▶ is its alert told to last long enough? ─ yes ─▶ done
 *                       └ no ─▶ posts it, for the quiet time and a quarter more ─ nobody takes it ─▶ waits
 */
export function failureAlerts(parts: FailureAlertsParts): FailureAlerts {
  const { clock, receivers, quietMs, mostOpen, onPost } = parts
  /** By name; of services, and by level of all the others. */
  const open = new Map<string, Open>()
  const openOfOthers = new Map<string, Open>()
  /** Where lines lie whose alert nobody took when it was posted last: it is told even when it would be over. */
  const untold = new Set<string>()
  const inTurn = inTurnOfName()
  const skew = clockSkew(clock)
  let proving: Promise<Answer> | undefined

  function forgetWhatIsOver(): void {
    const nowMs = clock.now()
    for (const all of [open, openOfOthers])
      for (const [name, { untilMs }] of all) if (untilMs <= nowMs) all.delete(name)
  }

  /** Whom an alert of this line is about: the service, or with too many of them all the others. */
  function subjectOf({ namespace, service, level }: FailureLine) {
    const name = `${level} ${namespace}/${service}`
    const own = { name, labels: { namespace, service }, all: open }
    if (open.has(name) || open.size < mostOpen) return own
    forgetWhatIsOver()
    if (open.size < mostOpen) return own
    return { name: `${level} others`, labels: { service: '(others)' }, all: openOfOthers }
  }

  async function tell(line: FailureLine, atMs: number, startsAtMs = atMs): Promise<Answer> {
    const { name, labels, all } = subjectOf(line)
    const untilMs = atMs + quietMs
    const known = all.get(name)
    const alert: Open = known && known.untilMs > clock.now() ? known : { startsAtMs, untilMs: 0, toldUntilMs: 0 }
    all.set(name, alert) // at once: what comes in between counts it
    alert.untilMs = Math.max(alert.untilMs, untilMs)
    return inTurn(name, async () => {
      if (alert.toldUntilMs >= untilMs || isRefusedAnyway(alert)) return done
      const endsAtMs = alert.untilMs + quietMs * LONGER
      const answer = answerTo(await post([{ ...alertOf(line, labels), ...lifeOf(alert.startsAtMs, endsAtMs) }]))
      if (answer.kind === 'done') alert.toldUntilMs = endsAtMs
      if (answer.kind === 'dead') alert.refusedAt = clock.tick()
      return answer
    })
  }

  /** Whoever waits here comes again, to this member or to another one. */
  async function remembering(place: string, telling: Promise<Answer>): Promise<Answer> {
    const answer = await telling
    untold.delete(place)
    if (answer.kind !== 'wait') return answer
    untold.add(place)
    const [oldest] = untold
    if (untold.size > MOST_UNTOLD && oldest !== undefined) untold.delete(oldest)
    return answer
  }

  const isRefusedAnyway = ({ refusedAt }: Open): boolean =>
    refusedAt !== undefined && msBetween(refusedAt, clock.tick()) < REFUSED_AGAIN_MS

  /** A wait while nobody says that the clock is right. */
  async function untilClockIsRight(): Promise<Answer> {
    if (skew.excessMs() === 0 && skew.sinceJudgedMs() < PROVEN_MS) return done
    proving ??= post([])
      .then((posted) => {
        const answer = answerTo(posted)
        if (answer.kind === 'wait') return answer
        skew.observe(clock.now())
        return done
      })
      .finally(() => {
        proving = undefined
      })
    return proving
  }

  function post(alerts: readonly PostedAlert[]): Promise<readonly Posted[]> {
    return untilTaken(
      receivers.map(async (receiver) => {
        const posted = await receiver.post(alerts)
        onPost(receiver.name, posted.kind)
        return posted
      }),
    )
  }

  return {
    name: 'log-alerts',
    async handle(message: FlowMessage) {
      const { value, timestampMs } = message
      const place = placeText(message)
      const news = lineNewsFrom(Buffer.from(value).toString())
      if (news.kind === 'unreadable') return { kind: 'dead', cause: 'Unreadable', reason: news.reason }
      const nowMs = clock.now()
      const atMs = Math.min(timestampMs, nowMs) // a clock that is ahead keeps nothing open for longer
      if (news.kind === 'other') return done
      if (atMs + quietMs > nowMs) return remembering(place, tell(news.line, atMs))
      return untold.has(place) ? remembering(place, tell(news.line, nowMs, atMs)) : untilClockIsRight()
    },
    get open() {
      forgetWhatIsOver()
      return open.size + openOfOthers.size
    },
  }
}

const lifeOf = (startsAtMs: number, endsAtMs: number) => ({
  startsAt: new Date(startsAtMs).toISOString(),
  endsAt: new Date(endsAtMs).toISOString(),
})

function alertOf(line: FailureLine, labels: Readonly<Record<string, string>>) {
  const { namespace, service, level, message, correlationId } = line
  const who = namespace === '' ? service : `${namespace}/${service}`
  return {
    labels: { alertname: 'KbntServiceFails', severity: severities[level], level, ...labels },
    annotations: {
      summary: `${who} says ${level}: ${message}`,
      ...(correlationId !== undefined && { correlationId }),
    },
  }
}
