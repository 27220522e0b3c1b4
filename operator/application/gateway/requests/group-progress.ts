import { type Clock, msBetween, type Tick } from '../../clock.ts'

/** How far the workers are, as the brokers say. */
export interface GroupOffsets {
  /** By partition of the topic: the first message that is not done. */
  readonly next: ReadonlyMap<number, bigint>
  /** Messages in the retry topic that are not done. */
  readonly retrying: number
}

export interface GroupLook extends GroupOffsets {
  /** Whether a message was done already when somebody looked a while ago: its request would be there by now. */
  wasDone(partition: number, offset: bigint): boolean
}

export interface GroupProgress {
  /** As of a second ago at most, for all who ask. Rejects where the brokers don't answer. */
  look(): Promise<GroupLook>
}

export interface GroupProgressParts {
  /** Rejects where the brokers don't answer. */
  readonly read: () => Promise<GroupOffsets>
  readonly clock: Pick<Clock, 'tick'>
}

interface Sample {
  readonly at: Tick
  readonly next: GroupOffsets['next']
}

const FRESH_MS = 1_000
/** From a commit to the request in this gateway's memory; watches are seldom more than a second behind. */
const SETTLED_MS = 10_000

/** Asks the brokers once a second at most, and not at all while nobody wants to know. */
export function groupProgress({ read, clock }: GroupProgressParts): GroupProgress {
  let latest: { readonly at: Tick; readonly offsets: GroupOffsets } | undefined
  let asking: Promise<GroupOffsets> | undefined
  /** Those of the last while, and the newest of those before, by age. */
  let samples: readonly Sample[] = []

  async function ask(): Promise<GroupOffsets> {
    try {
      const offsets = await read()
      const at = clock.tick()
      latest = { at, offsets }
      const old = samples.findLastIndex((sample) => msBetween(sample.at, at) >= SETTLED_MS)
      samples = [...samples.slice(Math.max(0, old)), { at, next: offsets.next }]
      return offsets
    } finally {
      asking = undefined
    }
  }

  function offsetsNow(): Promise<GroupOffsets> {
    if (latest && msBetween(latest.at, clock.tick()) < FRESH_MS) return Promise.resolve(latest.offsets)
    asking ??= ask()
    return asking
  }

  return {
    async look() {
      const offsets = await offsetsNow()
      const now = clock.tick()
      return {
        ...offsets,
        wasDone(partition, offset) {
          const before = samples.findLast((sample) => msBetween(sample.at, now) >= SETTLED_MS)
          return offset < (before?.next.get(partition) ?? 0n)
        },
      }
    },
  }
}
