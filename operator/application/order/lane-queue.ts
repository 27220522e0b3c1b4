/** Work in lanes: of each lane a few run at once, the others wait in turn. Bounded by who gives work: one for each order. */
export interface LaneQueue {
  hasRoom(lane: string): boolean
  /** `work` never rejects. */
  run(lane: string, work: () => Promise<void>): void
}

interface Lane {
  running: number
  readonly waiting: (() => Promise<void>)[]
}

/** Lanes come and go with their work. */
export function laneQueue(atOnce: number): LaneQueue {
  const lanes = new Map<string, Lane>()

  function start(name: string, lane: Lane, work: () => Promise<void>): void {
    lane.running += 1
    void work().finally(() => {
      lane.running -= 1
      const next = lane.waiting.shift()
      if (next) start(name, lane, next)
      else if (lane.running === 0) lanes.delete(name)
    })
  }

  return {
    hasRoom: (name) => (lanes.get(name)?.running ?? 0) < atOnce,
    run(name, work) {
      const lane = lanes.get(name) ?? { running: 0, waiting: [] }
      lanes.set(name, lane)
      if (lane.running < atOnce) start(name, lane, work)
      else lane.waiting.push(work)
    },
  }
}
