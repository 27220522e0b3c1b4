import type { OrderNotices } from '../../../operator/application/order/order-notices.ts'
import type { UserCheck } from '../../../operator/application/order/user-check.ts'
import type { Mishap } from '../../fakes/order-bank.ts'
import type { Random } from '../world/random.ts'
import type { VirtualTime } from '../world/virtual-time.ts'

const lost = { kind: 'unknown', cause: 'TimedOut', reason: 'no answer' } as const
const unsent = { kind: 'notSent', cause: 'BreakerOpen', reason: 'its breaker is open' } as const
const noAnswers: readonly Mishap[] = ['unreached', 'notSent', 'lost', 'answerLost', 'late']
const LATENCY_MS = 30

/** How services, topics and processes fare until all is well. */
export function orderWeather(random: Random, time: VirtualTime) {
  let calm = random.chance(0.1)
  const trouble = random.next() * 0.5
  const declines = random.chance(0.5) ? random.next() * 0.3 : 0
  let awayUntil = 0
  const refusals = new Set<string>()
  const isBad = () => !calm && (time.now() < awayUntil || random.chance(trouble))
  const answered = () => new Promise<void>((resolve) => void time.schedule(random.between(1, LATENCY_MS), resolve))

  const check: UserCheck['check'] = async () => {
    await answered()
    if (isBad()) return random.chance(0.5) ? lost : unsent
    return !calm && random.chance(0.03) ? { kind: 'refused', message: 'blocked' } : { kind: 'valid' }
  }
  const send: OrderNotices['send'] = async () => {
    await answered()
    if (isBad()) return random.chance(0.5) ? lost : unsent
    return !calm && random.chance(0.05) ? { kind: 'refused', message: 'no address' } : { kind: 'accepted' }
  }
  return {
    check,
    send,
    mishap(call: string, reference: string): Mishap {
      if (isBad()) return random.pick(noAnswers) ?? 'lost'
      if (call === 'find' || calm || !random.chance(declines)) return 'none'
      refusals.add(`${call} ${reference}`)
      return 'declined'
    },
    skimps: () => !calm && random.chance(0.1),
    /** Whether the bank has decided against such a call. */
    refused: (call: string, reference: string) => refusals.has(`${call} ${reference}`),
    /** Every service keeps silent for so long. */
    away(ms: number): void {
      awayUntil = time.now() + ms
    },
    /** Topics take nothing now. */
    topicsAway: () => isBad(),
    /** Whether a process ends at this call. */
    crashes: () => !calm && random.chance(0.01),
    /** Whether a process stops before this call, for a while. */
    freezes: () => !calm && random.chance(0.01),
    /** Nothing goes wrong in this world from its beginning. */
    isCalm: calm,
    heal(): void {
      calm = true
    },
  }
}

export type OrderWeather = ReturnType<typeof orderWeather>
