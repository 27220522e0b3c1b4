import type { Posted, PostedAlert } from '../../../../operator/application/alerts/alert-receiver.ts'
import { levelAlerts } from '../../../../operator/application/alerts/level-alerts.ts'
import { pause } from '../../../../operator/application/clock.ts'
import type { FlowMessage } from '../../../../operator/application/flow/flow.ts'
import type { Logger } from '../../../../operator/application/logger.ts'
import type { Level } from '../../../../operator/domain/stock/level.ts'
import { fakeClock } from '../../../fakes/fake-clock.ts'

const quiet: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet, enabled: () => false }
const startMs = Date.UTC(2026, 10, 22, 10)
const at = new Date(startMs).toISOString()
export const signal = new AbortController().signal
export const partition = { topic: 'critical-stock-events', partition: 0 }

/** What the operator sends of a stock. */
export function aMessage(level: Level | 'deleted', sequence: number, uid = 'u', more: object = {}): FlowMessage {
  const type = level === 'deleted' ? 'deleted' : 'level_changed'
  const data = {
    ...{ timestamp: at, stock: { namespace: 'shop', name: 'grinder', uid, product: 'p' }, sequence },
    ...{ balances: { available: 3, quantity: 20 }, level: level === 'deleted' ? 'Low' : level, ...more },
  }
  return {
    ...partition,
    ...{ offset: BigInt(sequence), key: 'shop/grinder', timestampMs: startMs },
    value: Buffer.from(JSON.stringify(data)),
    headers: { ce_type: `io.kbnt.stock.${type}.v1`, ce_source: '/kbnt.io/east/shop/virtualstocks/grinder' },
  }
}

/** The flow and two Alertmanagers, `one` and `two`. */
export function site(repeatMs = 60_000) {
  const clock = fakeClock(startMs)
  const state = {
    ...{ member: true, answers: {} as Record<string, Posted>, gate: Promise.resolve() },
    /** How long each takes for an answer, and what it says of these alerts. */
    ...{ delaysMs: {} as Record<string, number>, judge: (_: readonly PostedAlert[]): Posted => ({ kind: 'taken' }) },
  }
  /** When each stock's alerts end at the Alertmanager `one`. */
  const ends = new Map<string, number>()
  const posts: [receiver: string, level: string | undefined, forMs: number][] = []
  const receivers = ['one', 'two'].map((name) => ({
    name,
    async post(alerts: readonly PostedAlert[]): Promise<Posted> {
      await state.gate
      const delayMs = state.delaysMs[name]
      if (delayMs !== undefined) await pause(clock, delayMs)
      const answer = state.answers[name] ?? state.judge(alerts)
      if (answer.kind === 'taken')
        for (const { labels, endsAt } of alerts) {
          posts.push([name, labels['level'], Date.parse(endsAt) - clock.now()])
          if (name === 'one') ends.set(labels['uid'] ?? '', Date.parse(endsAt))
        }
      return answer
    },
  }))
  const flow = levelAlerts({
    ...{ clock, logger: quiet, receivers, repeatMs, isMember: () => state.member, onPost: () => undefined },
  })
  flow.memory?.begin([partition])
  flow.memory?.recalled(partition)
  const handle = (...given: Parameters<typeof aMessage>) => flow.handle(aMessage(...given), signal)
  return { flow, clock, state, posts, ends, handle }
}

export const away = { kind: 'away', cause: 'NoAnswer', reason: 'connection refused' } as const satisfies Posted
