import { type DelayQueue, delayQueue } from '../delay-queue.ts'
import type { PatienceParts } from '../patience.ts'
import { type NamespaceHealth, namespaceHealth } from './namespace-health.ts'
import { aLane, aRota, type Lane, type Queued, type Rank, type Rota, type Turn, type TurnEnd } from './report-turn.ts'

/**
 *  add ──▶ due, a line for each namespace ──▶ a slot, namespaces in turn ──▶ done
 *             ▲                                    │ failed
 *             └────── delayed, ever longer ◀───────┘
 *
 * A slot is held only while a request is under way. Where statuses fail, few slots are lent, most of them for what has
 * not failed yet.
 */
export interface ReportSlots extends Pick<NamespaceHealth, 'isFailing'> {
  add(turn: Turn, afterMs?: number): void
  /** Resolves when no decision is due or under way; those that failed and wait for their next try don't count. */
  idle(): Promise<void>
}

/**
 * Status writes under way at once. With fewer than clients have under way entries wait here, and journals are large;
 * more would only wait inside the API server.
 */
const SLOTS = 96
/** One namespace leaves some to the others even when its requests hang and nobody knows yet. */
const FOR_ONE_NAMESPACE = 88
/** What one may have under way while nothing has worked since a failure. */
const FOR_A_DOUBTFUL_ONE = 8
/** Of these, for what has failed before; the rest tries whether others fare better. */
const FOR_REPEATED = 6
const FOR_COURTESIES = 16
/** What is under way for so long has a slot no more, but only so many: whoever hangs is not to hold up the others. */
const SLOW_MS = 3_000
const MOST_SLOW = 128
/** Beside decisions without end every so many-th turn is a courtesy, so that parked ones learn why. */
const COURTESY_EVERY = 16
const FIRST_DELAY_MS = 50
const LONGEST_DELAY_MS = 10_000

/** How long what has failed so often in a row waits for its next try. */
export const delayAfter = (failures: number) => Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (failures - 1))

export function reportSlots(parts: PatienceParts): ReportSlots {
  const health = namespaceHealth(parts)
  const rotas: Readonly<Record<Rank, Rota>> = { decision: aRota(), courtesy: aRota() }
  const running = new Set<string>()
  /** One at a time for each reservation, or they would conflict: the others wait for its end. */
  const behind = new Map<string, Queued[]>()
  const delayed: DelayQueue<Queued> = delayQueue(parts.clock, (queued) => {
    makeDue(queued)
    pump()
  })
  const idlers: (() => void)[] = []
  let decisions = 0
  let sinceCourtesy = 0

  function laneOf({ rank, namespace }: Turn): Lane {
    const { lanes } = rotas[rank]
    const lane = lanes.get(namespace) ?? aLane(namespace)
    lanes.set(namespace, lane)
    return lane
  }

  function makeDue(queued: Queued): void {
    const lane = laneOf(queued.turn)
    ;(queued.failures > 0 ? lane.repeated : lane.fresh).push(queued)
    if (queued.turn.rank === 'decision') decisions += 1
    offer(queued.turn.rank, lane)
  }

  function offer(rank: Rank, lane: Lane): void {
    if (lane.offered || !hasTurn(lane)) return
    lane.offered = true
    rotas[rank].offered.push(lane)
  }

  function hasTurn(lane: Lane): boolean {
    const isDoubtful = health.isDoubtful(lane.namespace) || lane.slow >= FOR_A_DOUBTFUL_ONE
    const share = isDoubtful ? FOR_A_DOUBTFUL_ONE : FOR_ONE_NAMESPACE
    return lane.running < share && (lane.fresh.length > 0 || mayRepeat(lane))
  }

  const mayRepeat = (lane: Lane) => lane.repeated.length > 0 && lane.runningRepeated < FOR_REPEATED

  /** The next of the next namespace; undefined = none may go now. */
  function next(rank: Rank): Queued | undefined {
    const { offered } = rotas[rank]
    for (let lane = offered.shift(); lane; lane = offered.shift()) {
      lane.offered = false
      if (!hasTurn(lane)) continue // its share has shrunk meanwhile; it is offered again when one of its own ends
      const queued = (mayRepeat(lane) ? lane.repeated : lane.fresh).shift()
      if (queued && !waitsBehind(queued)) {
        take(lane, queued)
        return queued
      }
      offer(rank, lane)
    }
    return undefined
  }

  function waitsBehind(queued: Queued): boolean {
    const { uid } = queued.turn
    if (!running.has(uid)) return false
    behind.set(uid, [...(behind.get(uid) ?? []), queued])
    return true
  }

  function take(lane: Lane, { turn, failures }: Queued): void {
    running.add(turn.uid)
    rotas[turn.rank].running += 1
    lane.running += 1
    if (failures > 0) lane.runningRepeated += 1
    sinceCourtesy = turn.rank === 'courtesy' ? 0 : sinceCourtesy + 1
    offer(turn.rank, lane)
  }

  function pick(): Queued | undefined {
    const mayBeKind = rotas.courtesy.running < FOR_COURTESIES
    if (mayBeKind && sinceCourtesy >= COURTESY_EVERY) return next('courtesy') ?? next('decision')
    return next('decision') ?? (mayBeKind ? next('courtesy') : undefined)
  }

  function pump(): void {
    while (inSlots() < SLOTS) {
      const queued = pick()
      if (!queued) break
      void run(queued)
    }
    if (decisions === 0) for (const idle of idlers.splice(0)) idle()
  }

  const inSlots = () => rotas.decision.running + rotas.courtesy.running

  /** It hangs, or the API server is slow: somebody else may have its slot. */
  function leaveSlot(queued: Queued, lane: Lane): void {
    if (running.size - inSlots() >= MOST_SLOW) return
    queued.slow = true
    lane.slow += 1
    rotas[queued.turn.rank].running -= 1
    pump()
  }

  async function run(queued: Queued): Promise<void> {
    const { turn } = queued
    const lane = laneOf(turn)
    const repeated = queued.failures > 0
    const cancel = parts.clock.schedule(SLOW_MS, () => leaveSlot(queued, lane))
    const end = await turn.run()
    cancel()
    if (queued.slow) lane.slow -= 1
    else rotas[turn.rank].running -= 1
    queued.slow = false
    running.delete(turn.uid)
    lane.running -= 1
    if (repeated) lane.runningRepeated -= 1
    if (turn.rank === 'decision') decisions -= 1
    follow(queued, end)
    release(turn.uid)
    offer(turn.rank, lane)
    if (lane.running === 0 && !hasTurn(lane)) rotas[turn.rank].lanes.delete(lane.namespace)
    pump()
  }

  function follow(queued: Queued, end: TurnEnd): void {
    switch (end.kind) {
      case 'done':
        if (end.wrote) health.worked(queued.turn.namespace)
        return
      case 'again':
        requeue({ turn: queued.turn, failures: 0 }, end.afterMs)
        return
      case 'failed':
        queued.failures += 1
        health.failed(queued.turn.namespace, end.hitch)
        if (end.comesBack) return // whoever asked judges anew whether it is still to be written
        requeue(queued, Math.max(end.retryAfterMs ?? 0, delayAfter(queued.failures)))
        return
    }
  }

  function release(uid: string): void {
    for (const queued of behind.get(uid) ?? []) {
      if (queued.turn.rank === 'decision') decisions -= 1 // it was counted when it first fell due
      makeDue(queued)
    }
    behind.delete(uid)
  }

  function requeue(queued: Queued, afterMs: number): void {
    if (afterMs > 0) delayed.add(queued, afterMs)
    else makeDue(queued)
  }

  return {
    isFailing: health.isFailing,
    add(turn, afterMs = 0) {
      requeue({ turn, failures: turn.failures ?? 0 }, afterMs)
      pump()
    },
    idle: () => (decisions === 0 ? Promise.resolve() : new Promise((resolve) => idlers.push(resolve))),
  }
}
