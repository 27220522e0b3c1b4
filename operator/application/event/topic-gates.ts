import { type Clock, later, latest, longAgo, msBetween, type Tick } from '../clock.ts'
import type { Block, Lane } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { Delivery } from './publisher.ts'

/** The most events of one lane that go at once. */
export const MOST_PER_LANE = 256
/** A lane that a topic refused by itself is tried again this much later. */
const HOLD_MS = 10_000
/** A topic that takes nothing is tried this often, with a lane in turn. */
const TRIAL_EVERY_MS = 1_000
/**
 * A topic that is shut again so soon after it took something takes what some lanes send, and not what others do: one of
 * its partitions is sick, or the broker that leads it.
 */
const RELAPSE_MS = 60_000
/** How fast a trial grows again after it was cut down. */
const GROWTH = 4

/** A topic that takes nothing at present, from whomever. */
interface Gate {
  readonly reason: string
  dueAt: Tick
}

export interface Trial {
  readonly lane: Lane
  readonly topic: string
  readonly block: Block
  readonly dueAt: Tick
}

/**
 * Which events may go with the rounds, and what is to be tried beside them. A topic that refused a round is shut for
 * all, until it takes what one lane sends by itself: that tells a sick topic from a sick event, or a sick part of it.
 */
export interface TopicGates {
  /** Whether a lane's events for a topic may go with the rounds; else the lane is in line for a trial. */
  takes(lane: Lane, topic: string): boolean
  /** A topic did not take what these lanes sent together. */
  shut(topic: string, delivery: Extract<Delivery, { kind: 'unavailable' | 'refused' }>, senders: Iterable<Lane>): void
  /** What came of a trial. `whole`: it had all that stood first in line. */
  tried(trial: Trial, delivery: Delivery, whole: boolean): void
  /** A trial can't be made before this. */
  postpone(trial: Trial, until: Tick): void
  /** There was nothing to try. */
  clear(trial: Trial): void
  /** The trial that is due first, those of whom nothing bad is known before the others, and then whose last try was first. */
  next(): Trial | undefined
}

export interface TopicGatesParts {
  readonly clock: Clock
  readonly lanes: Lanes
  readonly onTrouble: (message: string, fields: Record<string, unknown>) => void
}

const rank: Readonly<Record<Block['kind'], number>> = { waiting: 0, suspect: 1, refused: 2 }

export function topicGates({ clock, lanes, onTrouble }: TopicGatesParts): TopicGates {
  const gates = new Map<string, Gate>() // as many as there are topics at most
  const openedAt = new Map<string, Tick>() // the same

  function block(lane: Lane, topic: string, kind: Block['kind'], reason: string): void {
    lane.blocks.set(topic, { kind, reason, most: MOST_PER_LANE, dueAt: clock.tick() })
    lanes.changed(lane)
  }

  function clear({ lane, topic }: Pick<Trial, 'lane' | 'topic'>): void {
    lane.blocks.delete(topic)
    lanes.changed(lane)
  }

  /** The topic works: whoever only waited goes on with the rounds, the others are tried at once. */
  function open(topic: string): void {
    if (!gates.delete(topic)) return
    openedAt.set(topic, clock.tick())
    for (const lane of [...lanes.held]) {
      const held = lane.blocks.get(topic)
      if (held?.kind === 'waiting') clear({ lane, topic })
      else if (held) held.dueAt = clock.tick()
    }
  }

  function acknowledged(trial: Trial, whole: boolean): void {
    open(trial.topic)
    if (whole) clear(trial)
    trial.block.most = Math.min(MOST_PER_LANE, trial.block.most * GROWTH)
    trial.block.dueAt = clock.tick()
  }

  function refused({ lane, topic, block: held }: Trial, reason: string): void {
    if (held.kind !== 'refused') onTrouble('events of a stock are held back', { stock: lane.name, topic, reason })
    held.kind = 'refused'
    held.reason = reason
    held.dueAt = held.most === 1 ? later(clock.tick(), HOLD_MS) : clock.tick()
    held.most = 1
  }

  /** Nobody knows whose fault it is; but who has failed by itself is not to go with the others, nor to repeat much. */
  function unavailable({ topic, block: held }: Trial): void {
    if (held.kind === 'waiting') held.kind = 'suspect'
    held.most = Math.max(1, Math.floor(held.most / 2))
    held.dueAt = later(clock.tick(), TRIAL_EVERY_MS)
    pace(topic)
  }

  function relapses(topic: string): boolean {
    const at = openedAt.get(topic)
    return at !== undefined && msBetween(at, clock.tick()) < RELAPSE_MS
  }

  function pace(topic: string): void {
    const gate = gates.get(topic)
    if (gate) gate.dueAt = later(clock.tick(), TRIAL_EVERY_MS)
  }

  return {
    takes(lane, topic) {
      if (lane.blocks.has(topic)) return false
      const gate = gates.get(topic)
      if (gate) block(lane, topic, 'waiting', gate.reason)
      return !gate
    },
    shut(topic, { kind, reason }, senders) {
      gates.set(topic, { reason, dueAt: clock.tick() })
      const inPart = kind === 'refused' || relapses(topic)
      for (const lane of senders) block(lane, topic, inPart ? 'suspect' : 'waiting', reason)
    },
    tried(trial, delivery, whole) {
      switch (delivery.kind) {
        case 'acknowledged':
          acknowledged(trial, whole)
          return
        case 'unfinished':
          acknowledged(trial, false)
          return
        case 'refused':
          refused(trial, delivery.reason)
          pace(trial.topic)
          return
        case 'unavailable':
          unavailable(trial)
          return
      }
    },
    postpone(trial, until) {
      trial.block.dueAt = until
    },
    clear,
    next() {
      const now = clock.tick()
      let first: Trial | undefined
      for (const lane of lanes.held) {
        for (const [topic, held] of lane.trying ? [] : lane.blocks) {
          const dueAt = latest(now, latest(gates.get(topic)?.dueAt ?? longAgo, held.dueAt))
          const trial = { lane, topic, block: held, dueAt }
          if (!first || comesBefore(trial, first)) first = trial
        }
      }
      return first
    },
  }
}

function comesBefore(one: Trial, other: Trial): boolean {
  const apart = msBetween(one.dueAt, other.dueAt)
  if (apart !== 0) return apart > 0
  const ranks = rank[one.block.kind] - rank[other.block.kind]
  return ranks < 0 || (ranks === 0 && msBetween(one.block.dueAt, other.block.dueAt) > 0)
}
