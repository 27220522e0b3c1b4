import { inLanes } from './in-lanes.ts'
import { jointPatience } from './joint-patience.ts'
import type { PatienceParts } from './patience.ts'

/** Names one thing that is swept. */
export interface Sweepable {
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface SweeperParts<T> extends PatienceParts {
  /** A word from a short list for what is done. */
  readonly operation: string
  /** How many are worked on at once. */
  readonly lanes: number
  /** How many are tried in one sweep. */
  readonly most: number
  /** What it may fail for beside its namespace, such as the thing that has to be written. */
  readonly sharedBy?: (thing: T) => string
  /** Whether there was something to do; `later`: it is not at its end yet. Throws when it could not be done. */
  readonly work: (thing: T) => Promise<boolean | 'later'>
}

export interface Swept {
  /** How many there was something to do for. */
  readonly done: number
  /** Whether some have had no turn because there were too many. */
  readonly left: boolean
}

/** A namespace in which so many fail has its next turn with the next sweep: where requests hang, the others would wait. */
const FAILURES_OF_ONE = 8

/**
 * Works on many things now and then. One that fails ends nothing: it is said, and it comes again with the next sweep,
 * behind all others, as does one that takes longer.
 */
export function sweeper<T extends Sweepable>(parts: SweeperParts<T>): (things: readonly T[]) => Promise<Swept> {
  const tries = jointPatience<string>(parts, parts.operation)
  /** The uids of those that have failed or take longer; who has not been tried for longest is first. */
  const behind = new Set<string>()

  function over(uid: string): void {
    behind.delete(uid)
    tries.over(uid)
  }

  function goesBehind(uid: string): void {
    behind.delete(uid)
    behind.add(uid)
  }

  /** Forgets those that nobody wants swept any more. */
  function inOrder(things: readonly T[]): readonly T[] {
    if (behind.size === 0) return things
    const again = new Map(things.filter(({ uid }) => behind.has(uid)).map((thing) => [thing.uid, thing]))
    for (const uid of behind) if (!again.has(uid)) over(uid)
    const last = [...behind].flatMap((uid) => again.get(uid) ?? [])
    return [...things.filter(({ uid }) => !behind.has(uid)), ...last]
  }

  async function work(thing: T): Promise<'done' | 'nothing' | 'failed'> {
    const { namespace, name, uid } = thing
    try {
      const did = await parts.work(thing)
      over(uid)
      if (did === 'later') goesBehind(uid)
      return did === true ? 'done' : 'nothing'
    } catch (error) {
      goesBehind(uid)
      tries.failed(uid, `${namespace}/${name}`, error)
      return 'failed'
    }
  }

  return async (things) => {
    const failures = new Map<string, number>()
    const causesOf = (thing: T) => [`namespace ${thing.namespace}`, ...(parts.sharedBy ? [parts.sharedBy(thing)] : [])]
    const fails = (cause: string) => (failures.get(cause) ?? 0) >= FAILURES_OF_ONE
    let done = 0
    let left = false
    function* turns(): Generator<T> {
      let tried = 0
      for (const thing of inOrder(things)) {
        if (causesOf(thing).some(fails)) continue
        left = tried === parts.most
        if (left) return
        tried += 1
        yield thing
      }
    }
    await inLanes(turns(), parts.lanes, async (thing) => {
      const end = await work(thing)
      if (end === 'done') done += 1
      if (end !== 'failed') return
      for (const cause of causesOf(thing)) failures.set(cause, (failures.get(cause) ?? 0) + 1)
    })
    return { done, left }
  }
}
