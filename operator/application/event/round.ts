import { type Lane, type Parcel, sourcesOf } from './lane.ts'
import type { Lanes } from './lanes.ts'
import type { TopicBatch } from './publisher.ts'
import { MOST_PER_LANE } from './topic-gates.ts'

const MOST_PER_ROUND = 2_000

/** What one topic gets in a round, and from whom. */
export interface Load {
  readonly parcels: Parcel[]
  readonly lanes: Set<Lane>
}

/** Whether a lane's events for a topic may go now. */
type Takes = (lane: Lane, topic: string) => boolean

/** By topic. */
export type Round = ReadonlyMap<string, Load>

/** What may go now, of as many lanes as fit; those that did not fit come first the next time. */
export function gatherRound(lanes: Lanes, takes: Takes): Round {
  const round = new Map<string, Load>()
  const riders: Lane[] = []
  let total = 0
  for (const lane of lanes.all()) {
    if (total >= MOST_PER_ROUND) break
    const events = addLane(round, lane, takes)
    if (events > 0) riders.push(lane)
    total += events
  }
  if (total >= MOST_PER_ROUND) for (const lane of riders) lanes.served(lane)
  return round
}

/** Adds what of a lane may go; answers how many events these are. */
function addLane(round: Map<string, Load>, lane: Lane, takes: Takes): number {
  let events = 0
  for (const { parcels, behind } of sourcesOf(lane)) {
    const goesTo = (topic: string) => !behind.has(topic) && takes(lane, topic)
    for (const parcel of parcels) {
      if (events >= MOST_PER_LANE) return events
      if (addParcel(round, lane, parcel, goesTo)) events += 1
    }
  }
  return events
}

/** Answers whether it goes to any topic. */
function addParcel(round: Map<string, Load>, lane: Lane, parcel: Parcel, goesTo: (topic: string) => boolean): boolean {
  let goes = false
  for (const topic of parcel.missing) {
    if (!goesTo(topic)) continue
    goes = true
    add(round, topic, lane, parcel)
  }
  return goes
}

function add(round: Map<string, Load>, topic: string, lane: Lane, parcel: Parcel): void {
  let load = round.get(topic)
  if (!load) {
    load = { parcels: [], lanes: new Set() }
    round.set(topic, load)
  }
  load.parcels.push(parcel)
  load.lanes.add(lane)
}

export function batchOf(topic: string, parcels: readonly Parcel[]): TopicBatch {
  const messages = parcels.map(({ event: { key, value, headers, timestampMs } }) => ({
    key,
    value,
    headers,
    timestampMs,
  }))
  return { topic, messages }
}
