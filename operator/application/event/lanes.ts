import { longAgo } from '../clock.ts'
import { isEmpty, type Lane, type Spool } from './lane.ts'

/** All lanes that have something undelivered: those that were served least lately come first. */
export interface Lanes {
  /** The lane of a stock, made when there is none. */
  of(stockUid: string, name: string): Lane
  find(stockUid: string): Lane | undefined
  all(): Iterable<Lane>
  /** Those with a topic that does not take their events. */
  readonly held: ReadonlySet<Lane>
  /** Those with spools. */
  readonly spooled: ReadonlySet<Lane>
  /** Has it come after all others next time. */
  served(lane: Lane): void
  /** The same among those with spools: one of them has been read. */
  read(lane: Lane): void
  /** Brings the sets up to date with a lane that has changed; an empty one is forgotten. */
  changed(lane: Lane): void
  addSpools(lane: Lane, spools: readonly Spool[]): void
  dropSpool(lane: Lane, spool: Spool): void
  /** Bytes of all spools together. */
  readonly spooledBytes: number
  readonly spooledEvents: number
  readonly queued: number
}

export function lanes(): Lanes {
  const byUid = new Map<string, Lane>()
  const held = new Set<Lane>()
  const spooled = new Set<Lane>()
  let spooledBytes = 0
  let spooledEvents = 0

  function keep(set: Set<Lane>, lane: Lane, member: boolean): void {
    if (member) set.add(lane)
    else set.delete(lane)
  }

  function changed(lane: Lane): void {
    keep(held, lane, lane.blocks.size > 0)
    keep(spooled, lane, lane.spools.length > 0)
    if (!isEmpty(lane) || byUid.get(lane.stockUid) !== lane) return
    byUid.delete(lane.stockUid) // or lanes of what is gone would add up
    held.delete(lane)
  }

  return {
    of(stockUid, name) {
      const known = byUid.get(stockUid)
      if (known) return known
      const lane: Lane = {
        ...{ stockUid, name, spools: [], queue: [], blocks: new Map() },
        ...{ storeAt: longAgo, trying: false },
      }
      byUid.set(stockUid, lane)
      return lane
    },
    find: (stockUid) => byUid.get(stockUid),
    all: () => byUid.values(),
    held,
    spooled,
    served(lane) {
      if (byUid.get(lane.stockUid) !== lane) return
      byUid.delete(lane.stockUid)
      byUid.set(lane.stockUid, lane)
    },
    read(lane) {
      if (spooled.delete(lane)) spooled.add(lane)
    },
    changed,
    addSpools(lane, spools) {
      for (const spool of spools) {
        lane.spools.push(spool)
        spooledBytes += spool.ref.bytes
        spooledEvents += spool.ref.count
      }
      changed(lane)
    },
    dropSpool(lane, spool) {
      const index = lane.spools.indexOf(spool)
      if (index === -1) return
      lane.spools.splice(index, 1)
      spooledBytes -= spool.ref.bytes
      spooledEvents -= spool.ref.count
      changed(lane)
    },
    get spooledBytes() {
      return spooledBytes
    },
    get spooledEvents() {
      return spooledEvents
    },
    get queued() {
      let total = 0
      for (const { queue } of byUid.values()) total += queue.length
      return total
    },
  }
}
