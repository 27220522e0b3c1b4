import type { Change } from './api-server.ts'
import type { Faults } from './network.ts'
import type { Random } from './random.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface WatchFeedParts {
  readonly time: VirtualTime
  readonly random: Random
  readonly faults: Pick<Faults, 'watchLagMs'>
  /** Runs something in the watcher's process: now, when it is on again, or never. */
  readonly inProcess: (run: () => void) => void
  readonly mayDeliver: () => boolean
  readonly handle: (change: Change) => void
  /** The watch has broken, and what it has missed is read anew. */
  readonly relist: () => void
}

const CUT_CHANCE = 0.01

/** What a watch brings: every change in order, each after a while. */
export function watchFeed({ time, random, faults, inProcess, mayDeliver, handle, relist }: WatchFeedParts) {
  const waiting: Change[] = []
  let watching = false
  let delivering = false

  function deliver(): void {
    if (delivering || waiting.length === 0 || !mayDeliver()) return
    delivering = true
    time.schedule(random.between(0, faults.watchLagMs), () =>
      inProcess(() => {
        delivering = false
        if (random.chance(CUT_CHANCE)) {
          waiting.length = 0
          relist()
        }
        const change = waiting.shift()
        if (change) handle(change)
        deliver()
      }),
    )
  }

  return {
    deliver,
    /** From here on: what came before is in the list that was just read. */
    begin(): void {
      waiting.length = 0
      watching = true
    },
    see(change: Change): void {
      if (!watching) return
      waiting.push(change)
      deliver()
    },
  }
}
