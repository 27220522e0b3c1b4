import { type Lane, type Parcel, sourcesOf } from './lane.ts'
import type { Lanes } from './lanes.ts'
import { arrivedOf, type Delivery, type TopicBatch } from './publisher.ts'
import { MOST_PER_LANE } from './topic-gates.ts'

/** The most events of a round, while rounds get through. */
export const MOST_PER_ROUND = 2_000

/** What one topic gets in a round, and from whom. */
export interface Load {
  readonly parcels: Parcel[]
  /** For each lane the number of parcels up to its last one. */
  readonly lanes: Map<Lane, number>
}

/** Whether a lane's events for a topic may go now. */
type Takes = (lane: Lane, topic: string) => boolean

export interface Round {
  /** By topic. */
  readonly loads: ReadonlyMap<string, Load>
  readonly events: number
  /** Whether something that may go did not fit. */
  readonly full: boolean
}

/** What may go now, of as many lanes as fit, in their order. */
export function gatherRound(lanes: Lanes, takes: Takes, most: number): Round {
  const loads = new Map<string, Load>()
  const share = Math.ceil((most / MOST_PER_ROUND) * MOST_PER_LANE)
  let events = 0
  let full = false
  for (const lane of lanes.all()) {
    if (events >= most) break
    const added = addLane(loads, lane, takes, Math.min(share, most - events))
    if (added >= share) full = true
    events += added
  }
  return { loads, events, full: full || events >= most }
}

/** Adds what of a lane may go; answers how many events these are. */
function addLane(loads: Map<string, Load>, lane: Lane, takes: Takes, most: number): number {
  let events = 0
  for (const { parcels, behind } of sourcesOf(lane)) {
    const goesTo = (topic: string) => !behind.has(topic) && takes(lane, topic)
    for (const parcel of parcels) {
      if (events >= most) return events
      if (addParcel(loads, lane, parcel, goesTo)) events += 1
    }
  }
  return events
}

/** Answers whether it goes to any topic. */
function addParcel(loads: Map<string, Load>, lane: Lane, parcel: Parcel, goesTo: (topic: string) => boolean): boolean {
  let goes = false
  for (const topic of parcel.missing) {
    if (!goesTo(topic)) continue
    goes = true
    add(loads, topic, lane, parcel)
  }
  return goes
}

function add(loads: Map<string, Load>, topic: string, lane: Lane, parcel: Parcel): void {
  let load = loads.get(topic)
  if (!load) {
    load = { parcels: [], lanes: new Map() }
    loads.set(topic, load)
  }
  load.parcels.push(parcel)
  load.lanes.set(lane, load.parcels.length)
}

/** The lanes that have been in a round, and those of them whose turn is over: nothing of theirs was left out for want of time. */
export function ridersOf({ loads }: Round, answers: ReadonlyMap<string, Delivery>) {
  const all = new Set<Lane>()
  const leftOut = new Set<Lane>()
  for (const [topic, { parcels, lanes }] of loads) {
    const delivery = answers.get(topic)
    const end = delivery?.kind === 'unfinished' ? arrivedOf(delivery, 0) : parcels.length
    for (const [lane, last] of lanes) {
      all.add(lane)
      if (last > end) leftOut.add(lane)
    }
  }
  return { all, served: [...all].filter((lane) => !leftOut.has(lane)) }
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
